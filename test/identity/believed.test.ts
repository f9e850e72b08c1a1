// What is believed of a provider: nothing that is not signed by it, for us, now; nor a place that it sends us to, nor silence.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK, JWTHeaderParameters, JWTPayload } from 'jose';
import { base64url, decodeJwt, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOidcProvider } from '../../src/adapters/identity/oidc/oidc.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { IdentityProvider } from '../../src/ports/identity.ts';
import { Browser, confirmDevice } from './browser.ts';
import type { TestProvider } from './provider.ts';
import { client, openProvider } from './provider.ts';

let provider: TestProvider;
let ours: IdentityProvider;

beforeEach(async () => {
  provider = await openProvider();
  ours = createOidcProvider(provider.settings(), systemClock);
});

afterEach(() => provider.stop());

async function logIn() {
  const { code, verifyAtWithCode = '' } = await ours.beginDevice();
  await confirmDevice(new Browser(), verifyAtWithCode);
  return ours.pollDevice(code);
}

/** From now on the provider's ID tokens are others, made of the real one. */
function forge(made: (claims: JWTPayload, token: string) => string | Promise<string>): void {
  provider.lies['/token'] = async (_, body) => {
    if (typeof body['id_token'] === 'string') body['id_token'] = await made(decodeJwt(body['id_token']), body['id_token']);
  };
}

async function signed(claims: JWTPayload, key: JWK = provider.key, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  const { alg = 'ES256', kid } = key;
  return new SignJWT(claims).setProtectedHeader({ alg, ...(kid !== undefined && { kid }), ...header }).sign(await importJWK(key, alg));
}

const part = (value: unknown) => base64url.encode(JSON.stringify(value));
const now = () => Math.floor(Date.now() / 1000);

describe('an ID token', () => {
  it('is believed when all of it holds, also when it is made anew with the same key', async () => {
    expect(await logIn()).toMatchObject({
      kind: 'done',
      identity: { subject: 'a1', name: 'alice@example.org', groups: ['shop', 'everybody'] },
    });
    forge((claims) => signed({ ...claims, email: 'alice@example.org', email_verified: true, groups: ['shop'] }));
    expect(await logIn()).toMatchObject({ kind: 'done', identity: { groups: ['shop'] } });
  });

  it.each<readonly [string, (claims: JWTPayload, token: string) => string | Promise<string>]>([
    [
      'with another content under the same signature',
      (claims, token) => [token.split('.')[0], part({ ...claims, sub: 'b2' }), token.split('.')[2]].join('.'),
    ],
    ['with another signature', (_, token) => `${token.slice(0, -8)}AAAAAAAA`],
    ['without any (alg none)', (claims) => `${part({ alg: 'none' })}.${part(claims)}.`],
    [
      'signed with the secret that both know (HS256)',
      async (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(client.secret)),
    ],
    ['for another audience', (claims) => signed({ ...claims, aud: 'another client' })],
    ['for us and another, made for the other', (claims) => signed({ ...claims, aud: [client.id, 'other'], azp: 'other' })],
    ['for us, made for another client', (claims) => signed({ ...claims, azp: 'other' })],
    ['of another issuer', (claims) => signed({ ...claims, iss: 'https://elsewhere.example' })],
    ['that has expired', (claims) => signed({ ...claims, iat: now() - 7_200, exp: now() - 3_600 })],
    ['that never expires', (claims) => signed({ ...claims, exp: undefined })],
    ['of no account', (claims) => signed({ ...claims, sub: undefined })],
    [
      'signed with a key that the provider does not have',
      async (claims) => {
        const { privateKey } = await generateKeyPair('ES256', { extractable: true });
        return signed(claims, { ...(await exportJWK(privateKey)), alg: 'ES256', kid: provider.key.kid ?? '' });
      },
    ],
    [
      'signed with a key that it brings along',
      async (claims) => {
        const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
        return signed(claims, { ...(await exportJWK(privateKey)), alg: 'ES256' }, { jwk: await exportJWK(publicKey) });
      },
    ],
    ['that is none', () => 'nonsense'],
  ])('is not, %s', async (_, made) => {
    forge(made);
    await expect(logIn()).rejects.toMatchObject({ code: 'identity_untrusted', message: expect.stringContaining('is not believed') });
  });

  it('is not, when there is none, or the page of the account speaks of another', async () => {
    provider.lies['/me'] = (context, body) => {
      context.body = { ...body, sub: 'b2' };
    };
    await expect(logIn()).rejects.toMatchObject({ code: 'identity_untrusted' });
    provider.lies = {
      '/token': (_, body) => {
        delete body['id_token'];
      },
    };
    await expect(logIn()).rejects.toMatchObject({ code: 'identity_untrusted', message: expect.stringContaining('no ID token') });
  });

  it('is believed with a new key as soon as the provider has one, and no longer with the old one', async () => {
    await logIn();
    const old = provider.key;
    await provider.renew();
    expect(await logIn()).toMatchObject({ kind: 'done' });
    forge((claims) => signed(claims, old));
    await expect(logIn()).rejects.toMatchObject({ code: 'identity_untrusted' });
  });

  it.each([
    ['a name that would be another one in a terminal', 'alice\u202egro.elpmaxe'],
    ['a name with a colon', 'user:root'],
    ['no name', 17],
  ])('is not, with %s', async (_, name) => {
    ours = createOidcProvider(provider.settings({ nameClaim: 'nick' }), systemClock);
    forge((claims) => signed({ ...claims, nick: name }));
    await expect(logIn()).rejects.toMatchObject({ code: 'identity_untrusted' });
  });
});

