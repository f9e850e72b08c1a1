// The fake runtime: instances that exist only in memory, with dials for delay, failure and death. For simulation; nothing it shows is ever `met`.
import type { Clock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Address, ReplicaSet } from '../../../model/instance.ts';
import type { Instances, LogLine, StartRequest } from '../../../ports/instances.ts';
import type { ProbeResult, Probes } from '../../../ports/probes.ts';
import type { InstanceRecord } from '../../../ports/store.ts';

/** How one instance behaves; times count from its start. Nothing set: ready at once, alive for ever. */
export interface FakeDials {
  readonly startError?: string;
  /** That error is of a kind that another start does not mend. */
  readonly startFinal?: boolean;
  readonly readyAfter?: Duration;
  readonly neverReady?: boolean;
  readonly exitAfter?: Duration;
  readonly exitCode?: number;
  /** Lasts its whole grace before it ends. */
  readonly ignoresStop?: boolean;
}

interface FakeInstance {
  readonly record: InstanceRecord;
  readonly dials: FakeDials;
  readonly startedAt: number;
  stopped: boolean;
  killed: boolean;
  endedAt: number | undefined;
}

export interface Fake {
  readonly instances: Instances;
  readonly probes: Probes;
  /** Ends an instance as a crash would. */
  kill(id: string): void;
  /** Ids of the instances that are alive. */
  alive(): readonly string[];
  /** The releases that it was told last are kept. */
  kept(): readonly string[] | undefined;
  isAlive(id: string): boolean;
  /** Whether its readiness probe would pass now. */
  isReady(id: string): boolean;
}

/** `behave` sets the dials of each instance: of which set it is, and the how-manieth of that set. */
export function createFake(clock: Clock, behave: (set: ReplicaSet, nth: number) => FakeDials): Fake {
  const world = new FakeWorld(clock, behave);
  let kept: readonly string[] | undefined;
  return {
    instances: {
      name: 'fake',
      start: async (request) => world.start(request),
      inspect: async (records) => records.map((one) => world.inspect(one)),
      strays: async (known) => world.alive().filter((one) => !known.has(one.id)),
      stop: (record, grace, signal) => world.stop(record.id, grace, signal),
      forget: async (record) => world.forget(record.id),
      tidy: async (releases) => void (kept = releases.map(({ id }) => id)),
      onChange: (listener) => world.onChange(listener),
      logs: async function* logs(record): AsyncGenerator<LogLine> {
        yield { instance: record.id, stream: 'out', text: `${record.id} is a fake and says nothing` };
      },
    },
    probes: { check: async (address) => world.check(address) },
    kill: (id) => world.kill(id),
    alive: () => world.alive().map((one) => one.id),
    kept: () => kept,
    isAlive: (id) => world.isAlive(id),
    isReady: (id) => world.isReady(id),
  };
}

class FakeWorld {
  readonly #clock: Clock;
  readonly #behave: (set: ReplicaSet, nth: number) => FakeDials;
  readonly #all = new Map<string, FakeInstance>();
  readonly #byPort = new Map<number, string>();
  readonly #counts = new Map<string, number>();
  readonly #listeners = new Set<(id: string) => void>();
  #nextPort = 1;

  constructor(clock: Clock, behave: (set: ReplicaSet, nth: number) => FakeDials) {
    this.#clock = clock;
    this.#behave = behave;
  }

  start({ id, replicaSet }: StartRequest): InstanceRecord {
    const known = this.#all.get(id);
    if (known) return known.record;
    const nth = this.#counts.get(replicaSet.id) ?? 0;
    this.#counts.set(replicaSet.id, nth + 1);
    const dials = this.#behave(replicaSet, nth);
    if (dials.startError !== undefined) throw new CodeError(dials.startFinal ? 'source_missing' : 'runtime_unavailable', dials.startError);
    const address: Address | undefined =
      replicaSet.release.run.port === undefined ? undefined : { host: 'fake.invalid', port: this.#nextPort++ };
    const startedAt = this.#clock.now();
    const record: InstanceRecord = {
      id,
      replicaSet: replicaSet.id,
      generation: replicaSet.generation,
      state: 'running',
      ready: false,
      address,
      startedAt,
      driver: 'fake',
      handle: {},
    };
    if (address) this.#byPort.set(address.port, id);
    this.#all.set(id, { record, dials, startedAt, stopped: false, killed: false, endedAt: undefined });
    if (dials.exitAfter !== undefined) void this.#clock.sleep(dials.exitAfter).then(() => this.#tell(id));
    return record;
  }

  inspect(record: InstanceRecord): InstanceRecord {
    const one = this.#all.get(record.id);
    if (one && !this.#ended(one)) return record;
    const exit = {
      requested: one?.stopped ?? false,
      code: (one?.killed ? undefined : one?.dials.exitCode) ?? 1,
      at: one?.endedAt ?? this.#clock.now(),
    };
    return { ...record, state: 'exited', ready: false, exit };
  }

  async stop(id: string, grace: Duration, signal: AbortSignal): Promise<void> {
    const one = this.#all.get(id);
    if (!one || this.#ended(one)) return;
    one.stopped = true;
    if (one.dials.ignoresStop) await this.#clock.sleep(grace, signal);
    one.endedAt = this.#clock.now();
    this.#tell(id);
  }

  kill(id: string): void {
    const one = this.#all.get(id);
    if (one && !this.#ended(one)) [one.endedAt, one.killed] = [this.#clock.now(), true];
    this.#tell(id);
  }

  forget(id: string): void {
    this.#all.delete(id);
  }

  alive(): readonly InstanceRecord[] {
    return [...this.#all.values()].filter((one) => !this.#ended(one)).map((one) => one.record);
  }

  check(address: Address): ProbeResult {
    const one = this.#all.get(this.#byPort.get(address.port) ?? '');
    if (!one || this.#ended(one)) return { passed: false, because: 'connection refused' };
    return this.isReady(one.record.id) ? { passed: true } : { passed: false, because: 'not ready yet' };
  }

  isAlive(id: string): boolean {
    const one = this.#all.get(id);
    return one !== undefined && !this.#ended(one);
  }

  isReady(id: string): boolean {
    const one = this.#all.get(id);
    return (
      one !== undefined &&
      !this.#ended(one) &&
      one.dials.neverReady !== true &&
      this.#clock.now() >= one.startedAt + (one.dials.readyAfter ?? 0)
    );
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }

  #ended(one: FakeInstance): boolean {
    const { exitAfter } = one.dials;
    if (one.endedAt === undefined && exitAfter !== undefined && this.#clock.now() >= one.startedAt + exitAfter)
      one.endedAt = one.startedAt + exitAfter;
    return one.endedAt !== undefined;
  }
}
