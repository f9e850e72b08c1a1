// The searches for the knee and the breaking point, lived through against systems whose limits are known.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../base/random.ts';
import { beginBreaking, breakingSettings, rateOf, stepBreaking } from './breaking.ts';
import type { KneeAsk, KneeSettings, StepJudgement } from './knee.ts';
import { askKnee, beginKnee, kneeSettings, stepKnee } from './knee.ts';

function search(
  judge: (rate: number) => StepJudgement,
  settings: KneeSettings = kneeSettings,
): { readonly end: KneeAsk; readonly asked: readonly number[] } {
  const asked: number[] = [];
  let state = beginKnee(settings);
  for (;;) {
    const ask = askKnee(state);
    if (ask.kind !== 'try' && ask.kind !== 'confirm') return { end: ask, asked };
    asked.push(ask.rate);
    state = stepKnee(state, judge(ask.rate));
  }
}

const limit = (knee: number) => (rate: number) => ({ word: rate <= knee ? ('holds' as const) : ('fails' as const) });

describe('the search for the knee', () => {
  it('brackets any limit within its precision, in few steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 18_000 }), (knee) => {
        const { end, asked } = search(limit(knee));
        if (end.kind !== 'found') throw new Error(`not found: ${JSON.stringify(end)}`);
        expect(end.knee).toBeLessThanOrEqual(knee);
        expect(end.failed).toBeGreaterThan(knee);
        expect(end.failed / end.knee).toBeLessThanOrEqual(knee < 60 ? 1.5 : 1.06);
        expect(asked.length).toBeLessThan(45);
        // The candidate was looked at again, twice.
        expect(asked.filter((rate) => rate === end.knee).length).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  it('goes back where a rate held by luck', () => {
    let seen = 0;
    const { end } = search((rate) => (rate > 130 || (rate > 100 && ++seen > 1) ? { word: 'fails' } : { word: 'holds' }));
    expect(end).toMatchObject({ kind: 'found' });
    if (end.kind === 'found') expect(end.knee).toBeLessThanOrEqual(100);
  });

  it('says that the generator was the limit, not what was asked', () => {
    const { end } = search((rate) => (rate > 400 ? { word: 'not_measured', because: 'it was 9 ms late' } : { word: 'holds' }));
    expect(end).toMatchObject({ kind: 'above', because: expect.stringContaining('it was 9 ms late') });
    if (end.kind === 'above') expect(end.atLeast).toBeGreaterThan(350);
  });

  it('tries a rate once more that could not be measured', () => {
    const stumbled = new Set<number>();
    const { end, asked } = search((rate) => {
      if (!stumbled.has(rate) && stumbled.add(rate)) return { word: 'not_measured', because: 'it stumbled' };
      return { word: rate <= 300 ? 'holds' : 'fails' };
    });
    expect(end).toMatchObject({ kind: 'found' });
    if (end.kind === 'found') expect(end.failed).toBeGreaterThan(300);
    expect(asked.slice(0, 4)).toEqual([50, 50, 65, 65]);
  });

  it('ends above the ceiling, and below the floor', () => {
    expect(search(limit(1e9)).end).toMatchObject({ kind: 'above', atLeast: 20_000 });
    expect(search(limit(0)).end).toEqual({ kind: 'none', because: 'even 2 requests a second did not hold' });
    expect(search(() => ({ word: 'not_measured', because: 'no request was due' })).end).toMatchObject({
      kind: 'none',
      because: expect.stringContaining('no request was due'),
    });
  });

  it('ends whatever the outcomes are', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const { asked } = search(() => ({ word: random.pick(['holds', 'fails', 'not_measured'] as const) }));
        expect(asked.length).toBeLessThanOrEqual(80);
      }),
    );
  });
});

describe('the search for the breaking point', () => {
  const climb = (outcome: (rate: number) => Parameters<typeof stepBreaking>[1]) => {
    let state = beginBreaking({ ...breakingSettings, knee: 100 });
    while (!state.end) state = stepBreaking(state, outcome(rateOf(state)));
    return state.end;
  };
  const calm = { measured: true, growing: false };

  it('finds where less comes out than before', () => {
    expect(climb((rate) => ({ ...calm, goodput: rate <= 150 ? rate : 100 }))).toEqual({
      kind: 'found',
      held: 150,
      broke: 160,
      because: 'good answers fell to 100 a second from 150',
    });
  });

  it('finds where what waits only grows', () => {
    expect(climb((rate) => ({ ...calm, goodput: rate, growing: rate > 120 }))).toMatchObject({ kind: 'found', held: 120, broke: 130 });
    expect(climb(() => ({ ...calm, goodput: 80, growing: true }))).toEqual({
      kind: 'found',
      broke: 100,
      because: 'what waits for an answer only grows',
    });
  });

  it('takes a limit that stopped it for the point, and a generator that did not keep up for none', () => {
    expect(climb((rate) => ({ ...calm, goodput: rate, ...(rate > 180 && { stopped: 'more than 50% failed' }) }))).toMatchObject({
      kind: 'found',
      broke: 190,
      because: 'more than 50% failed',
    });
    expect(climb((rate) => ({ ...calm, goodput: rate, measured: rate < 140 }))).toMatchObject({ kind: 'above', atLeast: 130 });
    let stumbles = 1;
    const stumbling = (rate: number) => ({ ...calm, goodput: rate, measured: rate < 140 || stumbles-- <= 0, growing: rate > 150 });
    expect(climb(stumbling)).toMatchObject({ kind: 'found', held: 150, broke: 160 });
    expect(climb((rate) => ({ ...calm, goodput: rate }))).toMatchObject({ kind: 'above', atLeast: 250 });
  });
});
