// A login from a terminal, at a real provider: the code, the person's answer, the session, and what ends it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOidcProvider } from '../../src/adapters/identity/oidc/oidc.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { LoginRules } from '../../src/model/identity/identity.ts';
import type { Credential } from '../../src/operations/dispatch.ts';
import { House } from '../access/kit.ts';
import { Browser, confirmDevice } from './browser.ts';
import type { TestProvider } from './provider.ts';
import { openProvider } from './provider.ts';

const rules: LoginRules = {
  provider: 'corp',
  domains: ['example.org'],
  groups: [],
  roles: [
    { grant: { role: 'operator', application: 'shop' }, group: 'shop' },
    { grant: { role: 'viewer', application: 'shop' }, group: 'everybody' },
  ],
};

interface Begun {
  readonly login: string;
  readonly user_code: string;
  readonly verify_at: string;
  readonly verify_at_with_code: string;
  readonly wait_ms: number;
}

interface Polled {
  readonly done: boolean;
  readonly wait_ms?: number;
  readonly secret?: string;
  readonly session?: string;
}

const none: Credential = { kind: 'none' };
let provider: TestProvider;
let house: House;
let browser: Browser;

beforeEach(async () => {
  provider = await openProvider();
  house = await House.open({ providers: [createOidcProvider(provider.settings(), systemClock)], rules: [rules] });
  browser = new Browser();
});

afterEach(async () => {
  await house.world.stop();
  await provider.stop();
});

const begin = async () => (await house.ask('login.device', {}, none)) as Begun;
const poll = async (login: string) => (await house.ask('login.poll', { login }, none)) as Polled;
const wait = (ms: number) => house.world.clock.moveTo(house.world.clock.now() + ms);
const bearer = (token = ''): Credential => ({ kind: 'bearer', token });

async function logIn(person = 'a1'): Promise<Polled & { readonly secret: string; readonly session: string }> {
  provider.person = person;
  const { login, verify_at_with_code, wait_ms } = await begin();
  await confirmDevice(new Browser(), verify_at_with_code);
  wait(wait_ms);
  const polled = await poll(login);
  return { secret: '', session: '', ...polled };
}

describe('a login by a code', () => {
  it('gives whoever confirms it a session, with the role that a group of theirs has', async () => {
    const { login, user_code, verify_at, verify_at_with_code, wait_ms } = await begin();
    expect(verify_at).toBe(`${provider.issuer}/device`);
    expect(verify_at_with_code).toContain(user_code);
    expect(await poll(login)).toEqual({ done: false, wait_ms });
    wait(wait_ms);
    expect(await poll(login)).toEqual({ done: false, wait_ms });
    await confirmDevice(browser, verify_at_with_code);
    wait(wait_ms);
    const { secret, ...told } = await poll(login);
    expect(told).toMatchObject({ done: true, principal: 'person:alice@example.org' });
    expect(await house.ask('system.info', {}, bearer(secret))).toMatchObject({
      principal: 'person:alice@example.org',
      roles: ['operator@shop', 'viewer@shop'],
    });
    expect(await house.told('scale.pause', { application: 'blog', environment: 'test', service: 'api', at: 1 }, bearer(secret))).toBe(
      'denied',
    );
    expect(JSON.stringify(await house.world.store.list('session'))).not.toContain(secret);
    await expect(poll(login)).rejects.toMatchObject({ code: 'login_ended' });
  });

  it('asks the provider no more often than it wants to be asked, and less often when it says so', async () => {
    const { login, wait_ms } = await begin();
    const times = () => provider.asked.filter((path) => path === '/token').length;
    for (let n = 0; n < 5; n += 1) await poll(login);
    expect(times()).toBe(0);
    provider.lies['/token'] = (context) => {
      context.status = 400;
      context.body = { error: 'slow_down' };
    };
    wait(wait_ms);
    expect(await poll(login)).toEqual({ done: false, wait_ms: wait_ms + 5_000 });
    wait(wait_ms);
    expect(await poll(login)).toEqual({ done: false, wait_ms: 5_000 });
    expect(times()).toBe(1);
  });

  it('ends when the person says no, and then for good', async () => {
    const { login, verify_at_with_code, wait_ms } = await begin();
    await confirmDevice(browser, verify_at_with_code, 'no');
    wait(wait_ms);
    await expect(poll(login)).rejects.toMatchObject({ code: 'denied' });
    await expect(poll(login)).rejects.toMatchObject({ code: 'login_ended' });
  });

  it('ends with its time, by the provider or here', async () => {
    const first = await begin();
    wait(3_600_000);
    await expect(poll(first.login)).rejects.toMatchObject({ code: 'login_ended' });
    const second = await begin();
    provider.lies['/token'] = (context) => {
      context.status = 400;
      context.body = { error: 'expired_token' };
    };
    wait(second.wait_ms);
    await expect(poll(second.login)).rejects.toMatchObject({ code: 'login_ended' });
  });

  it('is nothing to whom nothing is granted, whoever vouches for them; and that is written down', async () => {
    await expect(logIn('m3')).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('example.org') });
    expect((await house.door.audit.show({})).slice(-2)).toMatchObject([
      {
        phase: 'intent',
        principal: 'person:mallory@elsewhere.example',
        operation: 'login.finish',
        subject: { provider: 'corp', account: 'm3' },
      },
      { phase: 'outcome', result: 'refused' },
    ]);
    expect(await house.world.store.list('session')).toEqual([]);
  });

  it('takes no address of e-mail for a name that the provider has not verified', async () => {
    await expect(logIn('u4')).rejects.toMatchObject({ code: 'identity_untrusted', message: expect.stringContaining('verified email') });
  });

  it('is written down with who it is, and never with the secret', async () => {
    const { secret, session } = await logIn();
    const records = await house.door.audit.show({});
    expect(records.slice(-2)).toMatchObject([
      { principal: 'person:alice@example.org', operation: 'login.finish' },
      { result: 'ok', subject: { id: session } },
    ]);
    expect(JSON.stringify(records)).not.toContain(secret);
  });

  it('is refused with a clear word where there is no provider', async () => {
    const bare = await House.open();
    await expect(bare.ask('login.device', {}, none)).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('login_providers'),
    });
    await bare.world.stop();
  });
});

