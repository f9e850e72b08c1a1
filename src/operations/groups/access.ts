// audit.* and tokens.*: who did what, and who may.
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import type { Principal, TokenRecord } from '../../model/principal.ts';
import { audiences, roles, tokenKinds } from '../../model/principal.ts';
import { limitsOf, limitsView, refuseHands, refuseMore, refuseNamed, tokenLife, viewLimits } from '../granting.ts';
import { defineCall } from '../operation.ts';
import { applicationName, environmentName } from '../schemas.ts';

const effect = z.enum(['read', 'plan', 'write', 'destroy']);
const grantView = z
  .strictObject({ role: z.enum(roles), application: applicationName.optional(), environment: environmentName.optional() })
  .refine((one) => one.environment === undefined || one.application !== undefined, 'an environment is one of an application: name it, too')
  .describe('A role and where it holds: everywhere, for one application, or for one of its environments');
const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  effects: z.array(effect),
  kind: z.enum(tokenKinds),
  roles: z.array(grantView),
  limits: limitsView.optional(),
  audience: z.enum(audiences).optional().describe('The only door at which it counts; absent: all'),
  interactive: z.literal(true).optional(),
  owner: z.string().optional().describe('Whose it is, where that is not a person of its own'),
  parent: z.string().optional().describe('Id of the token that made it'),
  created_at: z.string(),
  expires_at: z.string().optional(),
  last_used_at: z.string().optional(),
  revoked_at: z.string().optional(),
  replaced_by: z.string().optional().describe('Id of the token that took its place'),
});
const auditView = z.object({
  sequence: z.int(),
  at: z.string(),
  phase: z.enum(['intent', 'outcome', 'action']).describe('`action`: the engine did it by itself'),
  call: z.string(),
  principal: z.string(),
  operation: z.string(),
  effect,
  subject: z.record(z.string(), z.unknown()),
  result: z.enum(['ok', 'refused', 'failed']).optional(),
  error: z.string().optional(),
  policies: z.array(z.string()).optional().describe('By which it was permitted'),
  previous: z.string(),
  hash: z.string(),
});

const week = 7 * 24 * 3_600_000;

