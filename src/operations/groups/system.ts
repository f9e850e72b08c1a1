// system.*: the daemon itself.
import { z } from 'zod';
import type { Principal } from '../../model/principal.ts';
import { grantName } from '../granting.ts';
import { defineCall } from '../operation.ts';
import { yes } from '../schemas.ts';
import type { Services } from '../services.ts';

const isoOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

export const systemOperations = [
  defineCall({
    name: 'system.info',
    summary: 'Tells the version of the daemon and who is asking.',
    effect: 'read',
    input: z.strictObject({ operations: yes.optional().describe('Also which operations it may ask for at all') }),
    output: z.object({
      version: z.string(),
      principal: z.string(),
      effects: z.array(z.string()),
      roles: z.array(z.string()).describe('With where they hold: operator@shop/staging'),
      tainted_until: z.string().optional().describe('It has read words of others: till then its changes take one approval more'),
      operations: z.array(z.string()).optional().describe('Permitted somewhere; each call is decided anew'),
    }),
    handler: async ({ operations: wanted = false }, { services, principal }) => ({
      tainted_until: isoOf((await services.taints.of(principal))?.until),
      version: services.system.version,
      principal: principal.id,
      effects: [...principal.effects],
      roles: (principal.grants ?? []).map(grantName),
      ...(wanted && { operations: await conceivable(services, principal) }),
    }),
  }),
  defineCall({
    name: 'system.settings',
    summary: "Shows the daemon's merged settings, redacted.",
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ settings: z.record(z.string(), z.unknown()) }),
    handler: async (_, { services }) => ({ settings: { ...services.system.settings() } }),
  }),
  defineCall({
    name: 'system.doctor',
    summary: 'Tells what works on this machine and what does not, with the reason and the next step.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      findings: z.array(
        z.object({ subject: z.string(), state: z.enum(['ok', 'limited', 'missing']), message: z.string(), hint: z.string().optional() }),
      ),
    }),
    handler: async (_, { services, signal }) => ({ findings: [...(await services.system.doctor(signal))] }),
  }),
  defineCall({
    name: 'system.stop',
    summary: 'Ends the daemon; instances and gateway go on, unless everything is to end.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      everything: z.boolean().default(false).describe('Also stop the gateway; refused while something is deployed'),
    }),
    output: z.object({}),
    handler: async ({ everything }, { services }) => {
      await services.system.stop(everything);
      return {};
    },
  }),
];

async function conceivable({ authority }: Pick<Services, 'authority'>, principal: Principal): Promise<string[]> {
  const asked = await Promise.all(
    authority.actions.map(async (action) => ({ action, verdict: await authority.conceivable(principal, action) })),
  );
  return asked.filter(({ verdict }) => verdict.allowed).map(({ action }) => action.name);
}
