// Who has no token, or none that counts: every operation without one, everything that is like a token, and every way around asking for it.
import { until } from '../../../../test/kit/until.ts';
import type { Asking, Reply } from '../api.ts';
import { patiently } from '../api.ts';
import type { Arena, Token } from '../arena.ts';
import type { AttackClass, Pair, Try } from '../attack.ts';
import { paired } from '../attack.ts';
import { inputFor } from '../inputs.ts';
import { speak, statuses } from '../wire.ts';

/** Answers that give nothing away and do nothing. */
const refusals: ReadonlySet<number> = new Set([400, 401, 403, 404, 405]);

export const authentication: AttackClass = {
  name: 'authentication',
  pairs: async (arena) => [...withoutToken(arena), ...(await likeTokens(arena)), ...aroundTheDoor(arena)],
};

function unless(wanted: (reply: Reply) => boolean, ask: () => Promise<Reply>): Try {
  return async () => {
    const reply = await patiently(ask);
    return wanted(reply) ? undefined : `answered ${reply.status}: ${reply.body.slice(0, 300)}`;
  };
}

function withoutToken(arena: Arena): readonly Pair[] {
  return arena.operations
    .filter(({ open }) => !open)
    .map((operation) => ({
      name: `${operation.name} without a token`,
      attack: unless(
        ({ status, code }) => status === 401 && code === 'unauthenticated',
        () => arena.api.call(operation, inputFor(operation, arena.shop)),
      ),
      // Whether it is there for whoever has one is what the other classes ask; here only that a token is what was missing.
      twin: unless(
        ({ status }) => status === 200,
        () => arena.ask('policy.decide', { operation: operation.name, application: 'shop', environment: 'default' }, arena.admin),
      ),
    }));
}

/** As somebody would say who has no token: what he sends in its place. */
function asTokens({ secret, id, name }: Token): readonly (readonly [string, Asking])[] {
  const bearer = (text: string): Asking => ({ headers: { authorization: text } });
  const right = `Bearer ${secret}`;
  return [
    ['nothing but the scheme', bearer('Bearer ')],
    ['an empty field', bearer('')],
    ['garbage', bearer('Bearer garbage')],
    ['garbage of the right shape', bearer(`Bearer code_${'x'.repeat(43)}`)],
    ['the beginning of a token', bearer(right.slice(0, -1))],
    ['a token with more behind it', bearer(`${right}x`)],
    ['a token in capitals', bearer(`Bearer ${secret.toUpperCase()}`)],
    ['another prefix', bearer(`Bearer ${secret.replace('code_', 'admin_')}`)],
    ['no prefix', bearer(`Bearer ${secret.replace('code_', '')}`)],
    ['the id of a token', bearer(`Bearer ${id}`)],
    ['the name of a token', bearer(`Bearer ${name}`)],
    ['Basic', bearer(`Basic ${Buffer.from(`admin:${secret}`).toString('base64')}`)],
    ['the scheme Token', bearer(`Token ${secret}`)],
    ['no scheme', bearer(secret)],
    ['two tokens', bearer(`Bearer garbage, ${right}`)],
    ['a cookie', { headers: { cookie: `token=${secret}; authorization=${encodeURIComponent(right)}` } }],
    ['another field', { headers: { 'x-api-key': secret, 'x-auth-token': secret, 'proxy-authorization': right } }],
    ['what a proxy would say', { headers: { 'x-forwarded-user': 'root', 'x-remote-user': 'root', 'x-forwarded-for': '127.0.0.1' } }],
    ['a client’s word on its identity', { headers: { 'x-principal': 'user:root', 'x-user-id': '0', from: 'root@localhost' } }],
    ['the query, as access_token', { path: `/v1/apps.status?access_token=${secret}` }],
    ['the query, as token', { path: `/v1/apps.status?token=${secret}` }],
    ['the query, as authorization', { path: `/v1/apps.status?authorization=${encodeURIComponent(right)}` }],
  ];
}

