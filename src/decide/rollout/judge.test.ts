// Verdicts in a rollout: nothing goes on without a pass, a fail turns it round, no verdict in time ends as inconclusive.
import { describe, expect, it } from 'vitest';
import { aDeployment, anInstance, aRollout, aService, aTarget, scope } from '../../../test/kit/specs.ts';
import type { Deployment, ServiceRollout } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { MetricSamples } from '../../model/measurement.ts';
import type { AnalysisMetric, AnalysisSpec, Strategy } from '../../model/rollout/strategy.ts';
import type { ReleaseTraffic, TrafficObservation } from '../../model/route.ts';
import type { AnalysisState } from '../analyse/state.ts';
import { promote } from './control.ts';
import { decideRollout } from './decide.ts';
import { questionsOf } from './judge.ts';

const analysis: AnalysisSpec = { errors: { worseBy: 0.01 }, confidence: 0.99, atMost: 300_000 };
const halves: Strategy = { kind: 'canary', steps: [{ weight: 0.5 }, { weight: 1 }], bake: 1_000, analysis };

/** Requests a second on each side, and the share of them that fails. */
interface Load {
  readonly rate: number;
  readonly old: number;
  readonly fresh: number;
}

function rolledOut(
  strategy: Strategy,
  load: Load,
  seconds: number,
  told: (second: number) => boolean = () => true,
  sampled: (second: number) => readonly MetricSamples[] = () => [],
) {
  const spec = aService({ replicas: 2, strategy });
  const [from, to] = [aTarget(spec, 'v1'), aTarget(spec, 'v2')];
  const [old, fresh] = [revisionOf(from), revisionOf(to)];
  const rollout: ServiceRollout = {
    service: 'api',
    stage: 'shifting',
    since: 0,
    to,
    from,
    sizes: { [old]: 2 },
    mostReady: 0,
    progressAt: 0,
  };
  const base = { id: 'shop-test-2', number: 2, scope, runtime: 'fake', planId: 'p', startedAt: 0, startedBy: 'user:test' };
  let deployment: Deployment = { ...base, kind: 'deploy', direction: 'forward', services: [rollout] };
  const counted = (release: string, second: number, failing: number): ReleaseTraffic => ({
    service: 'shop/test/api',
    release,
    requests: second * load.rate,
    failures: Math.floor(second * load.rate * failing),
    latency: [{ atMost: 10, count: second * load.rate }],
  });
  const look = (second: number) => {
    const sizes = deployment.services[0]?.sizes ?? {};
    const instances = [old, fresh].flatMap((one) => Array.from({ length: sizes[one] ?? 0 }, () => anInstance(one)));
    const releases = [counted(from.release, second, load.old), counted(to.release, second, load.fresh)];
    const traffic = { epoch: 'one', releases } as unknown as TrafficObservation;
    const samples = { api: sampled(second).map((one) => ({ ...one, at: second * 1_000 })) };
    deployment = decideRollout(deployment, { instances, samples, ...(told(second) && { traffic }) }, second * 1_000).deployment;
  };
  for (let second = 1; second <= seconds && !deployment.outcome; second += 1) for (let turn = 0; turn < 4; turn += 1) look(second);
  return deployment;
}

describe('a canary with an analysis', () => {
  it('C-05 goes on only after a pass', () => {
    expect(rolledOut(halves, { rate: 100, old: 0.001, fresh: 0.001 }, 3).services[0]?.stage).toBe('shifting');
    expect(rolledOut(halves, { rate: 100, old: 0.001, fresh: 0.001 }, 290).outcome).toBe('succeeded');
  });

  it('C-18 turns round when more requests fail than is allowed, and says so in numbers', () => {
    const deployment = rolledOut(halves, { rate: 100, old: 0.001, fresh: 0.08 }, 120);
    expect(deployment.outcome).toBe('rolled_back');
    expect(deployment.reason).toContain('worse than allowed');
    expect(deployment.services[0]?.analysis?.requests.canary).toBeGreaterThan(0);
  });

  it('C-15 is inconclusive without traffic: nothing measured is never a pass', () => {
    expect(rolledOut(halves, { rate: 0, old: 0, fresh: 0 }, 320).outcome).toBe('inconclusive');
  });

  it('is inconclusive when the gateway never answers', () => {
    const deployment = rolledOut(halves, { rate: 100, old: 0, fresh: 0 }, 320, (second) => second < 3);
    expect(deployment.outcome).toBe('inconclusive');
  });

  it('C-04 in the background without a verdict waits for people, and a fail turns it round at any step', () => {
    const background: Strategy = {
      kind: 'canary',
      steps: [{ weight: 0.2 }, { weight: 0.5, pause: 1_000 }, { weight: 1 }],
      bake: 1_000,
      analysis: { ...analysis, background: true },
    };
    const waiting = rolledOut(background, { rate: 0, old: 0, fresh: 0 }, 600);
    expect(waiting.outcome).toBeUndefined();
    expect(waiting.services[0]?.step?.index).toBe(1);
    expect(promote(waiting, 'user:eva', false, 601_000).services[0]?.step?.promotedBy).toBe('user:eva');
    expect(rolledOut(background, { rate: 100, old: 0, fresh: 0.1 }, 120).outcome).toBe('rolled_back');
  });
});

