// Service identities: tokens that end by themselves, are made anew without a gap, and stay in the hands that they were in; and tokens of people who logged in.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginRules } from '../../src/model/identity/identity.ts';
import type { Credential } from '../../src/operations/dispatch.ts';
import { House } from '../access/kit.ts';

const rules: LoginRules = { provider: 'corp', domains: [], groups: [], roles: [{ grant: { role: 'admin' }, everybody: true }] };
const hour = 3_600_000;
const day = 24 * hour;
let house: House;

beforeEach(async () => {
  house = await House.open({ rules: [rules] });
});

afterEach(() => house.world.stop());

interface Made {
  readonly id: string;
  readonly secret: string;
  readonly owner?: string;
  readonly expires_at?: string;
}

const bearer = (token: string): Credential => ({ kind: 'bearer', token });
const make = async (input: object, who?: Credential) => (await house.ask('tokens.create', input, who)) as Made;
const rotate = async (input: object, who?: Credential) => (await house.ask('tokens.rotate', input, who)) as Made;
const known = (secret: string) => house.told('system.info', {}, bearer(secret));
const life = ({ expires_at = '' }: Made) => Date.parse(expires_at) - house.world.clock.now();
const wait = (ms: number) => house.world.clock.moveTo(house.world.clock.now() + ms);

async function person(name: string): Promise<Credential> {
  const { secret } = await house.door.sessions.open({ provider: 'corp', subject: name, name, groups: [] }, name, 'device');
  return bearer(secret);
}

describe('a service', () => {
  const ci = { name: 'ci', kind: 'service', roles: [{ role: 'operator', application: 'shop' }] };

  it('has a token that ends after 90 days, unless told otherwise; a person’s own, by the owner of the machine, lasts', async () => {
    expect(life(await make(ci))).toBe(90 * day);
    expect(life(await make({ ...ci, name: 'short', expires_in_ms: day }))).toBe(day);
    expect((await make({ name: 'mine', effects: ['read'] })).expires_at).toBeUndefined();
  });

  it('gets another secret with the same name, rights and life; the one so far ends at once', async () => {
    const first = await make({ ...ci, expires_in_ms: 30 * day });
    wait(20 * day);
    const second = await rotate({ id: 'ci' });
    expect(second).toMatchObject({ name: 'ci', kind: 'service', roles: [{ role: 'operator', application: 'shop' }] });
    expect(life(second)).toBe(30 * day);
    expect([await known(first.secret), await known(second.secret)]).toEqual(['unauthenticated', 'ok']);
    expect(await house.ask('system.info', {}, bearer(second.secret))).toMatchObject({ principal: 'service:ci' });
  });

  it('has both for as long as they overlap, never longer than the first was for, and loses both when it is revoked', async () => {
    const first = await make({ ...ci, expires_in_ms: 2 * hour });
    const second = await rotate({ id: 'ci', overlap_ms: hour });
    expect([await known(first.secret), await known(second.secret)]).toEqual(['ok', 'ok']);
    const third = await rotate({ id: 'ci', overlap_ms: 3 * hour, expires_in_ms: day });
    wait(hour);
    expect([await known(first.secret), await known(second.secret), await known(third.secret)]).toEqual(['unauthenticated', 'ok', 'ok']);
    await house.ask('tokens.revoke', { id: 'ci' });
    expect([await known(second.secret), await known(third.secret)]).toEqual(['unauthenticated', 'unauthenticated']);
  });

  it('is replaced once: neither a token that was, nor one that ended, gets another secret', async () => {
    const { id } = await make(ci);
    await rotate({ id, overlap_ms: hour });
    expect(await house.told('tokens.rotate', { id })).toBe('denied');
    await house.ask('tokens.revoke', { id: 'ci' });
    expect(await house.told('tokens.rotate', { id: 'ci' })).toBe('token_unknown');
  });

  it('gets one also when its use is noted at the same moment', async () => {
    const first = await make(ci);
    const [, second] = await Promise.all([known(first.secret), rotate({ id: 'ci' })]);
    expect([await known(first.secret), await known(second.secret)]).toEqual(['unauthenticated', 'ok']);
  });
});

