// Other systems that know a metric of each release: they answer a little late, with values that waver, and sometimes cannot tell.
import type { ManualClock } from '../../../src/base/manual-clock.ts';
import type { AnalysisMetric } from '../../../src/model/rollout/strategy.ts';
import type { Metrics } from '../../../src/ports/metrics.ts';
import type { Dice } from '../script/random.ts';
import type { Sky } from './sky.ts';

export const lag: AnalysisMetric = {
  metric: 'lag',
  source: { kind: 'webhook', url: 'http://gauges.invalid/lag/{{release}}' },
  every: 5_000,
  worse: 'higher',
  worseBy: 0.3,
};

const values = { usual: 100, worse: 300, wavers: 5 };
const mostLate = 300;

export class Gauges implements Metrics {
  readonly #clock: ManualClock;
  readonly #dice: Dice;
  readonly #weather: Sky;
  readonly #codeOf: (release: string) => string;
  readonly #told = new Map<string, number>();

  constructor(clock: ManualClock, dice: Dice, weather: Sky, codeOf: (release: string) => string) {
    this.#clock = clock;
    this.#dice = dice;
    this.#weather = weather;
    this.#codeOf = codeOf;
  }

  /** Values of a release that were told to somebody. */
  valuesOf(release: string): number {
    return this.#told.get(release) ?? 0;
  }

  async read(source: AnalysisMetric['source'], signal: AbortSignal): ReturnType<Metrics['read']> {
    const release = source.url.split('/').at(-1) ?? '';
    await this.#clock.sleep(this.#dice.between(10, mostLate), signal);
    const trouble = this.#weather.sources();
    if (trouble?.how === 'hang') await this.#clock.sleep(trouble.left, signal);
    if (trouble) return { kind: 'failed', because: 'simulated: it cannot tell' };
    const [code] = this.#codeOf(release).split('-');
    this.#told.set(release, this.valuesOf(release) + 1);
    return { kind: 'value', value: (code === 'worse' ? values.worse : values.usual) + this.#dice.between(-values.wavers, values.wavers) };
  }
}
