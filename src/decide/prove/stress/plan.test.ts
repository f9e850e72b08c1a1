// The phases are sized for what they claim, limits stop what exceeds them for long enough, and a return is seen where there is one.
import { describe, expect, it } from 'vitest';
import { phaseExhibit } from '../../../../test/kit/phases.ts';
import type { PhaseExhibit } from '../../../model/proving/load.ts';
import { grows, judgeStep, leastRequests } from './judge.ts';
import { dropArrivals, planLasts, profiles, stepLasts, stressPlan } from './plan.ts';
import { returning } from './returning.ts';
import { stopLimits, watchLimits, withLimit } from './stop.ts';

const slo = { p99: 100, errors: 0.01 };

describe('the plan of phases', () => {
  it('offers shares of the knee, for as long as the profile and the claims need', () => {
    const plan = stressPlan('standard', 1000, { slo, availability: 0.9995 });
    expect(plan.steady.map(({ name, rate }) => [name, rate])).toEqual([
      ['idle', 10],
      ['light', 250],
      ['moderate', 500],
      ['heavy', 750],
      ['extreme', 920],
    ]);
    for (const phase of plan.steady) expect(phase.offers).toBeGreaterThanOrEqual(phase.needs);
    expect(plan.steady[2]?.needs).toBe(5990);
  });

  it('grows phases of slow applications up to a bound, and says when that is too few', () => {
    const plan = stressPlan('quick', 20, { slo, availability: 0.999 });
    const moderate = plan.steady[2];
    expect(moderate?.lasts).toBe(24_000);
    expect(moderate?.offers).toBeLessThan(moderate?.needs ?? 0);
    expect(stepLasts('quick', 1000, slo)).toBe(3_000);
    expect(stepLasts('quick', 50, slo)).toBeGreaterThan((leastRequests(slo) / 50) * 1000);
  });

  it('is longer from profile to profile, and keeps the quick one within two minutes', () => {
    const lasts = profiles.map((profile) => planLasts(stressPlan(profile, 500, { slo, availability: 0.999 }), 0));
    expect(lasts).toEqual(lasts.toSorted((a, b) => a - b));
    expect(lasts[1]).toBeLessThan(120_000);
  });

  it('drops to half of the knee without a pause', () => {
    const { drop } = stressPlan('standard', 1000, { slo, availability: 0.999 });
    expect(dropArrivals(1000, 1700, drop)).toEqual({ kind: 'spike', base: 500, peak: 1700, at: 5000, lasts: 10_000 });
  });
});

describe('a step of the search', () => {
  const good = phaseExhibit({ rate: 200, seconds: 10, milliseconds: () => 20 });
  const word = (change: Partial<PhaseExhibit>) => judgeStep({ ...good, ...change }, slo);

  it('holds only when everything does', () => {
    expect(word({})).toEqual({ word: 'holds' });
    expect(judgeStep(phaseExhibit({ rate: 200, seconds: 10, milliseconds: (n) => (n % 50 === 0 ? 150 : 20) }), slo)).toMatchObject({
      word: 'fails',
      because: expect.stringContaining('p99'),
    });
    expect(word({ failed: 30, succeeded: good.succeeded - 30 })).toMatchObject({ word: 'fails', because: '30 of 2000 requests failed' });
    expect(word({ generator: { ...good.generator, kept: false, because: 'it was late' } })).toEqual({
      word: 'not_measured',
      because: 'it was late',
    });
  });

  it('is not measured by too few requests', () => {
    expect(judgeStep(phaseExhibit({ rate: 20, seconds: 10, milliseconds: () => 20 }), slo)).toMatchObject({
      word: 'not_measured',
      because: expect.stringContaining('too few'),
    });
  });

  it('fails where the queue grows, and not where it is long', () => {
    const queued = (inFlight: (at: number) => number) => ({
      ...good,
      windows: good.windows.map((one) => ({ ...one, inFlight: inFlight(one.at) })),
    });
    expect(grows(queued((at) => at / 50))).toBe(true);
    expect(grows(queued(() => 400))).toBe(false);
    // A tenth of a request a second is no growth, and two seconds are enough to see a real one.
    expect(grows(queued((at) => 400 + at / 10_000))).toBe(false);
    const short = phaseExhibit({ rate: 200, seconds: 2, milliseconds: () => 20 });
    expect(grows({ ...short, windows: short.windows.map((one) => ({ ...one, inFlight: one.at / 10 })) })).toBe(true);
    expect(
      judgeStep(
        queued((at) => at / 50),
        slo,
      ),
    ).toMatchObject({ word: 'fails' });
  });
});

