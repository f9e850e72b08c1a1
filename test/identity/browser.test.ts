// A login in a browser, through the API's own pages and a real provider: cookies, the proof that changes need, and what is refused.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOidcProvider } from '../../src/adapters/identity/oidc/oidc.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { LoginRules } from '../../src/model/identity/identity.ts';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { Site } from '../../src/surfaces/http/login/cookies.ts';
import { cookie, cookieIn, cookieNames } from '../../src/surfaces/http/login/cookies.ts';
import type { HttpSurface } from '../../src/surfaces/http/surface.ts';
import { createHttpSurface } from '../../src/surfaces/http/surface.ts';
import { House } from '../access/kit.ts';
import type { Page } from './browser.ts';
import { Browser } from './browser.ts';
import type { TestProvider } from './provider.ts';
import { openProvider } from './provider.ts';

const rules: LoginRules = {
  provider: 'corp',
  domains: [],
  groups: [],
  roles: [{ grant: { role: 'operator' }, group: 'shop' }],
};

let provider: TestProvider;
let house: House;
let surface: HttpSurface;
let url: string;
let browser: Browser;

beforeEach(async () => {
  provider = await openProvider();
  house = await House.open({ providers: [createOidcProvider(provider.settings(), systemClock)], rules: [rules] });
  surface = createHttpSurface({
    dispatcher: house.door.dispatcher,
    catalogue,
    log: { warn: () => undefined, error: () => undefined },
    version: '1.2.3',
  });
  url = await surface.listenTcp('127.0.0.1', 0);
  await provider.renew(`${url}/login/callback`);
  browser = new Browser();
});

afterEach(async () => {
  await surface.close();
  await house.world.stop();
  await provider.stop();
});

const logIn = (returnTo = '/v1/system.info') => browser.open(`${url}/login?return_to=${encodeURIComponent(returnTo)}`);
const info = () => browser.open(`${url}/v1/system.info`);
const change = (headers: Readonly<Record<string, string>>) =>
  browser.open(`${url}/v1/sessions.end`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
const attributes = (page: Page, name: string) => page.cookies.find((one) => one.startsWith(`${name}=`))?.replace(/=[^;]*/, '');

describe('a login in a browser', () => {
  it('ends with a session in a cookie that pages cannot read and other sites cannot send', async () => {
    const page = await logIn();
    expect([page.status, page.url.split('?')[0]]).toEqual([200, `${url}/login/callback`]);
    expect(page.text).toContain('Logged in as person:alice@example.org');
    expect(page.text).toContain('url=/v1/system.info');
    expect(attributes(page, 'codectl_session')).toMatch(/^codectl_session; Path=\/; SameSite=Strict; HttpOnly; Max-Age=\d+$/);
    expect(attributes(page, 'codectl_csrf')).toMatch(/^codectl_csrf; Path=\/; SameSite=Strict; Max-Age=\d+$/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(JSON.parse((await info()).text)).toMatchObject({ principal: 'person:alice@example.org', roles: ['operator'] });
  });

  it('names everything that a browser keeps to this host alone, where there is TLS', () => {
    const site: Site = { url: 'https://deploy.example.org' };
    const { session, proof, login } = cookieNames(site);
    expect([session, proof, login]).toEqual(['__Host-codectl_session', '__Host-codectl_csrf', '__Host-codectl_login']);
    expect(cookie(session, 'x', { site, sameSite: 'Strict' })).toBe('__Host-codectl_session=x; Path=/; SameSite=Strict; HttpOnly; Secure');
    expect(cookieIn('a=1; b=2', 'a')).toBe('1');
    expect(cookieIn('a=1; a=2', 'a')).toBeUndefined();
  });

  it('is none for another browser than the one that began it', async () => {
    const back = await browser.open(`${url}/login`, {}, `${url}/login/callback`);
    const other = await new Browser().open(back.url);
    expect([other.status, JSON.parse(other.text).code]).toEqual([401, 'login_ended']);
    expect(await house.world.store.list('session')).toEqual([]);
  });

  it('counts once: neither the same answer nor the same cookie brings a second session', async () => {
    const back = await browser.open(`${url}/login`, {}, `${url}/login/callback`);
    const kept = browser.cookie(url, 'codectl_login') ?? '';
    expect((await browser.open(back.url)).status).toBe(200);
    expect((await browser.open(back.url)).status).toBe(401);
    const replayed = await new Browser().open(back.url, { headers: { cookie: `codectl_login=${kept}` } });
    expect([replayed.status, JSON.parse(replayed.text).code]).toEqual([401, 'login_ended']);
    expect(await house.world.store.list('session')).toHaveLength(1);
  });

  it('with another state than it left with is refused, and over', async () => {
    const back = await browser.open(`${url}/login`, {}, `${url}/login/callback`);
    const forged = await browser.open(back.url.replace(/state=[^&]*/, 'state=another'));
    expect([forged.status, JSON.parse(forged.text).code]).toEqual([403, 'identity_untrusted']);
    expect(await house.world.store.list('session')).toEqual([]);
  });

  it('is refused to whom nothing is granted', async () => {
    provider.person = 'b2';
    const page = await logIn();
    expect([page.status, JSON.parse(page.text).code]).toEqual([403, 'denied']);
    expect(browser.cookie(url, 'codectl_session')).toBeUndefined();
  });

  it.each([
    'https://elsewhere.example/',
    '//elsewhere.example',
    '/\\elsewhere.example',
    'javascript:alert(1)',
    '/a"b',
  ])('never goes on to %s', async (where) => {
    expect((await logIn(where)).status).toBe(400);
  });
});

describe('a call that comes with a cookie', () => {
  it('may read; a change needs the proof of its own session', async () => {
    await logIn();
    const proof = browser.cookie(url, 'codectl_csrf') ?? '';
    const other = new Browser();
    await other.open(`${url}/login`);
    const foreign = other.cookie(url, 'codectl_csrf') ?? '';
    expect(foreign).not.toBe(proof);
    const refused: Readonly<Record<string, string>>[] = [
      {},
      { 'x-csrf-token': '' },
      { 'x-csrf-token': foreign },
      { 'x-csrf-token': proof, 'sec-fetch-site': 'cross-site' },
      { 'x-csrf-token': proof, origin: 'https://elsewhere.example' },
    ];
    for (const headers of refused) expect([headers, (await change(headers)).status]).toEqual([headers, 403]);
    expect((await info()).status).toBe(200);
    expect((await change({ 'x-csrf-token': proof })).status).toBe(200);
    expect((await info()).status).toBe(401);
  });

  it('is refused at once when the session was revoked', async () => {
    await logIn();
    await house.ask('sessions.revoke', { id: 'alice@example.org' });
    expect((await info()).status).toBe(401);
  });

  it('does not count with a token in it, nor a session of another form', async () => {
    const { secret } = await house.door.tokens.create({ name: 'ci', effects: ['read'] });
    for (const value of [secret, 'codesession_short', `codesession_${'x'.repeat(43)}`])
      expect((await new Browser().open(`${url}/v1/system.info`, { headers: { cookie: `codectl_session=${value}` } })).status).toBe(401);
  });

  it('ends with /logout, which takes the cookies away', async () => {
    await logIn();
    const proof = browser.cookie(url, 'codectl_csrf') ?? '';
    expect((await browser.open(`${url}/logout`, { method: 'POST' })).status).toBe(403);
    expect((await browser.open(`${url}/logout`, { method: 'POST', headers: { 'x-csrf-token': proof } })).status).toBe(204);
    expect(browser.cookie(url, 'codectl_session')).toBeUndefined();
    expect((await info()).status).toBe(401);
  });
});
