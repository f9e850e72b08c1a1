// login.*: how somebody becomes known. Anybody may call these; what they lead to is a session, and that is written down.
import { z } from 'zod';
import type { Opened } from '../../../access/identity/logins.ts';
import { defineCall } from '../../operation.ts';

const provider = z.string().max(60).optional().describe('Which identity provider; not needed where there is one');
const login = z.string().min(20).max(100);

const openedView = {
  secret: z.string().describe('Of the session: a bearer token'),
  session: z.string(),
  principal: z.string(),
  expires_at: z.string(),
  lasts_ms: z.number().describe('At most; without calls it ends before'),
};

export const loginOperations = [
  defineCall({
    name: 'login.providers',
    summary: 'Lists the identity providers that people log in at.',
    effect: 'read',
    open: true,
    humansOnly: true,
    input: z.strictObject({}),
    output: z.object({ providers: z.array(z.string()) }),
    handler: async (_, { services }) => ({ providers: [...services.logins.providers] }),
  }),
  defineCall({
    name: 'login.device',
    summary: 'Begins a login by a code that a person types at the provider, on any device (RFC 8628).',
    effect: 'write',
    open: true,
    humansOnly: true,
    input: z.strictObject({ provider }),
    output: z.object({
      login: z.string().describe('For login.poll; whoever has it gets the session'),
      user_code: z.string(),
      verify_at: z.string(),
      verify_at_with_code: z.string().optional(),
      expires_at: z.string(),
      wait_ms: z.number(),
    }),
    handler: async (input, { services }) => {
      const begun = await services.logins.beginDevice(input.provider);
      return {
        login: begun.login,
        user_code: begun.userCode,
        verify_at: begun.verifyAt,
        verify_at_with_code: begun.verifyAtWithCode,
        expires_at: new Date(begun.expiresAt).toISOString(),
        wait_ms: begun.wait,
      };
    },
  }),
  defineCall({
    name: 'login.poll',
    summary: 'Asks whether such a login is done; then its answer has the session, once.',
    effect: 'write',
    open: true,
    humansOnly: true,
    confidential: true,
    input: z.strictObject({ login }),
    output: z.object({
      done: z.boolean(),
      wait_ms: z.number().optional().describe('Ask again after so long'),
      ...z.object(openedView).partial().shape,
    }),
    handler: async (input, { services }) => {
      const polled = await services.logins.pollDevice(input.login);
      return polled.kind === 'waiting' ? { done: false, wait_ms: polled.wait } : { done: true, ...viewOpened(polled) };
    },
  }),
  defineCall({
    name: 'login.browser',
    summary: 'Begins a login in a browser: where to send it (authorization code with PKCE). /login does this.',
    effect: 'write',
    open: true,
    humansOnly: true,
    input: z.strictObject({
      provider,
      redirect: z
        .url({ protocol: /^https?$/ })
        .max(500)
        .describe('Where it comes back to'),
    }),
    output: z.object({ login: z.string().describe('For login.finish: kept by the browser that began it'), url: z.string() }),
    handler: async (input, { services }) => services.logins.beginBrowser(input.provider, input.redirect),
  }),
  defineCall({
    name: 'login.finish',
    summary: 'Ends a login in a browser with what the provider sent it back with. Counts once. /login/callback does this.',
    effect: 'write',
    open: true,
    humansOnly: true,
    confidential: true,
    input: z.strictObject({ login, query: z.string().max(16_384).describe('As it stood in the address, without the question mark') }),
    output: z.object(openedView),
    handler: async (input, { services }) => viewOpened(await services.logins.finishBrowser(input.login, input.query)),
  }),
];

function viewOpened({ secret, session }: Opened) {
  const { id, person, createdAt, expiresAt } = session;
  return { secret, session: id, principal: person, expires_at: new Date(expiresAt).toISOString(), lasts_ms: expiresAt - createdAt };
}
