// A real OpenID Connect provider in this process, whose people log in without being asked, and which can be made to lie.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import { exportJWK, generateKeyPair } from 'jose';
import type { Context } from 'oidc-provider';
import { Provider } from 'oidc-provider';
import type { OidcSettings } from '../../src/adapters/identity/oidc/settings.ts';

export const client = { id: 'codectl', secret: 'a secret of this client, long enough' };

type Claims = Readonly<Record<string, unknown>>;
type Body = Record<string, unknown>;

/** Changes an answer of the provider on its way out. */
export type Lie = (context: Context, body: Body) => void | Promise<void>;

export interface TestProvider {
  readonly issuer: string;
  /** By the account's own name. */
  readonly accounts: Record<string, Claims>;
  /** Who sits before the browser. */
  person: string;
  /** Of the path that it is about. */
  lies: Record<string, Lie>;
  /** The key that it signs with at the moment. */
  readonly key: JWK;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** From now on it signs with another key, knows no other, and sends browsers back there. */
  renew(redirect?: string): Promise<void>;
  settings(varied?: Partial<OidcSettings>): OidcSettings;
  stop(): Promise<void>;
}

export async function openProvider(): Promise<TestProvider> {
  let handle: ReturnType<Provider['callback']> = (_, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let key = await newKey();
  let redirects = ['http://127.0.0.1:1/login/callback'];
  const world: TestProvider = {
    issuer,
    accounts: {
      a1: { email: 'Alice@example.org', email_verified: true, groups: ['shop', 'everybody'] },
      b2: { email: 'bob@example.org', email_verified: true, groups: ['everybody'] },
      m3: { email: 'mallory@elsewhere.example', email_verified: true, groups: [] },
      u4: { email: 'unsure@example.org', email_verified: false, groups: ['shop'] },
    },
    person: 'a1',
    lies: {},
    get key() {
      return key;
    },
    asked: [],
    renew: async (redirect) => {
      key = await newKey();
      if (redirect !== undefined) redirects = [redirect];
      handle = handlerOf(world, redirects);
    },
    settings: (varied = {}) => ({
      name: 'corp',
      issuer,
      clientId: client.id,
      secret: async () => client.secret,
      scopes: ['email', 'groups'],
      nameClaim: 'email',
      groupsClaim: 'groups',
      hosts: [],
      ...varied,
    }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  handle = handlerOf(world, redirects);
  return world;
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: crypto.randomUUID() };
}

function handlerOf(world: TestProvider, redirects: readonly string[]): ReturnType<Provider['callback']> {
  const provider = new Provider(world.issuer, configurationOf(world, redirects));
  provider.use(async (context, next) => {
    world.asked.push(context.path);
    await next();
    await world.lies[context.path]?.(context, context.body as Body);
  });
  const answer = provider.callback();
  return (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response);
    const result = { login: { accountId: world.person } };
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false }).catch((thrown: unknown) => {
      response.writeHead(500).end(String(thrown));
    });
  };
}

function configurationOf({ accounts, key }: TestProvider, redirects: readonly string[]) {
  const { alg } = key;
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: redirects,
        id_token_signed_response_alg: alg,
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['of this test'] },
    scopes: ['openid', 'email', 'groups'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
    features: { devInteractions: { enabled: false }, deviceFlow: { enabled: true } },
    interactions: { url: (_: Context, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_: Context, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    loadExistingGrant: async ({ oidc }: Context) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email groups');
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: 600, AuthorizationCode: 600, DeviceCode: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  };
}