describe('limits', () => {
  const looks = (errors: readonly number[]) =>
    errors.reduce((state, failed, index) => watchLimits(state, { at: index * 1000, done: 100, failed }, stopLimits), {});

  it('stop after errors of five seconds in a row', () => {
    expect(looks([60, 60, 60, 60, 60])).not.toHaveProperty('because');
    expect(looks([60, 60, 60, 60, 60, 60])).toHaveProperty('because', 'more than 50% of the requests failed for 5 s');
    expect(looks([60, 60, 60, 0, 60, 60, 60])).not.toHaveProperty('because');
  });

  it('stop at once where the host runs out, and stay', () => {
    const out = watchLimits({}, { at: 0, memory: 2 ** 20 }, stopLimits);
    expect(out.because).toContain('1Mi of memory');
    expect(watchLimits(out, { at: 1, memory: 2 ** 40 }, stopLimits)).toBe(out);
    expect(watchLimits({}, { at: 0, disk: 2 ** 20 }, stopLimits).because).toContain('disk');
    expect(watchLimits({}, { at: 0, inFlight: 10_001 }, stopLimits).because).toContain('10001');
  });

  it('look at the processor when asked to', () => {
    const busy = (limits: typeof stopLimits) =>
      [0, 5000].reduce((state, at) => watchLimits(state, { at, cpu: 0.99 }, limits), {} as ReturnType<typeof watchLimits>).because;
    expect(busy(stopLimits)).toBeUndefined();
    expect(busy(withLimit(stopLimits, 'cpu=95%') ?? stopLimits)).toContain('99%');
  });

  it('are read as they are written', () => {
    expect(withLimit(stopLimits, 'memory=1Gi')?.memory).toBe(2 ** 30);
    expect(withLimit(stopLimits, 'errors=20%')?.errors).toBe(0.2);
    expect(withLimit(stopLimits, 'in_flight=50')?.inFlight).toBe(50);
    for (const text of ['cpu=2', 'memory', 'nonsense=1', 'in_flight=x', '']) expect(withLimit(stopLimits, text)).toBeUndefined();
  });
});

describe('the return after an overload', () => {
  const phase = (bad: (second: number) => boolean) => {
    const made = phaseExhibit({ rate: 100, seconds: 20, milliseconds: () => 20 });
    return { ...made, windows: made.windows.map((one) => (bad(Math.floor(one.at / 1000)) ? { ...one, p99: 900 } : one)) };
  };

  it('is counted from the end of the overload to the first of five good seconds', () => {
    expect(
      returning(
        phase((second) => second < 8),
        5_000,
        slo,
      ),
    ).toEqual({ after: 3_000, watched: 15_000 });
    expect(
      returning(
        phase((second) => second < 5),
        5_000,
        slo,
      ).after,
    ).toBe(0);
    expect(
      returning(
        phase((second) => second < 8 || second === 10),
        5_000,
        slo,
      ).after,
    ).toBe(6_000);
  });

  it('is missing where it never came', () => {
    expect(
      returning(
        phase((second) => second % 4 === 0),
        5_000,
        slo,
      ),
    ).toEqual({ watched: 15_000 });
    expect(
      returning(
        phase(() => true),
        5_000,
        slo,
      ).after,
    ).toBeUndefined();
  });
});
