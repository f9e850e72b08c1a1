// The book of trials: no attempt is forgotten, two do not run at once, and where approval is wanted somebody else has agreed.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/operations/dispatch.ts';
import { House, local } from './kit.ts';

const shop = { application: 'shop', environment: 'test' };
const load = { ...shop, kind: 'load', profile: 'quick', lasts_ms: 10_000, touches: ['1,000 requests to shop.localhost'] };
let house: House;

beforeEach(async () => {
  house = await House.open();
  await house.deployed();
});

afterEach(() => house.world.stop());

interface Begun {
  readonly id: string;
  readonly digest: string;
  readonly trial: { readonly releases: Readonly<Record<string, string>> };
}
interface Listed {
  readonly trials: readonly { readonly id: string; readonly verdict?: string }[];
  readonly attempts: readonly { readonly sequence: number; readonly hash: string; readonly phase: string }[];
  readonly problem?: string;
}

const begin = async (input: object = load, by: Credential = local) => (await house.ask('trials.begin', input, by)) as Begun;
const listed = async (scope = shop) => (await house.ask('trials.list', { ...scope, attempts: true })) as Listed;
const figure = {
  id: 'performance.errors',
  unit: 'share',
  n: 1_000,
  estimate: 0,
  lower: 0,
  upper: 0.0037,
  confidence: 0.95,
  method: 'clopper-pearson',
  evidence: ['phases/moderate.json'],
};
const exhibit = { name: 'phases/moderate.json', digest: `sha256:${'a'.repeat(64)}`, bytes: 10 };

describe('a trial in the book', () => {
  it('is there from before it begins until after it ended, with what it measured', async () => {
    const { id, trial } = await begin();
    expect(id).toBe('shop-test-p1');
    expect(Object.keys(trial.releases)).toEqual(['api']);
    await house.ask('trials.finish', { id, verdict: 'passed', figures: [figure], exhibits: [exhibit] });
    expect(await house.ask('trials.get', { id })).toMatchObject({
      verdict: 'passed',
      figures: [figure],
      exhibits: [exhibit],
      by: 'user:root',
    });
    expect(await house.told('trials.finish', { id, verdict: 'passed' })).toBe('trial_ended');
    expect(await house.told('trials.finish', { id: 'shop-test-p2', verdict: 'passed' })).toBe('trial_unknown');
  });

  it.each([
    ['a figure without a sample', { figures: [{ ...figure, n: undefined }] }],
    ['a figure with a word that nobody knows', { figures: [{ ...figure, typed: 'by hand' }] }],
    ['an exhibit without a digest', { exhibits: [{ ...exhibit, digest: 'sha256:' }] }],
    ['a verdict of its own', { verdict: 'green' }],
  ])('takes no %s', async (_, change) => {
    const { id } = await begin();
    expect(await house.told('trials.finish', { id, verdict: 'passed', ...change })).toBe('input_invalid');
  });

  it('runs alone, but for its own parts, until it ends or whoever ran it is surely gone', async () => {
    const whole = await begin({ ...load, kind: 'certification' });
    expect(await house.told('trials.begin', load)).toBe('trial_running');
    const part = await begin({ ...load, within: whole.id });
    expect(await house.told('trials.begin', load)).toBe('trial_running');
    await house.ask('trials.finish', { id: part.id, verdict: 'failed' });
    await house.ask('trials.finish', { id: whole.id, verdict: 'interrupted' });
    expect(await house.told('trials.begin', { ...load, within: whole.id })).toBe('trial_ended');
    await begin();
    house.world.clock.moveTo(house.world.clock.now() + 3_600_000);
    expect((await begin()).id).toBe('shop-test-p4');
  });

  it('needs something that is deployed, and no lock', async () => {
    expect(await house.told('trials.begin', { ...load, environment: 'elsewhere' })).toBe('application_unknown');
    expect(await house.told('trials.target', { ...shop, environment: 'elsewhere' })).toBe('application_unknown');
    await house.ask('lock.acquire', { ...shop, message: 'hands off' });
    expect(await house.told('trials.begin', load)).toBe('locked');
  });
});

