// Attacks on the door: every operation by everybody who may not, by names and ids of what is somebody else's, and by making more of what one has.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Effect, Principal, Role } from '../../src/model/principal.ts';
import { roles } from '../../src/model/principal.ts';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { Credential } from '../../src/operations/dispatch.ts';
import { House, local } from './kit.ts';

const shop = { application: 'shop', environment: 'test' };
let house: House;
let ids: { readonly deployment: string; readonly plan: string; readonly digest: string };

beforeEach(async () => {
  house = await House.open({}, outside);
  const deployment = (await house.deployed()).id;
  const { plan_id, digest } = await house.plan(local, { code: 'v2' });
  await house.ask('jobs.command', { ...shop, service: 'api', command: ['true'], detach: true });
  await house.ask('trials.begin', { ...shop, kind: 'load', profile: 'quick', lasts_ms: 3_600_000 });
  await house.ask('incidents.open', { ...shop, title: 'The shop is slow' });
  ids = { deployment, plan: plan_id, digest };
});

afterEach(() => house.world.stop());

const manifest = 'application: shop\nservices:\n  api:\n    run: { command: [node, server.js] }\nenvironments:\n  test: { runtime: fake }';
const snapshots = { api: `sha256:${'1'.repeat(64)}` };

/** An input that fits, about the shop where the operation is about anything of that kind. */
function inputsOf(): Readonly<Record<string, object>> {
  const { deployment, plan, digest } = ids;
  const service = { ...shop, service: 'api' };
  return {
    'approvals.approve': { plan_id: plan, digest },
    'approvals.break_glass': { plan_id: plan, digest, reason: 'because I say so, all of it' },
    'approvals.list': { plan_id: plan },
    'approvals.withdraw': { plan_id: plan },
    'apps.status': shop,
    'artifacts.attest': { bundle: '{}' },
    'artifacts.missing': { digests: [] },
    'artifacts.put_blob': { digest: snapshots.api },
    'artifacts.put_tree': { entries: [] },
    'audit.checkpoint': {},
    'audit.export': {},
    'audit.key': {},
    'audit.show': {},
    'audit.verify': {},
    'change.apply': { plan_id: plan },
    'change.plan': { manifest, environment: 'test', snapshots },
    'change.remove_plan': shop,
    'change.restart_plan': shop,
    'change.retry_plan': { deployment },
    'change.rollback_plan': shop,
    'change.scale_plan': { ...shop, replicas: { api: 2 } },
    'change.show': { plan_id: plan },
    'deployments.abort': { id: deployment },
    'deployments.get': { id: deployment },
    'deployments.judge': { id: deployment },
    'deployments.list': shop,
    'deployments.pause': { id: deployment },
    'deployments.promote': { id: deployment },
    'deployments.resume': { id: deployment },
    'delivery.commit': { repository: 'code', id: 'abcd' },
    'delivery.commits': { repository: 'code' },
    'delivery.pipelines': { repository: 'code' },
    'delivery.repositories': { application: 'shop' },
    'delivery.trigger': { repository: 'code', pipeline: 'x', branch: 'main' },
    'delivery.wait': { repository: 'code', run: '1' },
    'endpoints.list': shop,
    'endpoints.watch': { ...shop, follow: false },
    'host.disks': {},
    'host.network': {},
    'host.processes': {},
    'incidents.acknowledge': { id: 'shop-test-i1' },
    'incidents.get': { id: 'shop-test-i1' },
    'incidents.list': shop,
    'incidents.note': { id: 'shop-test-i1', text: 'x' },
    'incidents.open': { ...shop, title: 'x' },
    'incidents.resolve': { id: 'shop-test-i1' },
    'jobs.cancel': { id: 'shop-test-t1' },
    'jobs.command': { ...service, command: ['true'], detach: true },
    'jobs.key': {},
    'jobs.list': shop,
    'jobs.logs': { id: 'shop-test-t1' },
    'jobs.run': service,
    'jobs.show': { id: 'shop-test-t1' },
    'lock.acquire': { ...shop, message: 'mine' },
    'lock.release': shop,
    'login.browser': { redirect: 'http://127.0.0.1:1/login/callback' },
    'login.device': {},
    'login.finish': { login: 'x'.repeat(43), query: '' },
    'login.poll': { login: 'x'.repeat(43) },
    'login.providers': {},
    'notify.channels': { application: 'shop' },
    'notify.send': { channel: 'ops', title: 'x' },
    'observe.events': { deployment, after: 0, follow: false },
    'observe.logs': shop,
    'policy.decide': { operation: 'change.apply' },
    'policy.list': {},
    'policy.schema': {},
    'policy.set': { text: 'permit (principal, action, resource);' },
    'runtime.exec': { ...service, command: ['true'] },
    'scale.pause': { ...service, at: 1 },
    'scale.resume': service,
    'scale.status': shop,
    'secrets.list': shop,
    'secrets.remove': { ...shop, name: 'TOKEN' },
    'secrets.rotate': {},
    'secrets.set': { ...shop, name: 'TOKEN', value: 'a value' },
    'security.licences': shop,
    'security.sbom': shop,
    'security.scan': shop,
    'security.secrets': shop,
    'security.signatures': shop,
    'sessions.end': {},
    'sessions.list': {},
    'sessions.revoke': { id: 'nobody' },
    'system.doctor': {},
    'system.info': {},
    'system.settings': {},
    'system.stop': {},
    'taint.lift': { principal: 'agent:nobody' },
    'taint.list': {},
    'tokens.certify': { id: 'nobody', public_key: 'none' },
    'tokens.create': { name: 'more', effects: ['destroy'] },
    'tokens.list': {},
    'tokens.revoke': { id: 'nobody' },
    'tokens.rotate': { id: 'nobody' },
    'traffic.pause': service,
    'traffic.resume': service,
    'traffic.routes': {},
    'trials.begin': { ...shop, kind: 'load', profile: 'quick', lasts_ms: 1 },
    'trials.finish': { id: 'shop-test-p1', verdict: 'interrupted' },
    'trials.get': { id: 'shop-test-p1' },
    'trials.list': shop,
    'trials.plan': { ...shop, kind: 'load', profile: 'quick' },
    'trials.target': shop,
    'web.search': { query: 'x' },
  };
}

