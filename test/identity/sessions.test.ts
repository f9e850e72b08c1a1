// Sessions, names and rights on a real store: what ends them, who keeps a name, and what follows from a change of the rules.
import { beforeEach, describe, expect, it } from 'vitest';
import type { People } from '../../src/access/identity/people.ts';
import { createPeople } from '../../src/access/identity/people.ts';
import { grantsOf, keptOut } from '../../src/access/identity/rights.ts';
import type { Sessions } from '../../src/access/identity/sessions.ts';
import { createSessions } from '../../src/access/identity/sessions.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { CodeError } from '../../src/base/errors.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { Identity, LoginRules } from '../../src/model/identity/identity.ts';
import type { Store } from '../../src/ports/store.ts';

const minute = 60_000;
const limits = { idle: 30 * minute, life: 8 * 60 * minute };
const alice: Identity = { provider: 'corp', subject: 'a1', name: 'alice@example.org', email: 'alice@example.org', groups: ['sre'] };
const rules: LoginRules = { provider: 'corp', domains: [], groups: [], roles: [{ grant: { role: 'admin' }, group: 'sre' }] };

let clock: ManualClock;
let store: Store;
let sessions: Sessions;
let people: People;

const opened = (varied: readonly LoginRules[] = [rules]) => createSessions({ store, clock, limits, rules: varied });
const open = () => sessions.open(alice, alice.name, 'device');
const wait = (ms: number) => clock.moveTo(clock.now() + ms);

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  store = openMemoryStore();
  sessions = opened();
  people = createPeople({ store, clock });
});

describe('a session', () => {
  it('shows its secret once and is kept without it', async () => {
    const { secret, session } = await open();
    expect(secret).toMatch(/^codesession_[\w-]{43}$/);
    expect(await sessions.authenticate(secret)).toEqual({
      id: 'person:alice@example.org',
      kind: 'person',
      token: session.id,
      effects: [],
      grants: [{ role: 'admin' }],
    });
    expect(JSON.stringify(await store.list('session'))).not.toContain(secret);
    for (const wrong of ['', session.id, session.hash, `${secret}A`, secret.toUpperCase(), `code_${secret.slice(-43)}`])
      expect(await sessions.authenticate(wrong)).toBeUndefined();
  });

  it('ends without calls, and goes on with them until its time is over', async () => {
    const [busy, calm] = [await open(), await open()];
    for (let at = 0; at < limits.life; at += 20 * minute) {
      expect(await sessions.authenticate(busy.secret)).toBeDefined();
      wait(20 * minute);
    }
    expect(await sessions.authenticate(busy.secret)).toBeUndefined();
    expect(await sessions.authenticate(calm.secret)).toBeUndefined();
    const third = await open();
    wait(limits.idle);
    expect(await sessions.authenticate(third.secret)).toBeUndefined();
  });

  it('notes its use at most once a minute, and is known when that cannot be written', async () => {
    const { secret, session } = await open();
    const version = async () => (await store.get('session', session.id))?.version;
    wait(minute - 1);
    await sessions.authenticate(secret);
    expect(await version()).toBe(1);
    wait(1);
    await Promise.all([sessions.authenticate(secret), sessions.authenticate(secret)]);
    expect(await version()).toBe(2);
    wait(minute);
    store.commit = async () => {
      throw new CodeError('disk_full', 'No space.');
    };
    expect(await sessions.authenticate(secret)).toBeDefined();
  });

  it('ends at once when revoked, by id or with all of its person’s; again is harmless', async () => {
    const [one, two, three] = [await open(), await open(), await open()];
    await sessions.revoke(one.session.id, 'user:root');
    expect(await sessions.authenticate(one.secret)).toBeUndefined();
    expect(await sessions.authenticate(two.secret)).toBeDefined();
    expect(await sessions.revoke('alice@example.org', 'user:root')).toHaveLength(3);
    await sessions.revoke('person:alice@example.org', 'user:root');
    for (const { secret } of [two, three]) expect(await sessions.authenticate(secret)).toBeUndefined();
    expect(await sessions.list()).toMatchObject(
      Array.from({ length: 3 }, () => ({ live: false, ended: { why: 'revoked', by: 'user:root' } })),
    );
    await expect(sessions.revoke('bob@example.org', 'user:root')).rejects.toMatchObject({ code: 'session_unknown' });
  });

  it('stays revoked when its use is noted at the same moment', async () => {
    const { secret, session } = await open();
    wait(minute);
    await Promise.all([sessions.authenticate(secret), sessions.revoke(session.id, 'user:root'), sessions.authenticate(secret)]);
    expect(await sessions.authenticate(secret)).toBeUndefined();
  });

  it('counts for what was done with it when it was left, and not when it was revoked', async () => {
    const [left, revoked] = [await open(), await open()];
    await sessions.leave(left.session.id);
    await sessions.revoke(revoked.session.id, 'user:root');
    expect([await sessions.isTrusted(left.session.id), await sessions.isTrusted(revoked.session.id)]).toEqual([true, false]);
    expect([await sessions.isLive(left.session.id), await sessions.isLive(revoked.session.id)]).toEqual([false, false]);
    // What was left can still be said not to be trusted.
    await sessions.revoke(left.session.id, 'user:root');
    expect(await sessions.isTrusted(left.session.id)).toBe(false);
  });

  it('has the rights that the rules give now, and none where its provider or its group is gone', async () => {
    const { secret } = await open();
    const shop: LoginRules = { ...rules, roles: [{ grant: { role: 'viewer', application: 'shop' }, group: 'sre' }] };
    expect(await opened([shop]).authenticate(secret)).toMatchObject({ grants: [{ role: 'viewer', application: 'shop' }] });
    expect(await opened([]).authenticate(secret)).toBeUndefined();
    expect(await opened([{ ...rules, roles: [{ grant: { role: 'admin' }, group: 'others' }] }]).authenticate(secret)).toBeUndefined();
    expect(await opened([{ ...rules, domains: ['example.com'] }]).authenticate(secret)).toBeUndefined();
  });

  it('is forgotten a day after it ended', async () => {
    await open();
    wait(limits.life + 24 * 60 * minute);
    await open();
    expect(await store.list('session')).toHaveLength(1);
  });
});

