// Looks at what instances do while they run – ports, connections, programs, memory, restarts – and tells what their manifests do not let one expect.
// It only looks: nothing is stopped or refused for what it finds.
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { Judgement } from '../../decide/watch/judge.ts';
import { judge } from '../../decide/watch/judge.ts';
import type { Ledger } from '../../decide/watch/ledger.ts';
import { turn } from '../../decide/watch/ledger.ts';
import type { EngineEvent, NewEvent } from '../../model/event.ts';
import type { Blindness, OpenFinding, Sighting, WatchFinding, WatchReport } from '../../model/watch/watch.ts';
import { severityOf } from '../../model/watch/watch.ts';
import type { EnginePorts } from '../ports.ts';
import type { WatchedInstance } from './expectations.ts';
import { watchedInstances } from './expectations.ts';
import { Names } from './names.ts';
import { Restarts } from './restarts.ts';

/** Instances that one look is at: many are looked at in turn, so that reading what they do costs no more however many there are. */
const atOnce = 32;

export interface WatcherOptions {
  readonly ports: EnginePorts;
  /** Between two looks. */
  readonly every: Duration;
  readonly names?: Names;
}

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #names: Names;
  readonly #restarts: Restarts;
  readonly #lifetime = new AbortController();
  readonly #kills = new Map<string, number>();
  readonly #blind = new Map<string, readonly Blindness[]>();
  readonly #told = new Map<string, WatchReport['told'][number]>();
  #ledger: Ledger = new Map();
  #from = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#names = options.names ?? new Names(options.ports.clock);
    this.#restarts = new Restarts(options.ports.store);
  }

  start(): void {
    this.#running = this.#everySoOften();
  }

  async stop(): Promise<void> {
    this.#lifetime.abort();
    await this.#running;
  }

  report(): WatchReport {
    const blind = new Map([...this.#blind.values()].flat().map((one) => [JSON.stringify(one), one]));
    return { findings: [...this.#ledger.values()], notMeasured: [...blind.values()], told: [...this.#told.values()] };
  }

  /** One look, at as many as one look is at. Errors: those of the store. */
  async look(): Promise<void> {
    const { ports } = this.#options;
    const all = await watchedInstances(ports, this.#lifetime.signal);
    const chosen = this.#inTurn(all);
    const judged = new Map<string, Judgement>();
    const sightings = await this.#sightings(chosen);
    for (const one of chosen) judged.set(one.instance.id, await this.#judge(one, sightings.get(one.instance.id)));
    const restarts = await this.#restarts.look(ports.clock.now());
    const living = new Set(all.map(({ instance }) => instance.id));
    this.#forget(living, judged);
    const next = turn(
      this.#ledger,
      {
        findings: [...[...judged.values()].flatMap(({ findings }) => findings), ...restarts],
        couldSee: ({ instance, kind }) => instance === undefined || judged.get(instance)?.measured.has(kind) === true,
        exists: ({ instance }) => instance === undefined || living.has(instance),
      },
      ports.clock.now(),
    );
    await this.#tell(next.appeared, next.cleared);
    this.#ledger = next.ledger;
  }

  #inTurn(all: readonly WatchedInstance[]): readonly WatchedInstance[] {
    if (this.#from >= all.length) this.#from = 0;
    const chosen = all.slice(this.#from, this.#from + atOnce);
    this.#from += atOnce;
    return chosen;
  }

  /** One question to each runtime. */
  async #sightings(chosen: readonly WatchedInstance[]): Promise<ReadonlyMap<string, Sighting>> {
    const seen = await Promise.all(
      [...Map.groupBy(chosen, ({ runtime }) => runtime)].map(async ([name, group]) => {
        const wanted = group.map(({ instance, target }) => ({ id: instance.id, connections: target.spec.egress !== undefined }));
        return Object.entries((await this.#options.ports.runtimes.get(name)?.sight?.(wanted)) ?? {});
      }),
    );
    return new Map(seen.flat());
  }

  async #judge({ scope, runtime, target, instance }: WatchedInstance, sighting: Sighting | undefined): Promise<Judgement> {
    const { name: service, egress, watch, port } = target.spec;
    const expected = {
      scope,
      service,
      instance: instance.id,
      startedAt: instance.startedAt,
      ports: [port, instance.address?.port, ...(watch?.ports ?? [])].filter((one) => one !== undefined),
      ...(watch?.programs && { programs: watch.programs }),
      ...(egress && { egress: await this.#names.resolved(egress) }),
      memoryKills: this.#kills.get(instance.id),
    };
    const judgement = judge(sighting ?? unseen(`the ${runtime} runtime shows nothing of it`), expected);
    if (sighting && 'seen' in sighting.memoryKills) this.#kills.set(instance.id, sighting.memoryKills.seen);
    this.#blind.set(instance.id, judgement.blind);
    return judgement;
  }

  #forget(living: ReadonlySet<string>, judged: ReadonlyMap<string, Judgement>): void {
    for (const book of [this.#kills, this.#blind]) for (const id of book.keys()) if (!living.has(id) && !judged.has(id)) book.delete(id);
  }

  async #tell(appeared: readonly OpenFinding[], cleared: readonly OpenFinding[]): Promise<void> {
    const { store, clock, fence } = this.#options.ports;
    const at = clock.now();
    const events = [
      ...appeared.map((one) => eventOf('watch.found', one, one.message, at)),
      ...cleared.map((one) => eventOf('watch.cleared', one, `no longer: ${one.message}`, at)),
    ];
    if (events.length > 0)
      await store.commit(
        events.map((event) => ({ op: 'append', event })),
        fence(),
      );
    for (const { kind, scope, service } of appeared) {
      const key = [kind, scope.application, scope.environment, service].join(' ');
      this.#told.set(key, { kind, scope, service, count: (this.#told.get(key)?.count ?? 0) + 1 });
    }
  }

  async #everySoOften(): Promise<void> {
    const { ports, every } = this.#options;
    const { signal } = this.#lifetime;
    while (!signal.aborted) {
      await ports.clock.sleep(every, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.look().catch((thrown: unknown) => {
        if (!signal.aborted) ports.log.warn({ error: asCodeError(thrown).message }, 'could not look at what instances do');
      });
    }
  }
}

function eventOf(kind: EngineEvent['kind'], { scope, service, instance, ...finding }: WatchFinding, message: string, at: number): NewEvent {
  const facts = { finding: finding.kind, severity: severityOf[finding.kind], what: finding.what };
  return { at, kind, ...scope, service, ...(instance !== undefined && { instance }), message, facts };
}

function unseen(notMeasured: string): Sighting {
  const nothing = { notMeasured };
  return { listening: nothing, outbound: nothing, programs: nothing, memoryKills: nothing };
}