/** Of those an operation on the engine itself, where a role of one application reaches nothing. */
const onEngine = /^(?:audit|policy|sessions|system|taint|tokens)\.|^jobs\.key$|^secrets\.rotate$|^traffic\.routes$|^(?:host|web)\./;
/** What is about nobody else; an agent has nothing that it could log out of. */
const forEverybody = (name: string, role: Role) => name === 'system.info' || (name === 'sessions.end' && role !== 'agent');
const governing = /^approvals\.(?!list)|^policy\.set$|^taint\.lift$/;
const recorded = /^(?:audit|sessions|tokens|policy)\./;

/** What a role may at the place where it holds, in other words than the policies say it. */
const allowedTo: Readonly<Record<Role, (name: string, effect: Effect, people: boolean) => boolean>> = {
  viewer: (name, effect) => effect === 'read' && !recorded.test(name),
  auditor: (_, effect) => effect === 'read',
  approver: (name, effect) => (effect === 'read' && !recorded.test(name)) || /^approvals\.(?:approve|withdraw)$|^taint\.lift$/.test(name),
  operator: (name, effect) => (effect !== 'destroy' || name === 'deployments.abort') && !recorded.test(name) && !governing.test(name),
  agent: (name, effect, people) =>
    (effect !== 'destroy' || name === 'deployments.abort') && !recorded.test(name) && !governing.test(name) && !people,
  admin: () => true,
};

const concern = { application: 'shop', environment: 'test' };
const outside = {
  repositories: [{ ...concern, name: 'code', kind: 'git' as const, directory: '/nonexistent' }],
  channels: [{ ...concern, name: 'ops', kind: 'slack' as const, url_file: '/nonexistent/url' }],
};

const owner: Principal = { id: 'user:root', kind: 'local_user', effects: [] };

async function refusedTo(who: Credential, inputs = inputsOf()): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  // What ends or changes most comes last.
  for (const { name, open } of catalogue.toSorted((a, b) => Number(a.effect === 'destroy') - Number(b.effect === 'destroy'))) {
    // Nobody is asked who he is there; an ended login is told as one.
    if (open) continue;
    const told = await house.told(name, inputs[name], who);
    if (told === 'denied' || told === 'unauthenticated') refused.add(name);
    // What it has read would hold it back from what its role lets it do.
    for (const { principal } of await house.door.taints.list()) await house.door.taints.lift(principal, owner);
  }
  return refused;
}

