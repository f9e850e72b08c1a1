// /login, /login/callback and /logout: a browser's way into the operations of logins and sessions.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { SurfaceDispatcher } from '../routes.ts';
import type { Site } from './cookies.ts';
import { cookie, cookieIn, cookieNames, proofFor } from './cookies.ts';
import { credentialOf } from './credential.ts';
import { choicePage, donePage, guarded, pageType } from './page.ts';

export interface LoginOptions {
  readonly dispatcher: Pick<SurfaceDispatcher, 'call'>;
  readonly site: Site;
}

const begun = z.object({ login: z.string(), url: z.string() });
const opened = z.object({ secret: z.string(), principal: z.string(), lasts_ms: z.number() });
const offered = z.object({ providers: z.array(z.string()) });
/** A path of this site: what begins with two slashes, or has a backslash, is another one for some browsers. */
const returnForm = /^\/(?![/\\])[\w\-./~%?=&+,:@]{0,500}$/;
const callback = '/login/callback';
/** A login under way: the provider's name, the secret, and where to go on. Seconds. */
const loginLife = 600;

export function addLoginRoutes(app: FastifyInstance, options: LoginOptions): void {
  app.get('/login', async (request, reply) => begin(request, guarded(reply), options));
  app.get(callback, async (request, reply) => finish(request, guarded(reply), options));
  app.post('/logout', async (request, reply) => leave(request, guarded(reply), options));
}

async function begin(request: FastifyRequest, reply: FastifyReply, { dispatcher, site }: LoginOptions): Promise<FastifyReply> {
  const asked = new URL(request.url, 'http://localhost').searchParams;
  const returnTo = asked.get('return_to') ?? '/';
  if (!returnForm.test(returnTo)) throw new CodeError('input_invalid', 'return_to: expected a path of this site.');
  const provider = asked.get('provider') ?? undefined;
  const { providers } = offered.parse(await dispatcher.call('login.providers', {}, anybody()));
  if (provider === undefined && providers.length > 1) return reply.type(pageType).send(choicePage(providers, returnTo));
  const redirect = `${originOf(request, site)}${callback}`;
  const { login, url } = begun.parse(await dispatcher.call('login.browser', { provider, redirect }, anybody()));
  const value = `${login}.${Buffer.from(returnTo).toString('base64url')}`;
  const kept = cookie(cookieNames(site).login, value, { site, sameSite: 'Lax', life: loginLife });
  return reply.header('set-cookie', kept).redirect(url, 302);
}

async function finish(request: FastifyRequest, reply: FastifyReply, { dispatcher, site }: LoginOptions): Promise<FastifyReply> {
  const names = cookieNames(site);
  // Once, whatever comes of it.
  void reply.header('set-cookie', cookie(names.login, '', { site, sameSite: 'Lax', life: 0 }));
  const [login = '', where = ''] = (cookieIn(request.headers.cookie, names.login) ?? '').split('.');
  if (login === '')
    throw new CodeError('login_ended', 'This browser has not begun a login, or too long ago.', { hint: 'Begin at /login.' });
  const query = request.url.split('?')[1] ?? '';
  const session = opened.parse(await dispatcher.call('login.finish', { login, query }, anybody()));
  const returnTo = Buffer.from(where, 'base64url').toString();
  const kept = { site, sameSite: 'Strict', life: Math.floor(session.lasts_ms / 1000) } as const;
  const cookies = [cookie(names.session, session.secret, kept), cookie(names.proof, proofFor(session.secret), { ...kept, readable: true })];
  void reply.header('set-cookie', cookies).type(pageType);
  return reply.send(donePage(session.principal, returnForm.test(returnTo) ? returnTo : '/'));
}

async function leave(request: FastifyRequest, reply: FastifyReply, { dispatcher, site }: LoginOptions): Promise<FastifyReply> {
  const credential = credentialOf(request, site);
  await dispatcher.call('sessions.end', {}, { credential, signal: new AbortController().signal });
  const names = cookieNames(site);
  const gone = [names.session, names.proof].map((name) => cookie(name, '', { site, sameSite: 'Strict', life: 0 }));
  return reply.header('set-cookie', gone).code(204).send();
}

const anybody = () => ({ credential: { kind: 'none' }, signal: new AbortController().signal }) as const;

/** Who asks by another name than this machine's, or that of the settings, does not come so far. */
function originOf({ headers }: FastifyRequest, { url, secure = false }: Site): string {
  return url === undefined ? `${secure ? 'https' : 'http'}://${headers.host}` : new URL(url).origin;
}
