// sessions.*: who is logged in, and ending that.
import { z } from 'zod';
import { personId } from '../../../access/identity/sessions.ts';
import { CodeError, hasCode } from '../../../base/errors.ts';
import type { SessionRecord } from '../../../model/identity/identity.ts';
import { defineCall } from '../../operation.ts';
import type { Services } from '../../services.ts';

const sessionView = z.object({
  id: z.string(),
  principal: z.string(),
  provider: z.string(),
  account: z.string().describe('The provider’s own name of it'),
  email: z.string().optional(),
  groups: z.array(z.string()),
  way: z.enum(['device', 'browser']),
  created_at: z.string(),
  last_used_at: z.string().describe('To the minute'),
  expires_at: z.string().describe('At the latest; without calls it ends before'),
  ended_at: z.string().optional(),
  ended_by: z.string().optional(),
  ended_because: z.enum(['left', 'revoked']).optional(),
});

export const sessionOperations = [
  defineCall({
    name: 'sessions.list',
    summary: 'Lists who is logged in, and which sessions were ended in the last day.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ sessions: z.array(sessionView.extend({ live: z.boolean() })) }),
    handler: async (_, { services }) => ({
      sessions: (await services.sessions.list()).map((one) => ({ ...viewSession(one), live: one.live })),
    }),
  }),
  defineCall({
    name: 'sessions.revoke',
    summary: 'Ends a session at once, or by the name of a person all that are theirs, and the tokens that they made.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      id: z.string().min(1).max(200).describe('Of a session, or the name of a person'),
      forget: z.boolean().default(false).describe('Of a person: let go of the name as well, for another account to have it'),
    }),
    output: z.object({ sessions: z.array(sessionView), tokens: z.array(z.string()), forgotten: z.boolean() }),
    handler: async ({ id, forget }, { services, principal }) => {
      const name = nameIn(id);
      const tokens = name === undefined ? [] : await revokeTokensOf(personId(name), services);
      const forgotten = forget && name !== undefined && (await services.people.forget(name));
      try {
        const ended = await services.sessions.revoke(id, principal.id);
        return { sessions: ended.map(viewSession), tokens, forgotten };
      } catch (thrown) {
        // One who has tokens or a name, and is not logged in.
        if (hasCode(thrown, 'session_unknown') && (forgotten || tokens.length > 0)) return { sessions: [], tokens, forgotten };
        throw thrown;
      }
    },
  }),
  defineCall({
    name: 'sessions.end',
    summary: 'Logs out: ends the session that this call comes with.',
    effect: 'write',
    humansOnly: true,
    input: z.strictObject({}),
    output: z.object({}),
    handler: async (_, { services, principal }) => {
      if (principal.kind !== 'person' || principal.token === undefined)
        throw new CodeError('input_invalid', `${principal.id} is not logged in: this call came with no session.`, {
          hint: 'A token ends with "codectl token revoke".',
        });
      await services.sessions.leave(principal.token);
      return {};
    },
  }),
];

/** Of a person, with or without what kind of principal that is; `undefined` for the id of a session. */
function nameIn(id: string): string | undefined {
  if (/^s-[\da-f]{12}$/.test(id)) return undefined;
  return id.startsWith('person:') ? id.slice('person:'.length) : id;
}

async function revokeTokensOf(person: string, { tokens }: Pick<Services, 'tokens'>): Promise<string[]> {
  const owned = (await tokens.list()).filter((one) => one.owner === person && one.revokedAt === undefined);
  for (const { id } of owned) await tokens.revoke(id);
  return owned.map(({ id }) => id);
}

function viewSession({ id, person, identity, way, createdAt, lastUsedAt, expiresAt, ended }: SessionRecord): z.infer<typeof sessionView> {
  const { provider, subject, email, groups } = identity;
  return {
    id,
    principal: person,
    provider,
    account: subject,
    email,
    groups: [...groups],
    way,
    created_at: new Date(createdAt).toISOString(),
    last_used_at: new Date(lastUsedAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
    ended_at: ended && new Date(ended.at).toISOString(),
    ended_by: ended?.by,
    ended_because: ended?.why,
  };
}