const byName = (names: Iterable<string>) => [...names].toSorted();
/** Of those that are not open to anybody anyway. */
const operations = (which: (name: string, effect: Effect, people: boolean) => boolean) =>
  byName(catalogue.filter((one) => !one.open && which(one.name, one.effect, one.humansOnly ?? false)).map((one) => one.name));

it('knows an input for every operation', () => {
  expect(byName(Object.keys(inputsOf()))).toEqual(byName(catalogue.map(({ name }) => name)));
  for (const { name, input } of catalogue) expect([name, input.safeParse(inputsOf()[name]).error]).toEqual([name, undefined]);
});

describe('every operation', () => {
  const kindOf = (role: Role) => (role === 'agent' ? 'agent' : 'token');
  const limits = { replicas: 10, services: 10, environments: ['test'] };

  it.each(roles)('is refused to a %s of the engine exactly where its role does not reach', async (role) => {
    const who = await house.bearer({ name: 'x', kind: kindOf(role), grants: [{ role }], ...(role === 'agent' && { limits }) });
    const contents = (name: string) => name.startsWith('artifacts.') && ['operator', 'admin'].includes(role);
    const expected = operations(
      (name, effect, people) => !allowedTo[role](name, effect, people) && !forEverybody(name, role) && !contents(name),
    );
    // An administrator who approves his own plan is refused for that; here somebody else asked.
    expect(byName(await refusedTo(who))).toEqual(expected);
  });

  it.each(roles)('is refused to a %s of the shop on the engine itself', async (role) => {
    const who = await house.bearer({
      name: 'x',
      kind: kindOf(role),
      grants: [{ role, application: 'shop' }],
      ...(role === 'agent' && { limits }),
    });
    const contents = (name: string) => name.startsWith('artifacts.') && ['operator', 'admin'].includes(role);
    const expected = operations((name, effect, people) => {
      if (forEverybody(name, role) || contents(name)) return false;
      return onEngine.test(name) || name.startsWith('artifacts.') || !allowedTo[role](name, effect, people);
    });
    expect(byName(await refusedTo(who))).toEqual(expected);
  });

  it.each(roles)('is refused to a %s of something else, by name and by id', async (role) => {
    for (const grant of [
      { role, application: 'blog' },
      { role, application: 'shop', environment: 'live' },
    ]) {
      const who = await house.bearer({
        name: `x-${grant.application}`,
        kind: kindOf(role),
        grants: [grant],
        ...(role === 'agent' && { limits }),
      });
      const contents = (name: string) => name.startsWith('artifacts.') && ['operator', 'admin'].includes(role);
      expect(byName(await refusedTo(who))).toEqual(operations((name) => !forEverybody(name, role) && !contents(name)));
    }
  });

  it.each<readonly [string, readonly Effect[]]>([
    ['nothing but reading', ['read']],
    ['planning and writing', ['plan', 'write']],
    ['all effects', ['read', 'plan', 'write', 'destroy']],
  ])('is refused to a token with %s where it has not the effect, and where it would govern', async (_, effects) => {
    const who = await house.bearer({ name: 'x', effects });
    const expected = operations((name, effect) => !effects.includes(effect) || governing.test(name));
    expect(byName(await refusedTo(who))).toEqual(expected);
  });

  it('is refused to whoever is not known', async () => {
    for (const stranger of [{ kind: 'none' }, { kind: 'bearer', token: `code_${'x'.repeat(43)}` }] as const)
      expect(byName(await refusedTo(stranger))).toEqual(operations(() => true));
    expect(byName(catalogue.filter(({ open }) => open).map(({ name }) => name))).toEqual([
      'login.browser',
      'login.device',
      'login.finish',
      'login.poll',
      'login.providers',
    ]);
  });
});