describe('another secret', () => {
  it('is not given to who could not have made the token, nor for one in other hands', async () => {
    await make({ name: 'boss', roles: [{ role: 'admin' }] });
    const destroyer = bearer((await make({ name: 'destroyer', effects: ['destroy'] })).secret);
    const admin = bearer((await make({ name: 'admin', roles: [{ role: 'admin' }] })).secret);
    expect(await house.told('tokens.rotate', { id: 'boss' }, destroyer)).toBe('denied');
    // With it an administrator could approve as somebody else what he asked for.
    expect(await house.told('tokens.rotate', { id: 'boss' }, admin)).toBe('denied');
    expect(await house.told('tokens.rotate', { id: 'admin' }, admin)).toBe('ok');
    expect(await house.told('tokens.rotate', { id: 'boss' }, await person('alice'))).toBe('denied');
  });

  it('is told once, and to a repeat only that it was', async () => {
    await make({ name: 'ci', effects: ['read'] });
    const { secret } = (await house.ask('tokens.rotate', { id: 'ci' }, undefined, 'k')) as Made;
    expect(JSON.stringify(await house.ask('tokens.rotate', { id: 'ci' }, undefined, 'k').catch(String))).not.toContain(secret);
    expect(await known(secret)).toBe('ok');
  });
});

describe('a person who logged in', () => {
  it('makes tokens that are theirs, outlive the session, and end after 90 days at the latest', async () => {
    const alice = await person('alice');
    const made = await make({ name: 'ci', kind: 'service', roles: [{ role: 'operator' }], expires_in_ms: 1_000 * day }, alice);
    expect(made.owner).toBe('person:alice');
    expect(life(made)).toBe(90 * day);
    await house.ask('sessions.end', {}, alice);
    expect(await known(made.secret)).toBe('ok');
    expect(await house.told('tokens.create', { name: 'x', effects: ['read'], owner: 'bob' }, await person('alice'))).toBe('denied');
  });

  it('is asked about by the name of a token as the door asks, also where a policy is about whoever holds it', async () => {
    const made = await make({ name: 'ci', kind: 'service', roles: [{ role: 'operator' }] }, await person('alice'));
    const text =
      '@id("not-alice") forbid (principal, action == Action::"lock.acquire", resource) when { principal.person == "person:alice" };';
    await house.ask('policy.set', { text });
    const lock = { application: 'shop', environment: 'test' };
    expect(await house.told('lock.acquire', { ...lock, message: 'mine' }, bearer(made.secret))).toBe('denied');
    const asked = { operation: 'lock.acquire', principal: 'service:ci', ...lock };
    expect(await house.ask('policy.decide', asked)).toMatchObject({ allowed: false, policies: [{ id: 'not-alice' }] });
  });

  it('does not approve with them what was asked for in the session, nor the other way round', async () => {
    const alice = await person('alice');
    const other = bearer((await make({ name: 'other', roles: [{ role: 'admin' }] }, alice)).secret);
    const first = await house.plan(alice, { approval: 'required' });
    expect(await house.told('approvals.approve', { plan_id: first.plan_id, digest: first.digest }, other)).toBe('denied');
    const second = await house.plan(other, { approval: 'required' });
    expect(await house.told('approvals.approve', { plan_id: second.plan_id, digest: second.digest }, alice)).toBe('denied');
    expect(await house.told('approvals.approve', { plan_id: second.plan_id, digest: second.digest }, await person('bob'))).toBe('ok');
  });

  it('loses all of it by one word: sessions, and tokens that they made', async () => {
    const alice = await person('alice');
    const made = await make({ name: 'hers', effects: ['read'] }, alice);
    const others = await make({ name: 'ours', effects: ['read'] });
    expect(await house.ask('sessions.revoke', { id: 'alice' })).toMatchObject({
      sessions: [{ principal: 'person:alice' }],
      tokens: [made.id],
    });
    expect([await house.told('system.info', {}, alice), await known(made.secret), await known(others.secret)]).toEqual([
      'unauthenticated',
      'unauthenticated',
      'ok',
    ]);
  });

  it('is asked about by policies as a person', async () => {
    await house.ask('policy.set', { text: 'forbid (principal == Person::"alice", action == Action::"lock.acquire", resource);' });
    const shop = { application: 'shop', environment: 'test', message: 'x' };
    expect(await house.told('lock.acquire', shop, await person('alice'))).toBe('denied');
    expect(await house.ask('policy.decide', { operation: 'lock.acquire', principal: 'person:alice' })).toMatchObject({ allowed: false });
  });
});
