// How many instances of each service were wanted, and since when: who is leaving or coming now may have been chosen when others were.
import type { EnvironmentState } from '../../../src/model/deployment.ts';

export class Wishes {
  readonly #noted: { readonly at: number; readonly sizes: Readonly<Record<string, number>> }[] = [];

  note(state: EnvironmentState, at: number): void {
    const sizes = Object.fromEntries(Object.entries(state.services).map(([service, { replicas }]) => [service, replicas]));
    this.#noted.push({ at, sizes });
  }

  /** From the wish that was in force at that moment on. */
  lowest(service: string, since: number): number | undefined {
    const sizes = this.#since(service, since);
    return sizes.length === 0 ? undefined : Math.min(...sizes);
  }

  /** 0 when none was wanted. */
  highest(service: string, since: number): number {
    return Math.max(0, ...this.#since(service, since));
  }

  #since(service: string, since: number): readonly number[] {
    const first = this.#noted.findLastIndex((one) => one.at < since);
    return this.#noted.slice(Math.max(0, first)).flatMap((one) => one.sizes[service] ?? []);
  }
}