describe('what there is', () => {
  it('is not told to whoever may not look: an id that leads nowhere is refused in the same words', async () => {
    const who = await house.bearer({ name: 'x', grants: [{ role: 'admin', application: 'blog' }] });
    const said = async (name: string, input: object) =>
      house.ask(name, input, who).catch((thrown: unknown) => (thrown as { readonly message: string }).message);
    for (const [name, there, nowhere] of [
      ['deployments.get', { id: ids.deployment }, { id: 'shop-test-99' }],
      ['deployments.abort', { id: ids.deployment }, { id: 'other-test-1' }],
      ['change.show', { plan_id: ids.plan }, { plan_id: 'plan-nowhere' }],
      ['change.apply', { plan_id: ids.plan }, { plan_id: 'plan-nowhere' }],
      ['approvals.list', { plan_id: ids.plan }, { plan_id: 'plan-nowhere' }],
      ['apps.status', shop, { application: 'nothing' }],
    ] as const)
      expect([name, await said(name, there)]).toEqual([name, await said(name, nowhere)]);
    expect(await said('deployments.get', { id: ids.deployment })).not.toContain('shop');
    // Whoever may look everywhere is told.
    expect(await house.told('deployments.get', { id: 'shop-test-99' })).toBe('deployment_unknown');
  });
});

describe('more than one has', () => {
  it.each<readonly [string, object]>([
    ['another effect', { effects: ['write'] }],
    ['a role', { roles: [{ role: 'viewer' }] }],
    ['the part of an administrator', { roles: [{ role: 'admin' }] }],
    ['a part elsewhere', { roles: [{ role: 'operator', application: 'blog' }] }],
    ['another person’s', { effects: ['read'], owner: 'root' }],
  ])('is not given to a token that a token makes: %s', async (_, wish) => {
    const maker = await house.bearer({ name: 'maker', effects: ['read', 'destroy'], grants: [{ role: 'operator', application: 'shop' }] });
    expect(await house.told('tokens.create', { name: 'child', ...wish }, maker)).toBe('denied');
    expect(await house.told('tokens.create', { name: 'child', effects: ['read'], roles: [{ role: 'operator', ...shop }] }, maker)).toBe(
      'ok',
    );
  });

  it('is not won by whoever is limited, in making another token', async () => {
    const limited = await house.bearer({ name: 'l', grants: [{ role: 'admin' }], limits: { replicas: 2 } });
    expect(await house.told('tokens.create', { name: 'free', roles: [{ role: 'admin' }] }, limited)).toBe('denied');
    const service = await house.bearer({ name: 's', kind: 'service', grants: [{ role: 'admin' }] });
    expect(await house.told('tokens.create', { name: 'free', roles: [{ role: 'admin' }] }, service)).toBe('denied');
  });

  it('is not won by a name that policies speak of', async () => {
    await house.ask('policy.set', { text: 'permit (principal == Token::"deployer", action, resource);' });
    const maker = await house.bearer({ name: 'maker', effects: ['read', 'destroy'] });
    expect(await house.told('tokens.create', { name: 'deployer', effects: ['read'] }, maker)).toBe('denied');
    expect(await house.told('tokens.create', { name: 'other', effects: ['read'] }, maker)).toBe('ok');
    expect(await house.told('tokens.create', { name: 'deployer', effects: ['read'] }, local)).toBe('ok');
  });

  it('is not won by a policy that forbids by person, in making another token', async () => {
    await house.ask('policy.set', {
      text: 'forbid (principal is Token, action == Action::"lock.acquire", resource) when { principal.person == "token:maker" };',
    });
    const maker = await house.bearer({ name: 'maker', effects: ['read', 'write', 'destroy'] });
    const { secret } = (await house.ask('tokens.create', { name: 'child', effects: ['write'] }, maker)) as { readonly secret: string };
    for (const who of [maker, { kind: 'bearer', token: secret } as const])
      expect(await house.told('lock.acquire', { ...shop, message: 'x' }, who)).toBe('denied');
  });

  it('is not won by words in an input: none can stand for an approval', async () => {
    const who = await house.bearer({ name: 'x', grants: [{ role: 'operator' }] });
    for (const extra of [
      { approved: true },
      { approvals: 2 },
      { approved_by: ['user:root'] },
      { break_glass: true },
      { principal: 'user:root' },
      { __proto__: null, person: 'user:root' },
    ])
      expect(await house.told('change.apply', { plan_id: ids.plan, ...extra }, who)).toBe('input_invalid');
    for (const { name, input } of catalogue.filter((one) => !/^approvals\.|^policy\./.test(one.name)))
      expect([name, JSON.stringify(Object.keys((input as { shape?: object }).shape ?? {}))]).not.toEqual([
        name,
        expect.stringMatching(/approv|glass|person|policy/),
      ]);
  });
});

