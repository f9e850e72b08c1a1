// deployments.*: what was tried, what came of it, and stopping what runs.
import { z } from 'zod';
import { scopeKey } from '../../model/instance.ts';
import { defineCall } from '../operation.ts';
import { applicationName, deploymentView, environmentName } from '../schemas.ts';
import { viewDeployment } from '../views.ts';

export const deploymentOperations = [
  defineCall({
    name: 'deployments.get',
    summary: 'Shows one deployment, with its outcome once it has ended.',
    effect: 'read',
    input: z.strictObject({ id: z.string().max(200) }),
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
    name: 'deployments.abort',
    summary: 'Turns a running deployment round: the old release gets its full capacity back first.',
    effect: 'destroy',
    input: z.strictObject({ id: z.string().max(200), reason: z.string().max(500).optional() }),
    output: deploymentView,
    handler: async ({ id, reason }, { services, principal }) =>
      viewDeployment(await services.engine.deployments.abort(id, principal.id, reason)),
  }),
];
