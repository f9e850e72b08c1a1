// What a look says: words, numbers and memory. How often it errs is simulated in test/verdict.
import { describe, expect, it } from 'vitest';
import type { ReleaseCounts } from '../../model/measurement.ts';
import { noCounts } from '../../model/measurement.ts';
import type { AnalysisSpec } from '../../model/service.ts';
import { beginAnalysis, look, lookAtSamples, renewed } from './look.ts';
import type { AnalysisState } from './state.ts';

const spec: AnalysisSpec = { errors: { worseBy: 0.01 }, confidence: 0.99, atMost: 900_000 };
const withLatency: AnalysisSpec = { ...spec, latency: { p99: { worseBy: 0.2 } } };

/** One in a hundred takes ten times as long. */
function counts(requests: number, failures = 0, usually = 10.25): ReleaseCounts {
  const slow = Math.round(requests / 100);
  return {
    requests,
    failures,
    latency: [
      { atMost: usually, count: requests - slow },
      { atMost: 10 * usually, count: slow },
    ],
  };
}

interface Looked {
  readonly state: AnalysisState;
  readonly verdict: ReturnType<typeof look>['verdict'];
}

function looks(times: number, baseline: ReleaseCounts, canary: ReleaseCounts, of = spec, from = beginAnalysis(of, 0)): Looked {
  let looked: Looked = look(from, of, baseline, canary, from.lookedAt + 1000);
  for (let count = 1; count < times; count += 1) looked = look(looked.state, of, baseline, canary, looked.state.lookedAt + 1000);
  return looked;
}

