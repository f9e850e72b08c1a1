// Sees from the first trial to the last what is certified: whose time on the machine is the trials' own, and whether another release took its place.
import type { MachineWatch } from '../../../model/proving/trial.ts';

interface Process {
  readonly pid?: number | undefined;
}

/** As much of `trials.target` as is looked at. */
export interface Sight {
  readonly daemon: Process;
  readonly gateway: readonly Process[];
  readonly services: readonly { readonly service: string; readonly release: string; readonly instances: readonly Process[] }[];
}

export class Witness {
  readonly #releases: string;
  readonly #pids = new Set<number>();
  #other: string | undefined;

  constructor(first: Sight) {
    this.#releases = releasesOf(first);
    this.saw(first);
  }

  /** Of all that was seen, whoever of it still lives. */
  get pids(): readonly number[] {
    return [...this.#pids];
  }

  saw(sight: Sight): void {
    const { daemon, gateway, services } = sight;
    for (const { pid } of [daemon, ...gateway, ...services.flatMap(({ instances }) => instances)])
      if (pid !== undefined) this.#pids.add(pid);
    const now = releasesOf(sight);
    if (now !== this.#releases) this.#other ??= now;
  }

  /** What was measured of two releases says nothing of either: the run is void, as it is on a busy machine. */
  judged(machine: MachineWatch): MachineWatch {
    if (this.#other === undefined) return machine;
    const because = `another release was there meanwhile: ${this.#other || 'none'} instead of ${this.#releases}`;
    return { ...machine, valid: false, because: machine.because === undefined ? because : `${machine.because}; ${because}` };
  }
}

function releasesOf({ services }: Sight): string {
  return services
    .map(({ service, release }) => `${service}: ${release}`)
    .toSorted()
    .join(', ');
}