export const accessOperations = [
  defineCall({
    name: 'audit.show',
    summary: 'Lists audit records in order: the newest, or those after a sequence number.',
    effect: 'read',
    input: z.strictObject({
      after: z.coerce.number().int().min(0).optional().describe('Absent: the newest records'),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    output: z.object({ records: z.array(auditView) }),
    handler: async ({ after, limit }, { services }) => {
      const records = await services.audit.show({ after, limit });
      return {
        records: records.map((one) => ({
          ...one,
          at: new Date(one.at).toISOString(),
          subject: { ...one.subject },
          policies: one.policies && [...one.policies],
        })),
      };
    },
  }),
  defineCall({
    name: 'audit.verify',
    summary: 'Checks the whole chain and names the first record that was edited, removed or reordered.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ ok: z.boolean(), count: z.int(), sequence: z.int().optional(), problem: z.string().optional() }),
    handler: async (_, { services }) => {
      const verdict = await services.audit.verify();
      return verdict.ok
        ? { ok: true, count: verdict.count }
        : { ok: false, count: 0, sequence: verdict.sequence, problem: verdict.problem };
    },
  }),
  defineCall({
    name: 'tokens.create',
    confidential: true,
    summary:
      'Makes an API token; its secret is shown this once only. One made with a token ends with that token, at the latest; a service’s and an agent’s after 90 days, unless told otherwise.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      name: z.string().min(1).max(60),
      effects: z.array(effect).default([]).describe('Granted everywhere, each by itself'),
      roles: z.array(grantView).max(50).default([]),
      kind: z.enum(tokenKinds).default('token').describe('A person’s, a service’s, or an agent’s'),
      limits: limitsView.optional().describe('How far it may go, whatever it was granted; an agent changes nothing without'),
      interactive: z.boolean().optional().describe('A person sits at the program that carries it, and may be asked there by form'),
      audience: z.enum(audiences).optional().describe('Where it counts only: at the API, or at the tools for agents'),
      owner: z
        .string()
        .regex(/^[\w.@-]{1,60}$/)
        .optional()
        .describe('Whose it is: nobody approves what he asked for with another token'),
      expires_in_ms: z.int().min(1000).optional(),
    }),
    output: tokenView.extend({ secret: z.string() }),
    handler: async (
      { name, effects, roles: grants, kind, limits, audience, interactive, owner, expires_in_ms },
      { services, principal },
    ) => {
      refuseMore(principal, { effects, grants, owner });
      refuseNamed(principal, name, (await services.authority.list()).own.text);
      const { secret, token } = await services.tokens.create({
        name,
        effects,
        grants,
        kind,
        limits: limits && limitsOf(limits),
        audience,
        interactive: interactive === true ? true : undefined,
        owner: owner === undefined ? ownerBy(principal) : `user:${owner}`,
        expiresIn: tokenLife(principal, kind, expires_in_ms),
        parent: principal.kind === 'person' ? undefined : principal.token,
      });
      return { ...viewToken(token), secret };
    },
  }),
  defineCall({
    name: 'tokens.certify',
    summary: 'Makes a certificate that lets the holder of a key in as a token; whoever has one token may only ask for that one.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      id: z.string().min(1).max(100).describe('Id or name of a live token'),
      public_key: z.string().max(1_000).describe('In PEM, on the curve P-256'),
      expires_in_ms: z.int().min(60_000).optional().describe('90 days, where that is not said; never longer than the token'),
    }),
    output: z.object({ id: z.string(), name: z.string(), certificate: z.string(), authority: z.string(), expires_at: z.string() }),
    audited: ({ id }) => ({ id }),
    handler: async ({ id: wanted, public_key: publicKey, expires_in_ms: life }, { services, principal }) => {
      const { id, name, expiresAt: until } = await services.tokens.find(wanted);
      if (principal.kind !== 'local_user' && principal.token !== id)
        throw new CodeError(
          'denied',
          `${principal.id} may not have a certificate of ${name}; its holder may, and whoever owns the machine.`,
        );
      const made = await services.clients.admit({ token: id, publicKey, life, until });
      const { certificate, authority, expiresAt } = made;
      return { id, name, certificate, authority, expires_at: new Date(expiresAt).toISOString() };
    },
  }),
  defineCall({
    name: 'tokens.list',
    summary: 'Lists API tokens without their secrets.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ tokens: z.array(tokenView) }),
    handler: async (_, { services }) => ({ tokens: (await services.tokens.list()).map(viewToken) }),
  }),
  defineCall({
    name: 'tokens.rotate',
    confidential: true,
    summary:
      'Makes another secret for a token, with the same rights; it is shown this once only. The secret so far ends, at once or after an overlap.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      id: z.string().max(100),
      overlap_ms: z.int().min(0).max(week).default(0).describe('For so long the secret so far still counts'),
      expires_in_ms: z.int().min(1000).optional().describe('Absent: as long as it was for'),
    }),
    output: tokenView.extend({ secret: z.string() }),
    handler: async ({ id, overlap_ms, expires_in_ms }, { services, principal }) => {
      const found = await services.tokens.find(id);
      refuseMore(principal, { effects: found.effects, grants: found.grants ?? [] });
      await refuseHands(principal, found, services);
      const expiresIn = expires_in_ms === undefined ? undefined : tokenLife(principal, found.kind, expires_in_ms);
      const { secret, token } = await services.tokens.rotate(found.id, { overlap: overlap_ms, expiresIn });
      return { ...viewToken(token), secret };
    },
  }),
  defineCall({
    name: 'tokens.revoke',
    summary: 'Makes a token useless at once, and those that were made with it.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({ id: z.string().max(100) }),
    output: tokenView,
    handler: async ({ id }, { services }) => viewToken(await services.tokens.revoke(id)),
  }),
];

/** Of somebody who logged in it is his own: nobody approves with it what he asked for himself. */
function ownerBy({ id, kind }: Principal): string | undefined {
  return kind === 'person' ? id : undefined;
}

function viewToken(token: TokenRecord): z.infer<typeof tokenView> {
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  return {
    id: token.id,
    name: token.name,
    prefix: token.prefix,
    effects: [...token.effects],
    kind: token.kind ?? 'token',
    roles: (token.grants ?? []).map((one) => ({ ...one })),
    limits: token.limits && viewLimits(token.limits),
    audience: token.audience,
    interactive: token.interactive,
    owner: token.owner,
    parent: token.parent,
    created_at: new Date(token.createdAt).toISOString(),
    expires_at: time(token.expiresAt),
    last_used_at: time(token.lastUsedAt),
    revoked_at: time(token.revokedAt),
    replaced_by: token.replacedBy,
  };
}
