// A few rollouts of each promise; `npm run simulate -- --verdicts 10000` tries them in earnest, docs/verdicts.md has what came out.
import { describe, expect, it } from 'vitest';
import type { Promised } from './promises.ts';
import { promises, tried } from './promises.ts';

/** Enough to see a rule that errs often, in seconds: with a tenth of false alarms, none in 40 would be a chance of 1.5 %. */
const rollouts = 40;
const patience = 60_000;

const shortened = (one: Promised): Promised => ({ ...one, setting: { ...one.setting, seconds: 240 } });

describe('a verdict', () => {
  it.each(promises.map((one) => [one.name, one] as const))(
    '%s',
    (_, one) => {
      const { holds, says } = one.judge(tried(shortened(one), 1, one.setting.rates.baseline > 100 ? 5 : rollouts));
      expect(holds, says).toBe(true);
    },
    patience,
  );

  it('A-15 the same release, looked at ten times, is aborted no more often than stated', () => {
    const [same] = promises;
    const ended = same ? tried({ ...same, setting: { ...same.setting, seconds: 10 } }, 1, 1000) : [];
    expect(ended.filter((one) => one.verdict === 'fail').length).toBeLessThanOrEqual(10);
  });

  it('keeps its promise at any confidence: at 80 % a fifth may err, and some do', () => {
    const [same] = promises;
    if (!same) throw new Error('there are no promises');
    const lax = { ...same, spec: { errors: { worseBy: 0 }, confidence: 0.8, atMost: 900_000 }, setting: { ...same.setting, seconds: 200 } };
    const share = tried(lax, 1, 150).filter((one) => one.verdict === 'fail').length / 150;
    expect(share).toBeLessThanOrEqual(0.2);
    expect(share).toBeGreaterThan(0);
  });
});
