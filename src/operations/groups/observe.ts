// observe.*: what the engine and the instances say, as it happens.
import { z } from 'zod';
import { aboutDeployment, placeIn } from '../about.ts';
import { defineStream } from '../operation.ts';
import { applicationName, environmentName, eventView, scopeInput, yes } from '../schemas.ts';
import { viewEvent } from '../views.ts';

export const observeOperations = [
  defineStream({
    name: 'observe.events',
    summary: 'Streams what the engine does, from a sequence number on.',
    effect: 'read',
    input: z.strictObject({
      after: z.coerce.number().int().min(-1).default(-1).describe('Only events after this number; -1: only new ones'),
      application: applicationName.optional(),
      environment: environmentName.optional(),
      deployment: z.string().max(200).optional(),
      follow: yes.default(true),
    }),
    // Whoever follows a deployment sees that one's events only.
    about: async (input, services) =>
      input.deployment === undefined || input.application !== undefined
        ? { place: placeIn(input) }
        : aboutDeployment({ id: input.deployment }, services),
    // The end of what a program printed, where it is why something happened.
    untrusted: ['log'],
    item: eventView,
    handler: async function* events({ after, follow, ...filter }, { services, signal }) {
      for await (const event of services.engine.queries.events(after, follow, signal)) {
        const fits = (['application', 'environment', 'deployment'] as const).every(
          (key) => filter[key] === undefined || filter[key] === event[key],
        );
        if (fits) yield viewEvent(event);
      }
    },
  }),
  defineStream({
    name: 'observe.logs',
    summary: 'Streams the output of the instances of a service or an application, across restarts and new releases.',
    effect: 'read',
    input: z.strictObject({
      ...scopeInput,
      service: z.string().max(100).optional(),
      instance: z.string().max(200).optional(),
      tail: z.coerce.number().int().min(0).max(100_000).optional().describe('Lines of each instance to begin with'),
      follow: yes.default(false),
    }),
    untrusted: ['text'],
    item: z.object({ instance: z.string(), stream: z.enum(['out', 'err']), text: z.string() }),
    handler: ({ application, environment, ...which }, { services, signal }) =>
      services.engine.queries.logs({ application, environment }, which, signal),
  }),
];
