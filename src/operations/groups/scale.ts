// scale.*: services whose number follows their load: the last decision about each, and pauses.
import { z } from 'zod';
import type { Place } from '../../access/policy/question.ts';
import { ending } from '../../access/policy/schema.ts';
import { CodeError } from '../../base/errors.ts';
import { placeIn } from '../about.ts';
import type { OperationContext } from '../operation.ts';
import { defineCall } from '../operation.ts';
import { applicationName, environmentName, scalePauseView, scaleView, scopeInput } from '../schemas.ts';
import { viewScale, viewScalePause } from '../views.ts';

const serviceName = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/)
  .describe('Name of the service');

export const scaleOperations = [
  defineCall({
    name: 'scale.status',
    summary: 'Shows, for each service that scales with its load, its size, what was decided last and why, and what was measured.',
    effect: 'read',
    input: z.strictObject({ application: applicationName.optional(), environment: environmentName.optional() }),
    output: z.object({ services: z.array(scaleView.extend({ application: z.string(), environment: z.string() })) }),
    handler: async (filter, { services, signal }) => {
      const found = await services.engine.queries.survey(filter, signal);
      return {
        services: found.flatMap(({ state }) => services.scaler.reports(state.scope).map((one) => ({ ...state.scope, ...viewScale(one) }))),
      };
    },
  }),
  defineCall({
    name: 'scale.pause',
    summary: 'Holds the size of a service that scales with its load, or keeps it from shrinking or growing. Survives deployments.',
    effect: 'write',
    input: z
      .strictObject({
        ...scopeInput,
        service: serviceName,
        at: z.int().min(0).max(1000).optional().describe('It stays at this number, whatever min and max are'),
        only: z.enum(['in', 'out']).optional().describe('in: it does not shrink; out: it does not grow'),
      })
      .refine(({ at, only }) => (at === undefined) !== (only === undefined), {
        error: 'give at to hold the size, or only to pause one way, not both',
        path: ['at'],
      }),
    about: async (input) => ({ place: placeIn(input), facts: { services: 1, replicas: input.at ?? 0 } }),
    output: z.object({ service: z.string(), pause: scalePauseView }),
    handler: async ({ service, at, only, ...scope }, { services, principal }) => {
      if (at === 0) await refuseEnding(scope, service, { services, principal });
      const how = at === undefined ? ({ kind: only ?? 'in' } as const) : ({ kind: 'at', replicas: at } as const);
      return { service, pause: viewScalePause(await services.engine.interventions.pauseScaling(scope, service, how, principal.id)) };
    },
  }),
  defineCall({
    name: 'scale.resume',
    summary: 'Lets the load of a service decide about its size again.',
    effect: 'write',
    input: z.strictObject({ ...scopeInput, service: serviceName }),
    output: z.object({ service: z.string(), was_paused: z.boolean() }),
    handler: async ({ service, ...scope }, { services, principal }) => ({
      service,
      was_paused: (await services.engine.interventions.resumeScaling(scope, service, principal.id)) !== undefined,
    }),
  }),
];

/** Whoever may write may not therefore end what serves, whichever way. Errors: `denied`. */
async function refuseEnding(scope: Place, service: string, { services, principal }: Pick<OperationContext, 'services' | 'principal'>) {
  if ((await services.authority.permit(principal, ending, scope, { services: 1, replicas: 0 })).allowed) return;
  throw new CodeError('denied', `${principal.id} may not hold ${service} at 0: it ends ${service}, which needs "destroy".`, {
    hint: 'Ask somebody who may, or use a token with that effect.',
  });
}
