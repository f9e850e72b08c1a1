// The weather over a simulated engine: a store that refuses, a gateway that is away, news of instances that is late or old.
import { CodeError } from '../../../src/base/errors.ts';
import type { ManualClock } from '../../../src/base/manual-clock.ts';
import type { Dice } from '../script/random.ts';
import type { Weather } from '../script/script.ts';

type GatewayAnswer = { readonly heard: true; readonly error?: CodeError } | { readonly heard: false; readonly error: CodeError };

export class Sky {
  readonly #clock: ManualClock;
  readonly #dice: Dice;
  #refusals = 0;
  #gateway = { until: 0, hears: false };
  /** Every time of slow answers: one that was begun in the first may still be on its way in the second. */
  readonly #slow: { readonly from: number; readonly until: number; readonly most: number }[] = [];
  #stale = { until: 0, lasts: 0 };
  #sources: { readonly until: number; readonly how: 'fail' | 'hang' } = { until: 0, how: 'fail' };
  /** What was last answered about each instance. */
  readonly #before = new Map<string, unknown>();
  /** While an engine starts the clock stands still: an answer that takes time would never come. */
  calm = false;

  constructor(clock: ManualClock, dice: Dice) {
    this.#clock = clock;
    this.#dice = dice;
  }

  change(weather: Weather): void {
    const now = this.#clock.now();
    switch (weather.kind) {
      case 'store':
        this.#refusals = weather.commits;
        return;
      case 'gateway':
        this.#gateway = { until: now + weather.lasts, hears: weather.hears };
        return;
      case 'slow':
        this.#slow.push({ from: now, until: now + weather.lasts, most: weather.most });
        return;
      case 'stale':
        this.#stale = { until: now + weather.lasts, lasts: weather.lasts };
        return;
      case 'sources':
        this.#sources = { until: now + weather.lasts, how: weather.how };
    }
  }

  /** How much later than usual the engine may have learnt by then what had happened; `period`: when it looks again without any news. */
  lateness(period: number, at = this.#clock.now()): number {
    const slow = Math.max(0, ...this.#slow.map(({ from, until, most }) => (from <= at && at < until + most ? most : 0)));
    const stale = at < this.#stale.until + period ? this.#stale.lasts + period : 0;
    return slow + stale;
  }

  refuseCommit(): void {
    if (this.#refusals === 0) return;
    this.#refusals -= 1;
    throw new CodeError('store_unavailable', 'simulated: the disk does not answer');
  }

  gateway(): GatewayAnswer {
    if (this.#clock.now() >= this.#gateway.until) return { heard: true };
    const error = new CodeError('gateway_unavailable', 'simulated: the gateway does not answer');
    return { heard: this.#gateway.hears, error };
  }

  /** It comes through now and then, else nobody would get as far as sending a table. */
  refuseObservation(): void {
    const { error } = this.gateway();
    if (error && this.#dice.chance(0.5)) throw error;
  }

  /** Whether those who know other metrics are in trouble, and for how much longer. */
  sources(): { readonly how: 'fail' | 'hang'; readonly left: number } | undefined {
    const left = this.#sources.until - this.#clock.now();
    return left > 0 ? { how: this.#sources.how, left } : undefined;
  }

  /** What was true when it was asked arrives later, or what was true the time before arrives now. */
  async delay<T extends { readonly id: string }>(answer: () => Promise<readonly T[]>, signal: AbortSignal): Promise<readonly T[]> {
    const given = await answer();
    const before = given.map((one) => (this.#before.get(one.id) ?? one) as T);
    for (const one of given) this.#before.set(one.id, one);
    if (this.calm) return given;
    const slow = this.#slow.at(-1);
    if (slow && this.#clock.now() < slow.until) await this.#clock.sleep(this.#dice.between(0, slow.most), signal);
    return this.#clock.now() < this.#stale.until ? before : given;
  }
}
