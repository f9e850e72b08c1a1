// policy.*: what is permitted, why, and putting other policies in force.
import { z } from 'zod';
import { asked, askedInput } from '../asking.ts';
import { defineCall } from '../operation.ts';
import { requireAllowed } from '../refused.ts';

const policyView = z.object({
  id: z.string(),
  origin: z.enum(['role', 'house', 'own']),
  effect: z.enum(['permit', 'forbid']),
  because: z.string().optional(),
  text: z.string().describe('In Cedar'),
});
const setting = { name: 'policy.set', effect: 'destroy', humansOnly: true } as const;
const text = z.string().max(65_536).describe('Policies in Cedar; empty: none');

export const policyOperations = [
  defineCall({
    name: 'policy.list',
    summary: 'Lists the policies in force: one’s own, those that every engine has, and the roles.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      policies: z.array(policyView),
      text: z.string().describe('One’s own, as they were written'),
      revision: z.int(),
      by: z.string().optional(),
      at: z.string().optional(),
    }),
    handler: async (_, { services }) => {
      const { own, all } = await services.authority.list();
      const policies = all.map(({ id, origin, effect, because, text }) => ({ id, origin, effect, because, text }));
      return { policies, text: own.text, revision: own.revision, by: own.by, at: own.at === undefined ? undefined : iso(own.at) };
    },
  }),
  defineCall({
    name: 'policy.schema',
    summary: 'Shows what policies can speak of, in Cedar’s notation.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ schema: z.string() }),
    handler: async (_, { services }) => ({ schema: services.authority.schema }),
  }),
  defineCall({
    name: 'policy.set',
    summary: 'Puts policies in force in place of one’s own so far. If any of them is wrong, nothing changes.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      text,
      file: z.string().max(4096).default('policies.cedar').describe('Its name, for messages'),
      dry_run: z.boolean().default(false).describe('Only check them'),
    }),
    output: z.object({ count: z.int() }),
    handler: async ({ text, file, dry_run }, { services, principal }) => services.authority.replace(text, file, principal, dry_run),
  }),
  defineCall({
    name: 'policy.decide',
    summary:
      'Tells whether a call would be permitted, and which policies decide; nothing is done. Other policies can be tried in place of one’s own.',
    effect: 'read',
    body: 'json',
    input: z.strictObject({
      ...askedInput,
      policies: text.optional().describe('To be tried instead of those in force, by whoever may put them in force'),
    }),
    output: z.object({
      allowed: z.boolean(),
      principal: z.string(),
      reason: z.string().describe('In one sentence'),
      approvals_needed: z.int().optional().describe('So many people’s approval, in all, would be enough'),
      policies: z.array(policyView),
    }),
    handler: async (input, { services, principal: caller }) => {
      // To check policies is work; whoever only looks must not be able to cause it.
      if (input.policies !== undefined) requireAllowed(await services.authority.permit(caller, setting, {}));
      const { principal, operation, place, facts, at } = await asked(input, caller, services);
      const variation = { ...(at !== undefined && { at }), ...(input.policies !== undefined && { own: input.policies }) };
      const verdict = await services.authority.permit(principal, operation, place, facts, variation);
      const policies = await services.authority.describe(verdict.policies, variation);
      return {
        allowed: verdict.allowed,
        principal: principal.id,
        reason: verdict.allowed ? `${principal.id} may call ${operation.name}: ${verdict.policies.join(', ')}.` : verdict.reason,
        approvals_needed: verdict.allowed ? undefined : verdict.approvals,
        policies: policies.map(({ id, origin, effect, because, text }) => ({ id, origin, effect, because, text })),
      };
    },
  }),
];

function iso(at: number): string {
  return new Date(at).toISOString();
}