describe('a browser that comes back', () => {
  const redirect = 'http://127.0.0.1:1/login/callback';
  const comeBack = async () => {
    const start = await ours.beginCode(redirect);
    const { url } = await new Browser().open(start.url, {}, redirect);
    return { start, query: url.split('?')[1] ?? '' };
  };

  it('is believed with the state, the nonce and the verifier that it left with', async () => {
    const { start, query } = await comeBack();
    expect(new URL(start.url).searchParams.get('code_challenge_method')).toBe('S256');
    expect(await ours.finishCode(start, query)).toMatchObject({ subject: 'a1' });
  });

  it.each<readonly [string, (start: Awaited<ReturnType<typeof comeBack>>) => Promise<unknown>]>([
    ['another state', ({ start, query }) => ours.finishCode({ ...start, state: 'another' }, query)],
    ['another nonce', ({ start, query }) => ours.finishCode({ ...start, nonce: 'another' }, query)],
    ['another verifier', ({ start, query }) => ours.finishCode({ ...start, verifier: 'v'.repeat(43) }, query)],
    ['what another login got', async ({ start }) => ours.finishCode(start, (await comeBack()).query)],
    [
      'the answer of another issuer',
      ({ start, query }) => ours.finishCode(start, query.replace(/iss=[^&]*/, 'iss=https%3A%2F%2Felsewhere.example')),
    ],
    ['nothing', ({ start }) => ours.finishCode(start, '')],
    [
      'the same for the second time',
      async ({ start, query }) => {
        await ours.finishCode(start, query);
        return ours.finishCode(start, query);
      },
    ],
  ])('is not, with %s', async (_, finish) => {
    await expect(finish(await comeBack())).rejects.toMatchObject({ code: 'identity_untrusted' });
  });

  it('with a no of the person is told so', async () => {
    const { start, query } = await comeBack();
    const state = new URLSearchParams(query).get('state') ?? '';
    const said = new URLSearchParams({ error: 'access_denied', state, iss: provider.issuer });
    await expect(ours.finishCode(start, said.toString())).rejects.toMatchObject({ code: 'denied' });
  });
});

describe('a provider', () => {
  it('that is down is told so', async () => {
    await provider.stop();
    await expect(ours.beginDevice()).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining(new URL(provider.issuer).port),
    });
    provider = await openProvider();
  });

  it('that does not answer as one is told so, and asked again by the next one', async () => {
    provider.lies['/.well-known/openid-configuration'] = (context) => {
      context.status = 500;
      context.body = 'broken';
    };
    await expect(ours.beginDevice()).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('does not answer as one'),
    });
    provider.lies = {};
    expect(await ours.beginDevice()).toMatchObject({ verifyAt: `${provider.issuer}/device` });
  });

  it('that never answers is not waited for longer than its time', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const slow = createOidcProvider(provider.settings({ issuer, timeout: 50 }), systemClock);
    await expect(slow.beginDevice()).rejects.toMatchObject({ code: 'identity_unavailable' });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('that is another issuer than the settings say is not taken for it', async () => {
    provider.lies['/.well-known/openid-configuration'] = (_, body) => void (body['issuer'] = 'https://elsewhere.example');
    await expect(ours.beginDevice()).rejects.toMatchObject({ code: 'identity_unavailable' });
  });

  it.each([
    ['a cloud’s metadata', 'http://169.254.169.254/token'],
    ['a neighbour of this machine', 'https://127.0.0.1:2376/token'],
    ['the network that it is in', 'https://10.0.0.7/token'],
    ['a place without TLS', 'http://example.org/token'],
  ])('that sends us to %s is not followed', async (_, address) => {
    provider.lies['/.well-known/openid-configuration'] = (__, body) => void (body['token_endpoint'] = address);
    const { code } = await ours.beginDevice();
    await expect(ours.pollDevice(code)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining(new URL(address).origin),
      hint: expect.stringContaining('hosts'),
    });
  });

  it('that sends people to what is no page of the web is not believed', async () => {
    provider.lies['/device/auth'] = (_, body) => void (body['verification_uri'] = 'javascript:alert(1)');
    await expect(ours.beginDevice()).rejects.toMatchObject({ code: 'identity_untrusted' });
  });

  it('whose client secret is missing, or wrong, says which', async () => {
    const missing = createOidcProvider(provider.settings({ secret: async () => 'another secret' }), systemClock);
    await expect(missing.beginDevice()).rejects.toMatchObject({
      code: 'identity_untrusted',
      message: expect.stringContaining('invalid_client'),
    });
  });
});
