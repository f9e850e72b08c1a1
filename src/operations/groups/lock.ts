// lock.*: one lock for each environment of an application, held by a person, with a reason.
import { z } from 'zod';
import { defineCall } from '../operation.ts';
import { lockView, scopeInput } from '../schemas.ts';
import { viewLock } from '../views.ts';

export const lockOperations = [
  defineCall({
    name: 'lock.acquire',
    summary: 'Refuses every further change of an environment with the message, until the lock is released. What runs goes on.',
    effect: 'write',
    input: z.strictObject({ ...scopeInput, message: z.string().min(1).max(1_000).describe('Why, for those who are refused') }),
    output: lockView,
    handler: async ({ message, ...scope }, { services, principal }) =>
      viewLock(await services.engine.interventions.lock(scope, message, principal.id)),
  }),
  defineCall({
    name: 'lock.release',
    summary: 'Releases the lock of an environment, whoever holds it.',
    effect: 'write',
    input: z.strictObject(scopeInput),
    output: z.object({ released: lockView.optional().describe('The lock that was held, if any') }),
    handler: async (scope, { services, principal }) => {
      const held = await services.engine.interventions.unlock(scope, principal.id);
      return { released: held && viewLock(held) };
    },
  }),
];
