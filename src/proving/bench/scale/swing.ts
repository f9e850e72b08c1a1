// A real load that swings like a sine between one and four times a rate: which sizes does the engine want meanwhile, and who of the users noticed?
import { systemClock } from '../../../base/clock.ts';
import { Traffic } from '../../load/traffic.ts';
import type { Installation } from '../contenders/ours.ts';

export interface Swing {
  readonly rate: number;
  readonly seconds: number;
  /** From one peak to the next, seconds. */
  readonly period: number;
}

export interface Swung {
  /** What was wanted, each 200 ms. */
  readonly sizes: readonly number[];
  readonly requests: number;
  readonly failed: number;
}

const look = 200;
/** The rate changes as often; in between it is even. */
const looksApiece = 5;

export async function swing(installation: Installation, { rate, seconds, period }: Swing, signal: AbortSignal): Promise<Swung> {
  const { listening: target } = await installation.routes(signal);
  const sizes: number[] = [];
  let [requests, failed] = [0, 0];
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1_000;
  while (elapsed() < seconds) {
    const part = new Traffic({
      target,
      rate: rate * (2.5 - 1.5 * Math.cos((2 * Math.PI * elapsed()) / period)),
      keepAlive: true,
      timeout: 30_000,
      plans: [{ method: 'GET', path: '/', route: 'bench.localhost' }],
    });
    for (let count = 0; count < looksApiece; count += 1) {
      await systemClock.sleep(look, signal);
      sizes.push(await installation.wanted(signal));
    }
    const report = await part.stop();
    requests += report.sent;
    failed += report.failed;
  }
  return { sizes, requests, failed };
}