describe('a session', () => {
  it('is refused at once when it was revoked, and streams that are open end', async () => {
    const { secret, session } = await logIn();
    const call = { credential: bearer(secret), signal: new AbortController().signal };
    const items = await house.door.dispatcher.stream('observe.events', { application: 'shop', after: 0, follow: true }, call);
    const reader = items[Symbol.asyncIterator]();
    await house.deployed();
    expect((await reader.next()).done).toBe(false);
    await house.ask('sessions.revoke', { id: session });
    expect(await house.told('system.info', {}, bearer(secret))).toBe('unauthenticated');
    await expect(reader.next()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('ends by its own bearer without any right, and no other', async () => {
    const [first, second] = [await logIn('b2'), await logIn('b2')];
    await house.ask('sessions.end', {}, bearer(first.secret));
    expect(await house.told('system.info', {}, bearer(first.secret))).toBe('unauthenticated');
    expect(await house.told('system.info', {}, bearer(second.secret))).toBe('ok');
    expect(await house.told('sessions.revoke', { id: second.session }, bearer(second.secret))).toBe('denied');
    expect(await house.told('sessions.list', {}, bearer(second.secret))).toBe('denied');
  });

  it('is no way to approve what one asked for oneself, with whichever session', async () => {
    const rule = { provider: 'corp', domains: [], groups: [], roles: [{ grant: { role: 'admin' as const }, group: 'everybody' }] };
    const bold = await House.open({ providers: [], rules: [rule] });
    const known = { provider: 'corp', subject: 'a1', name: 'alice@example.org', groups: ['everybody'] };
    const open = async (name: string) => bearer((await bold.door.sessions.open({ ...known, subject: name, name }, name, 'device')).secret);
    const [one, other, bob] = [await open('alice@example.org'), await open('alice@example.org'), await open('bob@example.org')];
    const plan = await bold.plan(one, { approval: 'required' });
    expect(await bold.told('approvals.approve', thatOne(plan), other)).toBe('denied');
    expect(await bold.told('approvals.approve', thatOne(plan), bob)).toBe('ok');
    // Who logs out has still said yes.
    await bold.ask('sessions.end', {}, bob);
    expect(await bold.told('change.apply', { plan_id: plan.plan_id }, one)).toBe('ok');
    await bold.world.stop();
  });
});

const thatOne = ({ plan_id, digest }: { readonly plan_id: string; readonly digest: string }) => ({ plan_id, digest });