describe('a name that every object has', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('is no service: %s', async (service) => {
    const one = { ...shop, service };
    const told: string[] = [];
    // As a key it is refused at every surface.
    if (service !== '__proto__') told.push(`scale ${await house.told('change.scale_plan', { ...shop, replicas: { [service]: 3 } })}`);
    for (const [name, input] of [
      ['change.restart_plan', { ...shop, services: [service] }],
      ['jobs.run', one],
      ['jobs.command', { ...one, command: ['true'], detach: true }],
      ['runtime.exec', { ...one, command: ['true'] }],
      ['scale.pause', { ...one, at: 1 }],
    ] as const)
      told.push(`${name} ${await house.told(name, input)}`);
    expect(told.filter((one) => !/ (?:service_unknown|instance_unknown|input_invalid)$/.test(one))).toEqual([]);
  });

  it('is neither paused nor live', async () => {
    const one = { ...shop, service: 'constructor' };
    expect(await house.ask('traffic.resume', one)).toMatchObject({ was_paused: false });
    expect(await house.ask('scale.resume', one)).toMatchObject({ was_paused: false });
    expect(await house.ask('traffic.pause', one)).toMatchObject({ live: false });
  });
});

describe('a limited agent', () => {
  const limits = { replicas: 3, services: 1, environments: ['test'], rollbacksPerHour: 1 };
  let agent: Credential;
  const plan = (parts: object) => house.plan(agent, { code: 'v3', ...parts });
  const apply = async (parts: object) => house.told('change.apply', { plan_id: (await plan(parts)).plan_id }, agent);

  beforeEach(async () => {
    agent = await house.bearer({ name: 'helper', kind: 'agent', grants: [{ role: 'agent' }], limits });
  });

  it('plans beyond its limits and applies within', async () => {
    expect(await plan({ replicas: 4 })).toMatchObject({ policy: ['limit-replicas'], refused: expect.stringContaining('replicas') });
    expect(await apply({ replicas: 4 })).toBe('denied');
    expect(await apply({ environment: 'live' })).toBe('denied');
    expect(await apply({ replicas: 3 })).toBe('ok');
    expect(await house.told('scale.pause', { ...shop, service: 'api', at: 4 }, agent)).toBe('denied');
    expect(await house.told('lock.acquire', { application: 'shop', environment: 'live', message: 'x' }, agent)).toBe('denied');
  });

  it('ends nothing that serves', async () => {
    const { plan_id } = (await house.ask('change.remove_plan', shop, agent)) as { readonly plan_id: string };
    expect(await house.told('change.apply', { plan_id }, agent)).toBe('denied');
    const none = (await house.ask('change.scale_plan', { ...shop, replicas: { api: 0 } }, agent)) as { readonly plan_id: string };
    expect(await house.told('change.apply', { plan_id: none.plan_id }, agent)).toBe('denied');
    // Nor by holding what scales with its load at nothing.
    const hold = (at: number, who?: Credential) => house.told('scale.pause', { ...shop, service: 'api', at }, who);
    expect([await hold(0, agent), await hold(1, agent), await hold(0)]).toEqual(['denied', 'unsupported', 'unsupported']);
  });

  it('goes back once in an hour, whichever way', async () => {
    await house.deployed({ code: 'v2' });
    const back = async () => {
      const { plan_id } = (await house.ask('change.rollback_plan', shop, agent)) as { readonly plan_id: string };
      return house.told('change.apply', { plan_id }, agent);
    };
    expect(await back()).toBe('ok');
    await house.world.until(async () =>
      (await house.world.engine.queries.survey({}, new AbortController().signal)).every((one) => !one.running),
    );
    expect(await back()).toBe('denied');
    expect(await house.told('deployments.abort', { id: 'shop-test-3' }, agent)).toBe('denied');
  });

  it('is audited with the policy that let it, and with the one that did not', async () => {
    await apply({ replicas: 3 });
    await apply({ replicas: 4 });
    const records = (await house.door.services.audit.show({ limit: 1_000 })).filter(
      ({ operation, principal }) => operation === 'change.apply' && principal === 'agent:helper',
    );
    expect(records).toMatchObject([
      { phase: 'intent', policies: ['agent'] },
      { phase: 'outcome', result: 'ok' },
      { phase: 'intent', subject: { plan_id: expect.any(String) } },
      { phase: 'outcome', result: 'refused', error: expect.stringContaining('limit-replicas') },
    ]);
    expect(await house.door.services.audit.verify()).toMatchObject({ ok: true });
  });
});
