// What a deployment begins with: also what an earlier one left behind.
import { expect, it } from 'vitest';
import { scope } from '../../test/kit/specs.ts';
import type { EnvironmentState } from '../model/deployment.ts';
import type { Plan } from '../model/plan.ts';
import { startDeployment } from './start.ts';

const live: EnvironmentState = {
  scope,
  runtime: 'fake',
  services: {},
  mixed: { api: { 'api@111111111111': 2 }, web: {} },
  lastNumber: 6,
  history: [],
};
const plan = { id: 'p1', scope, runtime: 'fake', kind: 'remove', changes: [] } as unknown as Plan;

it('drains what a deployment that failed left running, though the record never knew it', () => {
  const { services } = startDeployment({ plan, live, running: undefined, by: 'user:eva', now: 1_000 });
  expect(services).toMatchObject([{ service: 'api', stage: 'waiting', sizes: { 'api@111111111111': 2 } }]);
  expect(services[0]?.to).toBeUndefined();
});
