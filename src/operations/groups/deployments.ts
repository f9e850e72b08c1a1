// deployments.*: what was tried, what came of it, and stopping what runs.
import { z } from 'zod';
import { scopeKey } from '../../model/instance.ts';
import { aboutDeployment } from '../about.ts';
import { otherwise, share, slower, viewJudgements } from '../judging.ts';
import { defineCall } from '../operation.ts';
import { analysisView, applicationName, deploymentView, environmentName, judgementView } from '../schemas.ts';
import { viewDeployment } from '../views.ts';

const id = z.string().max(200);

export const deploymentOperations = [
  defineCall({
    name: 'deployments.get',
    summary: 'Shows one deployment, with its outcome once it has ended.',
    effect: 'read',
    about: aboutDeployment,
    input: z.strictObject({ id }),
    output: deploymentView,
    handler: async ({ id }, { services }) => viewDeployment((await services.engine.deployments.find(id)).value),
  }),
  defineCall({
    name: 'deployments.list',
    summary: 'Lists deployments, the newest first.',
    effect: 'read',
    input: z.strictObject({
      application: applicationName,
      environment: environmentName,
      limit: z.coerce.number().int().min(1).max(200).default(20),
    }),
    output: z.object({ deployments: z.array(deploymentView) }),
    handler: async ({ limit, ...scope }, { services }) => {
      const found = await services.engine.ports.store.list('deployment', { prefix: `${scopeKey(scope)}/`, reverse: true, limit });
      return { deployments: found.map((one) => viewDeployment(one.value)) };
    },
  }),
  defineCall({
    name: 'deployments.judge',
    summary: 'Judges what was measured of a deployment by other thresholds; nothing changes. What is not given stays as it was.',
    effect: 'read',
    about: aboutDeployment,
    input: z.strictObject({
      id,
      errors: share.optional().describe('By how much more requests may fail'),
      latency: slower.optional().describe('Percentile and how much slower it may be, such as p99=20%'),
      confidence: share.optional(),
    }),
    output: z.object({ verdict: analysisView.shape.verdict, services: z.array(judgementView) }),
    handler: async ({ id, ...thresholds }, { services }) =>
      viewJudgements(await services.engine.deployments.judge(id, otherwise(thresholds))),
  }),
  defineCall({
    name: 'deployments.abort',
    summary: 'Turns a running deployment round: the old release gets its full capacity back first.',
    effect: 'destroy',
    about: async (input, services) => ({ ...(await aboutDeployment(input, services)), facts: { back: true } }),
    input: z.strictObject({ id, reason: z.string().max(500).optional() }),
    output: deploymentView,
    handler: async ({ id, reason }, { services, principal }) => {
      await services.authority.spendRollback(principal);
      return viewDeployment(await services.engine.deployments.abort(id, principal.id, reason));
    },
  }),
  defineCall({
    name: 'deployments.promote',
    summary:
      'Ends the step at which a deployment waits; with full all steps that are left, and every analysis. Capacity still comes first.',
    effect: 'write',
    about: aboutDeployment,
    input: z.strictObject({ id, full: z.boolean().default(false) }),
    output: deploymentView,
    handler: async ({ id, full }, { services, principal }) =>
      viewDeployment(await services.engine.deployments.promote(id, principal.id, full)),
  }),
  defineCall({
    name: 'deployments.pause',
    summary: 'Holds a running deployment where it is: nothing goes on until it is resumed; failures still turn it round.',
    effect: 'write',
    about: aboutDeployment,
    input: z.strictObject({ id, reason: z.string().max(500).optional() }),
    output: deploymentView,
    handler: async ({ id, reason }, { services, principal }) =>
      viewDeployment(await services.engine.deployments.pause(id, principal.id, reason)),
  }),
  defineCall({
    name: 'deployments.resume',
    summary: 'Lets a paused deployment go on; its times count from now.',
    effect: 'write',
    about: aboutDeployment,
    input: z.strictObject({ id }),
    output: deploymentView,
    handler: async ({ id }, { services, principal }) => viewDeployment(await services.engine.deployments.resume(id, principal.id)),
  }),
];
