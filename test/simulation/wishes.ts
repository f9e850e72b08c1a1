// How many instances of each service were wanted, and since when: who is leaving now may have been chosen when fewer were.
import type { EnvironmentState } from '../../src/model/deployment.ts';

export class Wishes {
  readonly #noted: { readonly at: number; readonly sizes: Readonly<Record<string, number>> }[] = [];

  note(state: EnvironmentState, at: number): void {
    const sizes = Object.fromEntries(Object.entries(state.services).map(([service, { replicas }]) => [service, replicas]));
    this.#noted.push({ at, sizes });
  }

  /** From the wish that was in force at that moment on. */
  lowest(service: string, since: number): number | undefined {
    const first = Math.max(
      0,
      this.#noted.findLastIndex((one) => one.at < since),
    );
    const sizes = this.#noted.slice(first).flatMap((one) => one.sizes[service] ?? []);
    return sizes.length === 0 ? undefined : Math.min(...sizes);
  }
}