describe('the chain of attempts', () => {
  it('has every beginning and every end, each bound to the one before', async () => {
    const first = await begin();
    const ended = (await house.ask('trials.finish', { id: first.id, verdict: 'failed' })) as Begun;
    const second = await begin();
    const { attempts, problem, trials } = await listed();
    expect(problem).toBeUndefined();
    expect(attempts.map(({ phase, hash }) => [phase, hash])).toEqual([
      ['begun', first.digest],
      ['ended', ended.digest],
      ['begun', second.digest],
    ]);
    expect(trials.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['shop-test-p2', undefined],
      ['shop-test-p1', 'failed'],
    ]);
  });

  it('shows a link that was changed, and one that was taken out', async () => {
    const { id } = await begin();
    await house.ask('trials.finish', { id, verdict: 'failed' });
    await begin();
    const { store } = house.world;
    const [first, second] = await store.list('attempt');
    if (!first || !second) throw new Error('there are no attempts');
    await store.commit([{ op: 'put', kind: 'attempt', key: second.key, value: { ...second.value, verdict: 'passed' } }]);
    expect((await listed()).problem).toContain('attempt 2 (shop-test-p1) was changed');
    await store.commit([{ op: 'delete', kind: 'attempt', key: second.key }]);
    expect((await listed()).problem).toContain('attempt 2 is missing');
    await store.commit([{ op: 'delete', kind: 'attempt', key: first.key }]);
    expect((await listed()).problem).toContain('attempt 1 is missing');
  });
});

describe('a trial of somebody else', () => {
  let alice: Credential;
  beforeEach(async () => {
    alice = await house.bearer({ name: 'alice', grants: [{ role: 'operator', application: 'shop' }] });
  });

  it('is closed where it was left open, and no more is said of it', async () => {
    const { id } = await begin();
    for (const forged of [
      { verdict: 'passed' },
      { verdict: 'failed' },
      { verdict: 'interrupted', figures: [figure] },
      { verdict: 'interrupted', exhibits: [exhibit] },
      { verdict: 'interrupted', machine: { foreign: 0, stolen: 0, valid: true } },
    ])
      expect(await house.told('trials.finish', { id, ...forged }, alice)).toBe('denied');
    expect(await house.told('trials.finish', { id, verdict: 'interrupted' }, alice)).toBe('ok');
  });

  it('is that of a person, too, to a program that speaks in his name', async () => {
    const { id } = await begin();
    const chat = { ...local, run: 'chat' };
    expect(await house.told('trials.finish', { id, verdict: 'passed', exhibits: [exhibit] }, chat)).toBe('denied');
    await house.ask('trials.finish', { id, verdict: 'passed', exhibits: [exhibit] });
    const own = await begin(load, chat);
    expect(await house.ask('trials.get', { id: own.id })).toMatchObject({ by: 'user:root (chat)' });
    expect(await house.told('trials.finish', { id: own.id, verdict: 'failed' }, chat)).toBe('ok');
  });

  it('gets no part that its owner did not begin', async () => {
    const { id } = await begin({ ...load, kind: 'certification' });
    expect(await house.told('trials.begin', { ...load, within: id }, alice)).toBe('denied');
  });

  it('is nothing for viewers', async () => {
    const eve = await house.bearer({ name: 'eve', grants: [{ role: 'viewer', application: 'shop' }] });
    expect(await house.told('trials.begin', load, eve)).toBe('denied');
    const { id } = await begin();
    expect(await house.told('trials.finish', { id, verdict: 'interrupted' }, eve)).toBe('denied');
  });
});

