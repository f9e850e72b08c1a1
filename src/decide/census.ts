// Counts what is there: the only view of instances that the rollout rules need.
import type { Instance, Scope } from '../model/instance.ts';
import { replicaSetId } from '../model/instance.ts';

/** The instances of one revision of one service, counted. */
export interface Head {
  /** Passed the readiness probe and not on the way out. */
  readonly ready: number;
  /** Starting or running, ready or not; not on the way out. */
  readonly live: number;
  /** Draining or stopping. */
  readonly leaving: number;
  /** Ended without having been asked to, with the moment. */
  readonly crashes: readonly Instance[];
  readonly instances: readonly Instance[];
}

const nobody: Head = { ready: 0, live: 0, leaving: 0, crashes: [], instances: [] };

/** Groups a scope's instances by revision. */
export class Census {
  readonly #scope: Scope;
  readonly #bySet = new Map<string, Instance[]>();
  /** By revision: the rules ask for each again and again. */
  readonly #heads = new Map<string, Head>();

  constructor(scope: Scope, instances: readonly Instance[]) {
    this.#scope = scope;
    for (const instance of instances) {
      const set = this.#bySet.get(instance.replicaSet);
      if (set) set.push(instance);
      else this.#bySet.set(instance.replicaSet, [instance]);
    }
  }

  of(revision: string): Head {
    const known = this.#heads.get(revision);
    if (known) return known;
    const head = this.#count(revision);
    this.#heads.set(revision, head);
    return head;
  }

  /** Nothing of this revision is left but the memory of ended instances. */
  gone(revision: string): boolean {
    const head = this.of(revision);
    return head.live === 0 && head.leaving === 0;
  }

  #count(revision: string): Head {
    const instances = this.#bySet.get(replicaSetId(this.#scope, revision));
    if (!instances) return nobody;
    const staying = instances.filter((one) => (one.state === 'starting' || one.state === 'running') && one.dead !== true);
    return {
      ready: staying.filter((one) => one.ready && one.state === 'running').length,
      live: staying.length,
      leaving: instances.filter(
        (one) => one.state === 'draining' || one.state === 'stopping' || (one.dead === true && one.state === 'running'),
      ).length,
      crashes: instances.filter((one) => one.state === 'exited' && one.exit?.requested !== true),
      instances,
    };
  }
}
