// Requests at a steady pace to what runs in a lab, each remembered: who answered it, in which version, or why nobody did.
import type { Exchange, Target } from '../../src/proving/load/traffic.ts';
import { Traffic } from '../../src/proving/load/traffic.ts';
import { until } from '../../test/kit/until.ts';

export class Visitors {
  readonly #traffic: Traffic;
  readonly #seen: Exchange[] = [];

  /** They come at once. `rate`: each second; `patience`: how long each waits for its answer, in milliseconds. */
  constructor(target: Target, application: string, { rate, patience }: { readonly rate: number; readonly patience: number }) {
    this.#traffic = new Traffic({
      target,
      rate,
      keepAlive: true,
      timeout: patience,
      plans: [{ method: 'GET', path: '/', route: `${application}.localhost` }],
      onExchange: (exchange) => void this.#seen.push(exchange),
    });
  }

  /** Those that came after a moment on the clock of `performance.now()`, and are over. */
  since(moment: number): readonly Exchange[] {
    return this.#seen.filter(({ intended }) => intended >= moment);
  }

  /** Resolves when so many more are over. */
  async more(count: number): Promise<void> {
    const now = performance.now();
    await until(
      () => this.since(now).length,
      (seen) => seen >= count,
    );
  }

  /** No more come; those that are still waiting are waited for. */
  async stop(): Promise<void> {
    await this.#traffic.stop();
  }
}

export function failed(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter(({ failure }) => failure !== undefined);
}