describe('a canary that waits for people', () => {
  const byPeople: Strategy = {
    kind: 'canary',
    steps: [{ weight: 0.2 }, { weight: 0.5, pause: 'people' }, { weight: 0.6 }, { weight: 1 }],
    bake: 1_000,
    analysis: { ...analysis, atMost: 900_000 },
  };
  const first = { ...byPeople, steps: [{ weight: 0.5, pause: 'people' as const }, { weight: 1 }] };

  it('goes back when the new release is worse meanwhile', () => {
    const { outcome, reason } = rolledOut(first, { rate: 100, old: 0.001, fresh: 0.08 }, 120);
    expect(outcome).toBe('rolled_back');
    expect(reason).toContain('worse than allowed');
  });

  it('waits as long as they like, however good or silent it is, and says how it stands', () => {
    for (const rate of [100, 0]) {
      const waiting = rolledOut(byPeople, { rate, old: 0, fresh: 0 }, rate === 0 ? 800 : 3_000);
      expect(waiting).toMatchObject({ direction: 'forward', services: [{ step: { index: rate === 0 ? 0 : 1 } }] });
      expect(waiting.outcome).toBeUndefined();
      expect(waiting.services[0]?.analysis?.verdict).toMatchObject({ verdict: rate === 0 ? 'inconclusive' : 'pass', final: false });
    }
    const silent = rolledOut(first, { rate: 0, old: 0, fresh: 0 }, 3_000);
    expect(silent.outcome).toBeUndefined();
  });

  it('has for the steps after it all the time that there was before', () => {
    const waiting = rolledOut(first, { rate: 0, old: 0, fresh: 0 }, 3_000);
    const { startedAt, lookedAt } = (waiting.services[0]?.analysis?.state ?? {}) as Partial<AnalysisState>;
    expect(lookedAt).toBeGreaterThan(2_900_000);
    expect(startedAt).toBe(lookedAt);
  });
});

describe('a canary of a service with little traffic', () => {
  const small: Strategy = {
    kind: 'canary',
    steps: [{ weight: 0.01 }, { weight: 0.5 }, { weight: 1 }],
    bake: 1_000,
    analysis: { ...analysis, atMost: 900_000, stepAtMost: 120_000 },
  };
  const stepAt = (load: Load, seconds: number, strategy = small) => rolledOut(strategy, load, seconds).services[0]?.step?.index;

  it('goes on after a while without a fail, but never to all without a pass', () => {
    const few: Load = { rate: 0.5, old: 0, fresh: 0 };
    expect(stepAt(few, 115)).toBe(0);
    expect(stepAt(few, 140)).toBe(1);
    const ended = rolledOut(small, few, 920);
    expect(ended.outcome).toBe('inconclusive');
    expect(ended.services[0]?.step?.index).toBe(1);
  });

  it('passes at the largest step once there is enough', () => {
    expect(rolledOut(small, { rate: 5, old: 0, fresh: 0 }, 900).outcome).toBe('succeeded');
  });

  it('waits for its pass where nothing else is allowed, and where hardly anybody asked', () => {
    expect(stepAt({ rate: 0.5, old: 0, fresh: 0 }, 300, { ...small, analysis: { ...analysis, atMost: 900_000 } })).toBe(0);
    expect(stepAt({ rate: 0.1, old: 0, fresh: 0 }, 200)).toBe(0);
  });

  it('C-18 turns round at the first step when that is where it fails', () => {
    const failed = rolledOut(small, { rate: 0.5, old: 0, fresh: 1 }, 300);
    expect(failed.outcome).toBe('rolled_back');
    expect(failed.services[0]?.step?.index).toBe(0);
  });
});

