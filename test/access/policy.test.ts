// Who may do what, decided by policies: roles where they were granted, limits, policies of one's own, and no permission that nothing gives.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Authority } from '../../src/access/policy/permission.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { Effect, Grant, Limits, Principal } from '../../src/model/principal.ts';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { Store } from '../../src/ports/store.ts';
import { openAccess } from './kit.ts';

let store: Store;
let clock: ManualClock;
let authority: Authority;

beforeEach(() => {
  store = openMemoryStore();
  // A Monday, 12:00.
  clock = new ManualClock(Date.parse('2026-11-23T12:00:00Z'));
  ({ authority } = openAccess(store, clock));
});

const root: Principal = { id: 'user:root', kind: 'local_user', effects: ['read', 'plan', 'write', 'destroy'], grants: [{ role: 'admin' }] };
const having = (effects: readonly Effect[]): Principal => ({ id: 'token:ci', kind: 'token', effects });
const who = (grants: readonly Grant[], kind: Principal['kind'] = 'token', limits?: Limits): Principal => ({
  id: `${kind}:x`,
  kind,
  effects: [],
  grants,
  ...(limits && { limits }),
});
const action = (name: string) => {
  const found = catalogue.find((one) => one.name === name);
  if (!found) throw new Error(`no operation ${name}`);
  return found;
};
const staging = { application: 'shop', environment: 'staging' };
const production = { application: 'shop', environment: 'production' };
const may = async (principal: Principal, name: string, ...rest: readonly unknown[]) =>
  (await authority.permit(principal, action(name), ...(rest as [object]))).allowed;

const conditional = (condition: string) => `permit (principal, action, resource) when { ${condition} };`;

describe('effects that were granted each by itself', () => {
  it.each(['read', 'plan', 'write', 'destroy'] as const)('permit %s to those who have it, and to nobody else', async (effect) => {
    const others = (['read', 'plan', 'write', 'destroy'] as const).filter((one) => one !== effect);
    for (const one of catalogue.filter((operation) => operation.effect === effect)) {
      const governs = one.name === 'policy.set' || one.name === 'taint.lift' || (one.name.startsWith('approvals.') && effect !== 'read');
      expect([one.name, await may(having([effect]), one.name, staging)]).toEqual([one.name, !governs]);
      expect([one.name, await may(having(others), one.name, staging)]).toEqual([one.name, false]);
    }
  });

  it('are named when they are missing', async () => {
    expect(await authority.permit(having(['read', 'plan']), action('tokens.revoke'), {})).toEqual({
      allowed: false,
      reason: 'token:ci may not call tokens.revoke: it needs "destroy" and was granted read, plan.',
      policies: [],
    });
    expect(await authority.permit(having([]), action('apps.status'), {})).toMatchObject({
      reason: expect.stringContaining('granted nothing'),
    });
  });

  it('do not let anybody govern', async () => {
    const all = having(['read', 'plan', 'write', 'destroy']);
    for (const name of ['policy.set', 'approvals.approve', 'approvals.withdraw', 'approvals.break_glass'])
      expect([name, await may(all, name, staging)]).toEqual([name, false]);
  });
});

