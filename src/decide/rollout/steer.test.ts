// What the gateway is told of a rollout besides shares.
import { expect, test } from 'vitest';
import { aDeployment, aRollout, aService, aTarget } from '../../../test/kit/specs.ts';
import type { AnalysisSpec, Strategy } from '../../model/rollout/strategy.ts';
import { steering } from './steer.ts';

const analysis: AnalysisSpec = { errors: { worseBy: 0.01 }, confidence: 0.99, atMost: 60_000 };
const steps = [{ weight: 0.5 }, { weight: 1 }];

function told(strategy: Strategy, direction: 'forward' | 'reverting' = 'forward') {
  const spec = aService({ strategy });
  const rollout = { ...aRollout(aTarget(spec, 'v1'), aTarget(spec, 'v2')), stage: 'shifting' as const, step: { index: 0, reachedAt: 1 } };
  return steering(rollout, { ...aDeployment([rollout]), direction });
}

test('requests are drawn by lot as long as releases are compared, also where instances are replaced one by one, and no longer', () => {
  expect(told({ kind: 'canary', steps, bake: 0, analysis })).toEqual({ lot: true });
  expect(told({ kind: 'rolling', surge: 1, unavailable: 0, bake: 0, analysis })).toEqual({ lot: true });
  expect(told({ kind: 'canary', steps, bake: 0, analysis }, 'reverting')).toEqual({});
  expect(told({ kind: 'canary', steps, bake: 0 })).toEqual({});
});