describe('a name', () => {
  it('belongs to the account that came with it first, until somebody lets go of it', async () => {
    const next: Identity = { ...alice, subject: 'z9' };
    expect(await people.nameOf(alice)).toBe('alice@example.org');
    await expect(people.nameOf(next)).rejects.toMatchObject({ code: 'denied', hint: expect.stringContaining('--forget') });
    await expect(people.nameOf({ ...alice, provider: 'other' })).rejects.toMatchObject({ code: 'denied' });
    expect(await people.forget('alice@example.org')).toBe(true);
    expect(await people.nameOf(next)).toBe('alice@example.org');
    await expect(people.nameOf(alice)).rejects.toMatchObject({ code: 'denied' });
  });

  it('stays the one of the first login when the account is called otherwise later', async () => {
    await people.nameOf(alice);
    expect(await people.nameOf({ ...alice, name: 'alice.married@example.org' })).toBe('alice@example.org');
  });

  it('is one person’s when two come with it at once', async () => {
    const both = await Promise.allSettled([people.nameOf(alice), people.nameOf({ ...alice, subject: 'z9' })]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('rules', () => {
  const of = (varied: Partial<LoginRules>) => ({ ...rules, ...varied });

  it.each<readonly [string, Partial<Identity>, Partial<LoginRules>]>([
    ['nothing is granted to anybody', {}, { roles: [] }],
    ['it is granted to another group', { groups: ['dev'] }, {}],
    ['the address is of another domain', {}, { domains: ['example.com'] }],
    ['the address is of a domain below', { email: 'alice@evil.example.org' }, { domains: ['example.org'] }],
    ['the address only ends like the domain', { email: 'alice@evilexample.org' }, { domains: ['example.org'] }],
    ['there is no address', { email: '' }, { domains: ['example.org'] }],
    ['none of the groups that may is theirs', {}, { groups: ['staff'] }],
    ['a rule names a group and another person', {}, { roles: [{ grant: { role: 'admin' }, group: 'sre', person: 'bob@example.org' }] }],
  ])('keep somebody out when %s', (_, identity, varied) => {
    expect(keptOut({ ...alice, ...identity }, of(varied))).toMatch(/may not log in/);
  });

  it('give what they name, and nothing else', () => {
    const all = of({
      roles: [
        { grant: { role: 'viewer' }, everybody: true },
        { grant: { role: 'operator' }, person: 'ALICE@example.org' },
        { grant: { role: 'admin' }, group: 'SRE' },
        { grant: { role: 'auditor' } },
      ],
    });
    expect(grantsOf(alice, all)).toEqual([{ role: 'viewer' }, { role: 'operator' }]);
    expect(keptOut(alice, all)).toBeUndefined();
  });
});