describe('look', () => {
  it('A-7 without a request to the new release nothing is known, however long one waits', () => {
    const { verdict } = looks(100, counts(100), noCounts);
    expect(verdict).toMatchObject({ verdict: 'inconclusive', final: false });
    expect(verdict.message).toMatch(/0 of 0 requests to the new release failed.*about \d+ more requests to the new release are needed/);
  });

  it('says so when nobody asks either release', () => {
    expect(looks(3, noCounts, noCounts).verdict.message).toContain('none comes to either release: about ');
  });

  it('A-8 two good requests are no pass, and the message says how many it takes', () => {
    const { verdict } = looks(1, counts(100), counts(2));
    expect(verdict.verdict).toBe('inconclusive');
    const needed = verdict.metrics[0]?.facts['needed_requests'] ?? 0;
    expect(verdict.message).toContain(`about ${needed} more requests to the new release are needed`);
    // That many are about what it then takes.
    const enough = looks(1, counts(50 * needed), counts(needed), spec, looks(1, counts(100), counts(2)).state);
    expect(enough.verdict.verdict).toBe('pass');
    expect(looks(1, counts(50 * needed), counts(Math.round(needed / 2))).verdict.verdict).toBe('inconclusive');
  });

  it('passes what is as good, fails what is worse, and says with which numbers', () => {
    const good = looks(60, counts(100, 1), counts(100, 1)).verdict;
    expect(good).toMatchObject({ verdict: 'pass', final: false, metrics: [{ metric: 'errors', verdict: 'pass' }] });
    const bad = looks(10, counts(100, 1), counts(100, 8)).verdict;
    expect(bad).toMatchObject({ verdict: 'fail', final: true });
    expect(bad.message).toBe(
      'The new release is worse than allowed (99% confidence): errors: 80 of 1000 requests to the new release failed (8%), ' +
        '10 of 1000 to the old one at the same time (1%); 1% more may',
    );
    expect(bad.metrics[0]?.facts).toMatchObject({
      canary_requests: 1000,
      canary_hits: 80,
      baseline_requests: 1000,
      fail_at: 100,
    });
    expect(bad.metrics[0]?.facts['fail_evidence']).toBeGreaterThan(100);
  });

  it('blames no release for what strikes both at the same time', () => {
    const calm = looks(10, counts(100, 1), counts(5), withLatency);
    const struck = looks(30, counts(100, 33, 500), counts(6, 2, 500), withLatency, calm.state);
    expect(struck.verdict.verdict).toBe('inconclusive');
    expect(looks(600, counts(100, 1), counts(100, 1), withLatency, struck.state).verdict.verdict).toBe('pass');
  });

  it('finds a slower tail, and says both percentiles', () => {
    const { verdict } = looks(
      60,
      counts(100),
      {
        ...counts(100),
        latency: [
          { atMost: 10.25, count: 90 },
          { atMost: 205, count: 10 },
        ],
      },
      withLatency,
    );
    expect(verdict).toMatchObject({ verdict: 'fail', metrics: [{ metric: 'errors' }, { metric: 'latency.p99', verdict: 'fail' }] });
    expect(verdict.message).toMatch(/latency\.p99: p99 205 ms, the old release's 10\.3 ms/);
  });

  it('keeps to the margin: 20 % slower may be, though a thousand requests show it', () => {
    const slower = looks(300, counts(100), counts(100, 0, 11.75), withLatency).verdict;
    expect(slower.metrics[1]).toMatchObject({ metric: 'latency.p99', verdict: 'pass' });
  });

  it('says that nothing can be compared without the old release, and that no allowance can never be shown', () => {
    expect(looks(5, noCounts, counts(100)).verdict.message).toContain('without requests to the old release at the same time');
    const strict = looks(500, counts(100, 1), counts(100, 1), { ...spec, errors: { worseBy: 0 } }).verdict;
    expect(strict).toMatchObject({ verdict: 'inconclusive' });
    expect(strict.message).toContain('allow more than 0%');
    expect(looks(2, counts(10), counts(10), withLatency).verdict.message).toContain(
      '20 requests to the old release are known, its p99 needs 100',
    );
  });

  it('does not take a slow start of the old release for one that can never be met', () => {
    const latency = Object.entries({ 10: 197, 33: 1, 200: 2 }).map(([atMost, count]) => ({ atMost: Number(atMost), count }));
    const { message } = looks(1, { requests: 200, failures: 0, latency }, noCounts, withLatency).verdict;
    expect(message).toMatch(/latency\.p99: .*wait for more of them, or allow more than 20%/);
    expect(message).not.toContain('more than 0%');
  });

  it('ends as inconclusive at the cap, and says so', () => {
    const short: AnalysisSpec = { ...spec, atMost: 5_000 };
    expect(looks(4, counts(10), counts(10), short).verdict.final).toBe(false);
    const over = looks(5, counts(10), counts(10), short).verdict;
    expect(over).toMatchObject({ verdict: 'inconclusive', final: true });
    expect(over.message).toMatch(/^No verdict after 5s/);
  });

  it('stays failed for this revision, while another one begins anew', () => {
    const failed = looks(10, counts(100, 1), counts(100, 8));
    expect(looks(500, counts(100, 8), counts(100), spec, failed.state).verdict.verdict).toBe('fail');
    expect(looks(60, counts(100, 1), counts(100, 1)).verdict.verdict).toBe('pass');
  });

  it('catches what goes wrong after it has passed', () => {
    const passed = looks(200, counts(100, 1), counts(100, 1));
    expect(passed.verdict.verdict).toBe('pass');
    expect(looks(20, counts(100, 1), counts(100, 8), spec, passed.state).verdict.verdict).toBe('fail');
  });

  it('asks for a pass anew at the next step, but forgets nothing that speaks against the release', () => {
    const passed = looks(60, counts(100, 1), counts(100, 1));
    const next = looks(1, counts(100, 1), counts(100, 1), spec, renewed(passed.state));
    expect(next.verdict.verdict).toBe('inconclusive');
    expect(next.verdict.metrics[0]?.facts['canary_requests']).toBe(6100);
    expect(looks(1, counts(100), counts(100), spec, renewed(looks(10, counts(100), counts(100, 8)).state)).verdict.verdict).toBe('fail');
  });

  it('is not moved by looks at nothing, and goes on from its JSON, which stays small', () => {
    const half = looks(30, counts(100, 1), counts(100, 2), withLatency);
    const idle = looks(100, noCounts, noCounts, withLatency, JSON.parse(JSON.stringify(half.state)) as AnalysisState);
    const [before, after] = [half.verdict, idle.verdict].map((one) => one.metrics[0]?.facts['pass_evidence']);
    expect(after).toBe(before);
    const spread = {
      requests: 600,
      failures: 0,
      latency: Array.from({ length: 600 }, (_, index) => ({ atMost: 1.032 ** index, count: 1 })),
    };
    expect(JSON.stringify(looks(300, spread, spread, withLatency).state).length).toBeLessThan(8_000);
  });

  it('divides the permitted false alarms over the metrics, and demands a pass of each', () => {
    const one = looks(1, counts(100), counts(100)).verdict.metrics[0];
    const two = looks(1, counts(100), counts(100), withLatency).verdict.metrics[0];
    expect([one?.facts['fail_at'], two?.facts['fail_at']]).toEqual([100, 200]);
    const far: AnalysisSpec = { ...spec, latency: { 'p99.5': { worseBy: 0.2 } } };
    // 20 % slower at that percentile, which is exactly what may be.
    const edge = {
      ...counts(100, 1),
      latency: [
        { atMost: 10.25, count: 99 },
        { atMost: 123, count: 1 },
      ],
    };
    const both = looks(60, counts(100, 1), edge, far).verdict;
    expect(both).toMatchObject({ verdict: 'inconclusive', metrics: [{ verdict: 'pass' }, { verdict: 'inconclusive' }] });
  });

  it('takes no harm from counters that went backwards', () => {
    const reset: ReleaseCounts = { requests: -500, failures: -3, latency: [{ atMost: 10.25, count: -500 }] };
    const before = looks(30, counts(100, 1), counts(100, 1), withLatency);
    const after = looks(1, reset, reset, withLatency, before.state);
    const counted = ({ verdict }: Looked) =>
      verdict.metrics.map(({ facts }) => [facts['canary_requests'], facts['canary_hits'], facts['pass_evidence']]);
    expect(counted(after)).toEqual(counted(before));
    expect(looks(300, counts(100, 1), counts(100, 1), withLatency, after.state).verdict.verdict).toBe('pass');
  });

  it('has nothing to say when nothing is compared', () => {
    const none: AnalysisSpec = { confidence: 0.99, atMost: 1000 };
    expect(looks(1, counts(100), counts(100), none).verdict).toMatchObject({ verdict: 'inconclusive', metrics: [] });
  });
});

describe('lookAtSamples', () => {
  const memory = { metric: 'memory', worse: 'higher', worseBy: 0.1 } as const;
  const bare: AnalysisSpec = { confidence: 0.99, atMost: 900_000 };
  const begin = (others = [memory]) => beginAnalysis(bare, 0, others);
  const ask = (canary: readonly number[], baseline: readonly number[], state = begin()) =>
    lookAtSamples(state, bare, [{ metric: 'memory', canary, baseline }], 1000);

  it('A-6 a source that fails again and again is no success', () => {
    let looked = ask([], []);
    for (let time = 0; time < 5; time += 1)
      looked = lookAtSamples(looked.state, bare, [{ metric: 'memory', canary: [], missing: 'Prometheus answered 503' }], 1000 + time);
    expect(looked.verdict.verdict).toBe('inconclusive');
    expect(looked.verdict.message).toContain('memory: not measured (Prometheus answered 503)');
  });

  it('A-7 no values of the new release are no pass', () => {
    expect(ask([], [1, 2, 3, 4, 5]).verdict).toMatchObject({ verdict: 'inconclusive' });
    expect(ask([], [1, 2, 3, 4, 5]).verdict.message).toContain('no values of the new release');
  });

  it('says nothing of a shift that too few values show', () => {
    const { message } = ask([90], [50]).verdict;
    expect(message).toContain('memory: 1 value of the new release, at least 4 of each are needed');
    expect(ask([90, 91, 92, 93, 94], [50, 51]).verdict.message).toContain('2 values of the old release, at least 4');
  });

  it('a metric that nobody named is an obstacle, not a pass', () => {
    const passed = ask(
      Array(40).fill(1),
      Array.from({ length: 40 }, (_, index) => 1 + index / 1000),
    );
    expect(passed.verdict.verdict).toBe('pass');
    const stray = lookAtSamples(passed.state, bare, [{ metric: 'memroy', canary: [1], baseline: [1] }], 2000);
    expect(stray.verdict.verdict).toBe('inconclusive');
    expect(stray.verdict.message).toContain('memroy: not measured (it was not named when the analysis began)');
  });

  it('knows which way is worse', () => {
    const high = Array.from({ length: 20 }, (_, index) => 200 + index);
    const low = Array.from({ length: 20 }, (_, index) => 100 + index);
    expect(ask(high, low).verdict.verdict).toBe('fail');
    expect(ask(low, high).verdict.verdict).toBe('pass');
    const hits = { metric: 'memory', worse: 'lower', worseBy: 0.1 } as const;
    expect(ask(low, high, beginAnalysis(bare, 0, [hits])).verdict.verdict).toBe('fail');
  });

  it('tests at 4, 6, 9, 14 … values only, each time with less of the permitted error', () => {
    let looked = ask([1], [1]);
    const tests: number[] = [];
    for (let count = 2; count <= 15; count += 1) {
      looked = ask([count], [count], looked.state);
      tests.push(looked.state.sampled['memory']?.tests ?? 0);
    }
    expect(tests).toEqual([0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4]);
  });

  it('counts together with what the gateway counted', () => {
    let state = beginAnalysis(spec, 0, [memory]);
    for (let second = 1; second <= 60; second += 1) state = look(state, spec, counts(100, 1), counts(100, 1), second * 1000).state;
    const half = look(state, spec, counts(100, 1), counts(100, 1), 61_000).verdict;
    expect(half).toMatchObject({ verdict: 'inconclusive', metrics: [{ verdict: 'pass' }, { verdict: 'inconclusive' }] });
    const values = Array.from({ length: 30 }, (_, index) => 100 + (index % 7));
    const whole = lookAtSamples(state, spec, [{ metric: 'memory', canary: values, baseline: values }], 62_000);
    expect(whole.verdict.verdict).toBe('pass');
  });
});