describe('a canary with metrics of other systems', () => {
  const source = { kind: 'webhook', url: 'http://it/{{release}}' } as const;
  const lag: AnalysisMetric = { metric: 'lag', source, every: 1_000, worse: 'higher', worseBy: 0.1 };
  const judgedBy = (...metrics: readonly AnalysisMetric[]): Strategy => ({ ...halves, analysis: { ...analysis, metrics } });
  const values = (old: number, fresh: number) => (second: number) => [
    { metric: 'lag', baseline: [old + (second % 7) / 10], canary: [fresh + (second % 5) / 10] },
  ];
  const load: Load = { rate: 100, old: 0, fresh: 0 };

  it('C-05 passes when those pass as well', () => {
    expect(rolledOut(judgedBy(lag), load, 290, undefined, values(50, 50)).outcome).toBe('succeeded');
  });

  it('turns round when one is worse than allowed', () => {
    const deployment = rolledOut(judgedBy(lag), load, 290, undefined, values(50, 80));
    expect(deployment.outcome).toBe('rolled_back');
    expect(deployment.reason).toContain('lag: the new release');
  });

  it('takes a margin in the own unit of a metric', () => {
    expect(rolledOut(judgedBy({ ...lag, margin: 40 }), load, 290, undefined, values(50, 80)).outcome).toBe('succeeded');
  });

  it('is inconclusive when a source fails, and names it, however good the rest is', () => {
    const deployment = rolledOut(judgedBy(lag), load, 320, undefined, () => [{ metric: 'lag', canary: [], missing: 'nobody answers' }]);
    expect(deployment.outcome).toBe('inconclusive');
    expect(deployment.reason).toContain('lag: not measured (nobody answers)');
  });

  it('is inconclusive when no values come at all', () => {
    expect(rolledOut(judgedBy(lag), load, 320).outcome).toBe('inconclusive');
  });

  it('C-14 reports what is a dry run, and decides without it', () => {
    const deployment = rolledOut(judgedBy({ ...lag, dryRun: true }), load, 290, undefined, values(50, 80));
    expect(deployment.outcome).toBe('succeeded');
    const said = deployment.services[0]?.analysis?.verdict?.metrics.find((one) => one.metric === 'lag');
    expect(said).toMatchObject({ verdict: 'fail', dryRun: true });
  });
});

describe('a rolling update with an analysis', () => {
  const rolling: Strategy = { kind: 'rolling', surge: 1, unavailable: 0, bake: 1_000, analysis };

  it('keeps one old instance until the new release has passed', () => {
    expect(Object.values(rolledOut(rolling, { rate: 50, old: 0, fresh: 0 }, 3).services[0]?.sizes ?? {})).toContain(1);
    expect(rolledOut(rolling, { rate: 100, old: 0, fresh: 0 }, 290).outcome).toBe('succeeded');
  });

  it('goes back when it is worse', () => {
    expect(rolledOut(rolling, { rate: 100, old: 0, fresh: 0.1 }, 120).outcome).toBe('rolled_back');
  });
});

describe('two services that are judged at the same time', () => {
  it('C-06 one that fails turns both round, and nothing more is asked or judged of the other', () => {
    const lag: AnalysisMetric = {
      metric: 'lag',
      source: { kind: 'prometheus', url: 'http://p', query: 'q' },
      every: 1_000,
      worse: 'higher',
      worseBy: 0.1,
    };
    const strategy: Strategy = {
      kind: 'canary',
      steps: [{ weight: 0.5 }, { weight: 1 }],
      bake: 0,
      analysis: { ...analysis, metrics: [lag] },
    };
    const targets = ['api', 'web'].map((name) => {
      const spec = aService({ name, strategy });
      return { name, from: aTarget(spec, 'v1'), to: aTarget(spec, 'v2') };
    });
    let deployment = aDeployment(targets.map(({ from, to }) => aRollout(from, to)));
    const look = (second: number) => {
      const sizes = deployment.services.flatMap((one) => Object.entries(one.sizes));
      const instances = sizes.flatMap(([one, size]) => Array.from({ length: size }, () => anInstance(one)));
      const releases = targets.flatMap(({ name, from, to }) =>
        [from, to].map(({ release }) => {
          const failures = name === 'api' && release === to.release ? second * 10 : 0;
          return { service: `shop/test/${name}`, release, requests: second * 100, failures, latency: [] };
        }),
      );
      const traffic = { epoch: 'one', releases } as unknown as TrafficObservation;
      deployment = decideRollout(deployment, { instances, traffic }, second * 1_000).deployment;
    };
    let second = 0;
    while (deployment.direction === 'forward' && second < 200) {
      second += 1;
      look(second);
      if (second === 3) expect(questionsOf(deployment).map((one) => one.service)).toEqual(['api', 'web']);
    }
    expect(deployment).toMatchObject({ direction: 'reverting', reason: expect.stringMatching(/^api: .*worse than allowed/) });
    expect(questionsOf(deployment)).toEqual([]);
    const judged = deployment.services[1]?.analysis;
    for (let turn = 1; turn < 8; turn += 1) look(second + turn);
    expect(deployment.outcome).toBe('rolled_back');
    expect(deployment.services.map((one) => one.sizes)).toEqual(targets.map(({ from }) => ({ [revisionOf(from)]: 1 })));
    expect(deployment.services[1]?.analysis).toEqual(judged);
  });
});
