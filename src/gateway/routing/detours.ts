// Connections to an instance sent elsewhere for a while, for trials: in memory only, and each with its end, so that nothing of a trial that was killed stays.
import type { Address } from '../../model/instance.ts';

/** One instance's detour; times are milliseconds of one monotonic clock. */
export interface Detour {
  readonly to: Address;
  readonly until: number;
}

export class Detours {
  readonly #all = new Map<string, Detour>();

  get none(): boolean {
    return this.#all.size === 0;
  }

  /** The instances and where their connections go. */
  all(): readonly (readonly [instance: string, detour: Detour])[] {
    return [...this.#all];
  }

  of(instance: string): Address | undefined {
    return this.#all.get(instance)?.to;
  }

  set(instance: string, detour: Detour): void {
    this.#all.set(instance, detour);
  }

  /** Whether there was one. */
  remove(instance: string): boolean {
    return this.#all.delete(instance);
  }

  /** Removes those whose end has come, and names them. */
  expire(now: number): readonly string[] {
    const over = this.all().flatMap(([instance, { until }]) => (until <= now ? [instance] : []));
    for (const instance of over) this.#all.delete(instance);
    return over;
  }
}
