// How many instances of one machine start at the same time: a start costs more than anything that comes after it, and who serves must not feel it.
import type { Clock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import type { Instance, ReplicaSet, Scope } from '../../model/instance.ts';

export interface SlotOptions {
  readonly clock: Clock;
  /** Asks for a pass over the scope, now or at a time. */
  readonly wake: (scope: Scope, at?: number) => void;
  /** Instances that may start at the same time; absent: as many as one likes. */
  readonly startsAtOnce?: number;
}

/** One that is not ready by then waits for something else than for the processor. */
const longest: Duration = 10_000;
/** Who still wants to start asks again at every pass. */
const forgottenAfter: Duration = 3_000;

/** First come, first served, one by one: many starts of one set hold up nobody else's. */
export class StartSlots {
  readonly #options: SlotOptions;
  /** Started and neither ready nor ended yet, with the moment of their start. */
  readonly #young = new Map<string, number>();
  /** Those of them whose record is still to come. */
  readonly #unrecorded = new Set<string>();
  /** Sets that want more than there is room for. */
  readonly #queue = new Map<string, { readonly scope: Scope; readonly askedAt: number }>();

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** How many of so many wanted starts may begin now; the caller begins them at once. Whoever gets fewer is woken when there is room again. */
  room(set: Pick<ReplicaSet, 'id' | 'scope'>, wanted: number): number {
    const { startsAtOnce: limit = Number.POSITIVE_INFINITY, clock, wake } = this.#options;
    const now = clock.now();
    this.#forget(now);
    const queued = [...this.#queue.keys()];
    const ahead = this.#queue.has(set.id) ? queued.indexOf(set.id) : queued.length;
    const room = Math.min(wanted, Math.max(0, limit - this.#young.size - ahead));
    // Who got something goes to the end; who got nothing keeps the place.
    if (room > 0 || wanted === 0) this.#queue.delete(set.id);
    if (room === wanted) return room;
    this.#queue.set(set.id, { scope: set.scope, askedAt: now });
    wake(set.scope, Math.min(now, ...this.#young.values()) + longest);
    return room;
  }

  begin(id: string): void {
    this.#young.set(id, this.#options.clock.now());
    this.#unrecorded.add(id);
  }

  /** Its record is known from now on. */
  recorded(id: string): void {
    this.#unrecorded.delete(id);
  }

  /** What is being started is nobody's stray, though its record is still to come. */
  unrecorded(): ReadonlySet<string> {
    return this.#unrecorded;
  }

  /** What has become of an instance; makes room when it is ready, or never will be. */
  note({ id, state, readyAt }: Instance): void {
    const starting = readyAt === undefined && (state === 'starting' || state === 'running');
    if (starting || !this.#young.delete(id)) return;
    for (const { scope } of this.#queue.values()) this.#options.wake(scope);
  }

  #forget(now: number): void {
    for (const [id, at] of this.#young) if (at + longest <= now) this.#young.delete(id);
    for (const [id, { askedAt }] of this.#queue) if (askedAt + forgottenAfter <= now) this.#queue.delete(id);
  }
}