async function likeTokens(arena: Arena): Promise<readonly Pair[]> {
  const { admin } = arena;
  const wish = { roles: [{ role: 'admin' }] } as const;
  const [revoked, parent] = await Promise.all([arena.token(wish), arena.token(wish)]);
  const expired = await arena.token({ ...wish, expires_in_ms: 1_000 });
  const madeAt = Date.now();
  const child = await arena.done<Token>('tokens.create', { name: 'child', roles: [{ role: 'viewer' }] }, parent);
  for (const { id } of [revoked, parent]) await arena.done('tokens.revoke', { id });
  const refused = (asking: Asking): Try =>
    unless(
      ({ status, code }) => status === 401 && code === 'unauthenticated',
      () => arena.ask('apps.status', {}, undefined, asking),
    );
  const late: Try = async () => {
    // Its own clock is the daemon's, too: both are of this machine.
    await until(
      () => Date.now(),
      (now) => now > madeAt + 1_000,
    );
    return refused({ token: expired.secret })();
  };
  const served = (asking: Asking): Try =>
    unless(
      ({ status }) => status === 200,
      () => arena.ask('apps.status', {}, undefined, asking),
    );
  const bearer = (text: string): Asking => ({ headers: { authorization: text } });
  const spellings = [`Bearer ${admin.secret}`, `bearer ${admin.secret}`, `Bearer  ${admin.secret}`].map((text) => served(bearer(text)));
  return paired(
    [
      ...asTokens(admin).map(([name, asking]) => [`as a token: ${name}`, refused(asking)] as const),
      ['as a token: a revoked token', refused({ token: revoked.secret })],
      ['as a token: a token whose parent was revoked', refused({ token: child.secret })],
      ['as a token: an expired token', late],
    ],
    [...spellings, served({ token: admin.secret, headers: { cookie: 'a=b' } })],
  );
}

const paths = [
  '//v1/apps.status',
  '/v1//apps.status',
  '/v1/./apps.status',
  '/healthz/../v1/apps.status',
  '/healthz/%2e%2e/v1/apps.status',
  '/healthz;/v1/apps.status',
  '/v1/apps.status/',
  '/v1/apps.status;a=b',
  '/v1/apps.status%00',
  '/v1/apps.status%20',
  '/V1/APPS.STATUS',
  '/v1/apps%2estatus',
  '/v1%2fapps.status',
  '/v1/apps.status?/healthz',
  '/v1/apps.status#/healthz',
  '/metrics',
  '/metrics/',
  '/v1/events',
  '/v1/openapi.json/../apps.status',
  '/__proto__',
  '/v1/constructor',
];
const methods = ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const overrides = ['x-http-method-override', 'x-method-override', 'x-http-method', '_method'];
const elsewhere = ['x-original-url', 'x-rewrite-url', 'x-forwarded-uri', 'x-forwarded-prefix'];
const foreigners: Readonly<Record<string, Asking['headers']>> = {
  'a host of somebody else (DNS rebinding)': { host: 'attacker.example' },
  'a host that begins like this machine': { host: 'localhost.attacker.example' },
  'a page of somebody else': { origin: 'http://attacker.example' },
  'a page without an origin': { origin: 'null' },
  'a page of a host that begins like this machine': { origin: 'https://127.0.0.1.attacker.example', 'content-type': 'text/plain' },
};
const write = '/v1/lock.release';

/** Methods, addresses and fields that name something else than they lead to; none but the last have a token. */
function aroundTheDoor(arena: Arena): readonly Pair[] {
  const { admin, api } = arena;
  const known = { authorization: `Bearer ${admin.secret}` };
  const asked = (method: string, path: string, headers: Asking['headers'] = {}): Try =>
    unless(
      ({ status, body }) => refusals.has(status) && !body.includes('"environments"'),
      () => api.send(method, path, { headers }),
    );
  const foreign = (headers: Asking['headers']): Try =>
    unless(
      ({ status, code }) => status === 403 && code === 'denied',
      () => api.send('GET', '/v1/apps.status', { headers: { ...known, ...headers } }),
    );
  const served = (path: string, headers: Asking['headers'] = {}): Try =>
    unless(
      ({ status }) => status === 200,
      () => api.send('GET', path, { headers }),
    );
  const origin = `http://127.0.0.1:${api.port}`;
  return paired(
    [
      ...paths.map((path) => [`the address ${path}`, asked('GET', path)] as const),
      ...methods.map((method) => [`${method} on an operation`, asked(method, '/v1/apps.status')] as const),
      ...overrides.map((name) => [`${name} on a write`, asked('GET', write, { ...known, [name]: 'POST' })] as const),
      ...elsewhere.map((name) => [`${name} to a page that is open`, asked('GET', '/v1/apps.status', { [name]: '/healthz' })] as const),
      ['a write by GET', asked('GET', `${write}?application=shop&environment=default`, known)],
      ...Object.entries(foreigners).map(([name, headers]) => [name, foreign(headers)] as const),
      ['CONNECT', () => connected(arena)],
    ],
    [
      served('/healthz'),
      served('/readyz'),
      served('/v1/openapi.json'),
      served('/v1/apps.status', { ...known, host: 'localhost' }),
      served('/v1/apps.status', { ...known, host: `127.0.0.1:${api.port}`, origin }),
      served('/v1/apps.status', known),
    ],
  );
}

async function connected({ api }: Arena): Promise<string | undefined> {
  const { text } = await speak(api.port, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  return statuses(text).some((status) => status < 300) ? text.slice(0, 300) : undefined;
}