describe('production', () => {
  const live = { application: 'shop', environment: 'production' };
  const wanted = { ...live, kind: 'stress', profile: 'quick' };
  const trial = { ...wanted, lasts_ms: 10_000 };
  let alice: Credential;
  let bob: Credential;

  beforeEach(async () => {
    await house.deployed({ environment: 'production' });
    alice = await house.bearer({ name: 'alice', grants: [{ role: 'operator', application: 'shop' }] });
    bob = await house.bearer({ name: 'bob', grants: [{ role: 'approver', application: 'shop' }] });
  });

  const planned = async (input: object = wanted) =>
    (await house.ask('trials.plan', { ...input, touches: ['users'] }, alice)) as { readonly plan_id: string; readonly digest: string };

  it('is tried with a plan that somebody else has approved, once', async () => {
    expect(await house.told('trials.begin', trial, alice)).toBe('approval_required');
    expect(await house.told('trials.begin', trial)).toBe('approval_required');
    const { plan_id, digest } = await planned();
    expect(await house.told('trials.begin', { ...trial, plan_id }, alice)).toBe('approval_required');
    await house.ask('approvals.approve', { plan_id, digest }, bob);
    const { id } = await begin({ ...trial, plan_id }, alice);
    // Its parts are what was agreed to.
    const part = await begin({ ...trial, kind: 'load', within: id }, alice);
    for (const one of [part.id, id]) await house.ask('trials.finish', { id: one, verdict: 'passed' }, alice);
    expect(await house.told('trials.begin', { ...trial, plan_id }, alice)).toBe('plan_used');
  });

  it.each([
    ['eu-prod', 'approval_required'],
    ['prod-2', 'approval_required'],
    ['production-eu', 'approval_required'],
    ['pre-prod', 'ok'],
    ['products', 'ok'],
  ])('is what its name says: %s', async (environment, word) => {
    await house.deployed({ environment });
    expect(await house.told('trials.begin', { ...trial, environment })).toBe(word);
  });

  it('is not broken by a part of a trial that was to send requests only', async () => {
    const { plan_id, digest } = await planned({ ...wanted, kind: 'security' });
    await house.ask('approvals.approve', { plan_id, digest }, bob);
    const { id } = await begin({ ...trial, kind: 'security', plan_id }, alice);
    for (const kind of ['chaos', 'stress', 'scale', 'certification'])
      expect(await house.told('trials.begin', { ...trial, kind, within: id }, alice)).toBe('approval_required');
  });

  it('is touched by nothing that the plan did not announce', async () => {
    const { plan_id, digest } = await planned();
    await house.ask('approvals.approve', { plan_id, digest }, bob);
    expect(await house.told('trials.begin', { ...trial, plan_id, touches: ['users', 'crash of 100 of api'] }, alice)).toBe('plan_drifted');
    expect(await house.told('trials.begin', { ...trial, plan_id, touches: ['users'] }, alice)).toBe('ok');
  });

  it('is not tried with a plan for something else', async () => {
    const { plan_id, digest } = await planned({ ...wanted, kind: 'load' });
    await house.ask('approvals.approve', { plan_id, digest }, bob);
    expect(await house.told('trials.begin', { ...trial, plan_id }, alice)).toBe('plan_drifted');
    const deploying = await house.plan(alice, { environment: 'production', code: 'v2' });
    await house.ask('approvals.approve', { plan_id: deploying.plan_id, digest: deploying.digest }, bob);
    expect(await house.told('trials.begin', { ...trial, plan_id: deploying.plan_id }, alice)).toBe('approval_required');
  });

  it('is not deployed by the plan of a trial', async () => {
    const { plan_id } = await planned({ ...wanted, environment: 'test' });
    expect(await house.told('change.apply', { plan_id }, alice)).toBe('input_invalid');
  });
});

it('says what a trial may be made of', async () => {
  expect(await house.ask('trials.target', shop)).toMatchObject({
    runtime: 'fake',
    approval: 'none',
    services: [{ service: 'api', replicas: 1, instances: [{ ready: true, state: 'running' }] }],
  });
});