describe('roles', () => {
  it.each<readonly [Grant['role'], Readonly<Record<string, boolean>>]>([
    ['viewer', { 'apps.status': true, 'audit.show': false, 'change.plan': false, 'change.apply': false }],
    [
      'operator',
      {
        'apps.status': true,
        'change.plan': true,
        'change.apply': true,
        'deployments.abort': true,
        'runtime.exec': false,
        'tokens.create': false,
        'audit.show': false,
        'approvals.approve': false,
      },
    ],
    [
      'approver',
      { 'apps.status': true, 'change.plan': false, 'change.apply': false, 'approvals.approve': true, 'approvals.break_glass': false },
    ],
    ['auditor', { 'apps.status': true, 'audit.show': true, 'policy.list': true, 'change.plan': false, 'tokens.create': false }],
    ['admin', { 'change.apply': true, 'tokens.create': true, 'policy.set': true, 'approvals.break_glass': true, 'runtime.exec': true }],
  ])('%s', async (role, expected) => {
    for (const [name, allowed] of Object.entries(expected)) expect([name, await may(who([{ role }]), name, {})]).toEqual([name, allowed]);
  });

  it('hold where they were granted, and nowhere else', async () => {
    const one = who([
      { role: 'operator', ...staging },
      { role: 'viewer', application: 'blog' },
    ]);
    expect(await may(one, 'change.apply', staging)).toBe(true);
    expect(await may(one, 'change.apply', production)).toBe(false);
    expect(await may(one, 'apps.status', production)).toBe(false);
    expect(await may(one, 'apps.status', { application: 'shop' })).toBe(false);
    expect(await may(one, 'apps.status', { application: 'blog', environment: 'live' })).toBe(true);
    expect(await may(one, 'change.apply', { application: 'blog', environment: 'live' })).toBe(false);
    expect(await may(one, 'traffic.routes', {})).toBe(false);
    // What everybody with a role may, wherever it holds.
    expect(await may(one, 'system.info', {})).toBe(true);
    expect(await may(one, 'artifacts.missing', {})).toBe(true);
  });

  it('say which of them permitted it, and where', async () => {
    const one = who([{ role: 'operator', application: 'shop' }]);
    expect(await authority.permit(one, action('change.apply'), staging)).toEqual({ allowed: true, policies: ['operator@shop'] });
    expect(await authority.describe(['operator@shop', 'limit-replicas'])).toMatchObject([
      { id: 'operator@shop', origin: 'role', effect: 'permit', text: expect.stringContaining('?resource') },
      { id: 'limit-replicas', origin: 'house', effect: 'forbid', because: expect.stringContaining('replicas') },
    ]);
  });

  it('are known early to permit something nowhere', async () => {
    const viewer = who([{ role: 'viewer', ...staging }]);
    expect(await authority.conceivable(viewer, action('apps.status'))).toMatchObject({ allowed: true });
    expect(await authority.conceivable(viewer, action('change.apply'))).toMatchObject({ allowed: false });
    expect(await authority.conceivable(who([]), action('apps.status'))).toMatchObject({ allowed: false });
  });
});

describe('an agent', () => {
  const limits: Limits = { replicas: 4, services: 2, environments: ['staging'], rollbacksPerHour: 2, freeze: ['fri 15:00-mon 08:00'] };
  const agent = who([{ role: 'agent' }], 'agent', limits);
  const small = { replicas: 4, services: 2 };

  it('plans everything', async () => {
    for (const place of [staging, production])
      for (const name of ['change.plan', 'change.rollback_plan', 'change.scale_plan']) expect(await may(agent, name, place)).toBe(true);
  });

  it.each<readonly [string, object, object, string | undefined]>([
    ['within all of them', staging, small, undefined],
    ['too many replicas', staging, { ...small, replicas: 5 }, 'limit-replicas'],
    ['too many services', staging, { ...small, services: 3 }, 'limit-services'],
    ['another environment', production, small, 'limit-environments'],
  ])('applies within its limits: %s', async (_, place, facts, policy) => {
    const verdict = await authority.permit(agent, action('change.apply'), place, facts);
    expect(verdict).toMatchObject(policy === undefined ? { allowed: true } : { allowed: false, policies: [policy] });
  });

  it('changes nothing while it is frozen, but may turn round what runs', async () => {
    const at = Date.parse('2026-11-28T12:00:00Z');
    expect(await authority.permit(agent, action('change.apply'), staging, small, { at })).toMatchObject({ policies: ['frozen'] });
    expect(await authority.permit(agent, action('lock.acquire'), staging, {}, { at })).toMatchObject({ policies: ['frozen'] });
    expect(await authority.permit(agent, action('deployments.abort'), staging, { back: true }, { at })).toMatchObject({ allowed: true });
    expect(await authority.permit(agent, action('change.plan'), staging, {}, { at })).toMatchObject({ allowed: true });
  });

  it('goes back no more often in an hour than it may', async () => {
    const back = () => authority.permit(agent, action('change.apply'), staging, { ...small, back: true });
    await authority.spendRollback(agent);
    await authority.spendRollback(agent);
    expect(await back()).toMatchObject({ allowed: false, policies: ['limit-rollbacks'] });
    await expect(authority.spendRollback(agent)).rejects.toMatchObject({ code: 'denied' });
    clock.moveTo(clock.now() + 3_600_001);
    expect(await back()).toMatchObject({ allowed: true });
  });

  it('spends no rollback twice, however many it begins at once', async () => {
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => authority.spendRollback(agent)));
    expect(all.filter((one) => one.status === 'fulfilled')).toHaveLength(2);
  });

  it('changes nothing without limits, and never does what is for people', async () => {
    const free = who([{ role: 'agent' }], 'agent');
    expect(await authority.permit(free, action('change.apply'), staging, small)).toMatchObject({ policies: ['agents-need-limits'] });
    const mighty = who([{ role: 'admin' }], 'agent', limits);
    for (const name of ['approvals.approve', 'policy.set', 'tokens.create', 'runtime.exec', 'system.stop'])
      expect(await authority.permit(mighty, action(name), {})).toMatchObject({ allowed: false });
  });
});

describe('a service', () => {
  it('approves nothing and sets no policies, whatever its role', async () => {
    const mighty = who([{ role: 'admin' }], 'service');
    expect(await may(mighty, 'change.apply', staging)).toBe(true);
    for (const name of ['approvals.approve', 'approvals.break_glass', 'policy.set'])
      expect(await authority.permit(mighty, action(name), staging)).toMatchObject({ policies: ['people-govern'] });
  });
});

describe('what a plan ships', () => {
  it('can be asked for by a policy: signed, built by somebody who is vouched for, without secrets', async () => {
    const unless = 'unless { context has signed && context.signed && context has exposed && context.exposed == 0 };';
    await authority.replace(`forbid (principal, action == Action::"change.apply", resource) ${unless}`, 'own.cedar', root, false);
    const apply = (facts: object) => may(root, 'change.apply', production, facts);
    expect(await apply({ signed: true, provenance: false, exposed: 0 })).toBe(true);
    for (const facts of [{}, { signed: true }, { signed: false, exposed: 0 }, { signed: true, exposed: 1 }])
      expect(await apply(facts)).toBe(false);
  });
});

describe('policies of one’s own', () => {
  const set = (text: string) => authority.replace(text, 'own.cedar', root, false);
  const evenings = `@id("no-evenings")
@because("nobody is there to look")
forbid (principal, action == Action::"change.apply", resource)
when { resource is Environment && resource.name == "production" && (context.hour >= 17 || context.weekday == "friday") };`;

  it('forbid by time and environment, and say why', async () => {
    await set(evenings);
    const at = Date.parse('2026-11-23T17:00:00Z');
    expect(await authority.permit(root, action('change.apply'), production, {}, { at })).toEqual({
      allowed: false,
      reason: 'user:root may not call change.apply: nobody is there to look (policy no-evenings).',
      policies: ['no-evenings'],
    });
    expect(await may(root, 'change.apply', staging, {}, { at })).toBe(true);
    expect(await may(root, 'change.apply', production)).toBe(true);
  });

  it('permit what no role does', async () => {
    const one = who([]);
    const before = await authority.conceivable(one, action('apps.status'));
    await set('permit (principal == Token::"x", action == Action::"apps.status", resource in Application::"shop");');
    expect(before).toMatchObject({ allowed: false });
    expect(await authority.conceivable(one, action('apps.status'))).toMatchObject({ allowed: true });
    expect(await authority.permit(one, action('apps.status'), staging)).toEqual({ allowed: true, policies: ['own.1'] });
    expect(await may(one, 'apps.status', { application: 'blog' })).toBe(false);
    expect(await may(who([], 'service'), 'apps.status', staging)).toBe(false);
  });

  it.each([
    ['what is no policy', 'permit (principal, action, resource);\nfrobid (principal, action, resource);', 2, 'frobid'],
    ['an operation that there is not', '\n\npermit (principal, action == Action::"change.aply", resource);', 3, 'change.aply'],
    ['a fact that there is not', 'forbid (principal, action, resource)\nwhen { context.moon == "full" };', 2, 'moon'],
    ['a kind of fact', 'forbid (principal, action, resource)\n\n\nwhen { context.hour == "late" };', 4, ''],
    ['text that is more than ASCII before it', '// ñandú ☃\nfobid (principal, action, resource);', 2, ''],
  ])('are refused with their line: %s', async (_, text, line, word) => {
    await set(evenings);
    const error = await set(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'policy_invalid',
      message: expect.stringMatching(new RegExp(`^own\\.cedar:${line}:\\d+: .*${word}`)),
      details: { problems: [expect.objectContaining({ line })] },
    });
    // What was in force still is, also after a restart.
    for (const one of [authority, openAccess(store, clock).authority])
      expect((await one.list()).own).toMatchObject({ text: evenings, revision: 1, by: 'user:root' });
  });

  it('are refused with their line also when there are many, and comments with the same words before them', async () => {
    const good = (at: number) => `@id("p${at}") forbid (principal, action, resource) when { context.hour == ${at} }; // héllo`;
    const lines = Array.from({ length: 25 }, (_, at) => good(at));
    const many = (line: string) => [...lines, line, ...lines.map((_, at) => good(at + 30))].join('\n');
    expect(await authority.replace(many(''), 'own.cedar', root, true)).toEqual({ count: 50 });
    await expect(set(many('forbid (principal, action, resource) when { context.moon };'))).rejects.toThrow(
      /^own\.cedar:26:\d+: [^\n]*moon[^\n]*$/,
    );
    const said = 'permit (principal, action, resource);';
    expect(await authority.replace(`// ${said} as before\n${said}`, 'own.cedar', root, true)).toEqual({ count: 1 });
    await expect(set(`// ${said} as before\n${said}\nforbid (principal, action, resource) when { context.moon };`)).rejects.toThrow(
      /^own\.cedar:3:/,
    );
  });

  it.each([
    ['the same id twice', '@id("a") permit (principal, action, resource);\n@id("a") forbid (principal, action, resource);', 'id "a"'],
    ['an id of the engine’s', '@id("admin") permit (principal, action, resource);', '"admin"'],
    ['a template', 'permit (principal == ?principal, action, resource);', 'template'],
    ['brackets in brackets', conditional(`${'('.repeat(300)}true${')'.repeat(300)}`), 'nested deeper'],
    ['a sum without end', conditional(`${'1 + '.repeat(12_000)}1 == 1`), 'more than'],
    ['members of members', conditional(`context${'.a'.repeat(25_000)} == 1`), 'more than'],
    ['conditions in conditions', conditional(`${'if true then true else '.repeat(2_500)}true`), 'more than'],
  ])('are refused with %s', async (_, text, told) => {
    await expect(set(text)).rejects.toMatchObject({ code: 'policy_invalid', message: expect.stringContaining(told) });
    expect((await authority.list()).own.revision).toBe(0);
  });

  it('are only checked when they are tried', async () => {
    expect(await authority.replace(evenings, 'own.cedar', root, true)).toEqual({ count: 1 });
    expect((await authority.list()).own.policies).toEqual([]);
    const at = Date.parse('2026-11-23T17:00:00Z');
    expect(await authority.permit(root, action('change.apply'), production, {}, { at, own: evenings })).toMatchObject({ allowed: false });
    expect(await may(root, 'change.apply', production, {}, { at })).toBe(true);
  });

  it('cannot lock out whoever owns the machine', async () => {
    await set('forbid (principal, action, resource);');
    expect(await may(root, 'apps.status', {})).toBe(false);
    expect(await may(root, 'policy.set', {})).toBe(true);
    expect(await may(who([{ role: 'admin' }]), 'policy.set', {})).toBe(false);
    await set('');
    expect(await may(root, 'apps.status', {})).toBe(true);
  });

  it('that cannot be evaluated permit nothing', async () => {
    await set('forbid (principal, action, resource)\nwhen { context.hour * 9223372036854775807 > 0 };');
    expect(await authority.permit(root, action('apps.status'), {})).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('could not be evaluated'),
    });
  });

  it('ask for as many approvals as they say', async () => {
    await set('@id("two") forbid (principal, action == Action::"change.apply", resource) unless { context.approvals >= 2 };');
    const ask = (approvals: number) => authority.permit(root, action('change.apply'), production, { approvals });
    expect(await ask(0)).toMatchObject({ allowed: false, approvals: 2, policies: ['two'] });
    expect(await ask(1)).toMatchObject({ allowed: false, approvals: 2 });
    expect(await ask(2)).toMatchObject({ allowed: true });
    // Approvals lift nothing else.
    const viewer = who([{ role: 'viewer' }]);
    expect(await authority.permit(viewer, action('change.apply'), production, {})).not.toHaveProperty('approvals');
  });
});
