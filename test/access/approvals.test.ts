// Approvals: somebody else's yes, to this plan and no other, for a while, once.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalLife, glassLife } from '../../src/access/approvals.ts';
import type { Credential } from '../../src/operations/dispatch.ts';
import type { PlanShown } from './kit.ts';
import { House, local } from './kit.ts';

let house: House;
let alice: Credential;
let bob: Credential;
let carol: Credential;
const operator = [{ role: 'operator', application: 'shop' }] as const;
const approver = [{ role: 'approver', application: 'shop' }] as const;

beforeEach(async () => {
  house = await House.open();
  alice = await house.bearer({ name: 'alice', grants: [...operator, ...approver] });
  bob = await house.bearer({ name: 'bob', grants: [...operator, ...approver] });
  carol = await house.bearer({ name: 'carol', grants: approver });
});

afterEach(() => house.world.stop());

const wanted = { environment: 'live', approval: 'required' } as const;
const plan = (by = alice, code = 'v1') => house.plan(by, { ...wanted, code });
const approve = ({ plan_id, digest }: PlanShown, by: Credential) => house.told('approvals.approve', { plan_id, digest }, by);
const apply = ({ plan_id }: PlanShown, by = alice) => house.told('change.apply', { plan_id }, by);
const events = async () => (await house.world.store.events(0, 1_000)).filter(({ kind }) => kind.startsWith('approval.'));

describe('an environment that wants approval', () => {
  it('says so with the plan, and refuses it until somebody else has approved it', async () => {
    const made = await plan();
    expect(made).toMatchObject({ approval: 'required', approvals_needed: 1, approved_by: [], policy: ['approval-required'] });
    expect(await house.ask('change.show', { plan_id: made.plan_id }, carol)).toMatchObject({ approval: 'required', approvals_needed: 1 });
    expect(await apply(made)).toBe('approval_required');
    expect(await approve(made, bob)).toBe('ok');
    expect(await house.ask('change.show', { plan_id: made.plan_id }, alice)).toMatchObject({
      approved_by: ['token:bob'],
      policy: ['operator@shop'],
    });
    expect(await apply(made)).toBe('ok');
    expect((await events()).map(({ kind, message }) => [kind, message])).toEqual([
      ['approval.given', `token:bob approved plan ${made.plan_id} of token:alice`],
    ]);
  });

  it('goes on wanting it, also of the plan that gives it up', async () => {
    const first = await plan();
    await approve(first, bob);
    await house.settled(((await house.ask('change.apply', { plan_id: first.plan_id }, alice)) as { readonly id: string }).id);
    const loosened = await house.plan(alice, { ...wanted, approval: 'none', code: 'v2' });
    expect(loosened).toMatchObject({ approval: 'required', approvals_needed: 1 });
    expect(await apply(loosened)).toBe('approval_required');
    for (const [name, input] of [
      ['change.scale_plan', { replicas: { api: 2 } }],
      ['change.restart_plan', {}],
      ['change.remove_plan', {}],
    ] as const)
      expect(await house.ask(name, { application: 'shop', environment: 'live', ...input }, alice)).toMatchObject({ approvals_needed: 1 });
    await approve(loosened, bob);
    expect(await apply(loosened)).toBe('ok');
    expect(await house.plan(alice, { ...wanted, approval: 'none', code: 'v3' })).toMatchObject({ approval: 'none', approvals_needed: 0 });
  });

  it('wants it of whoever owns the machine, too', async () => {
    const made = await plan(local);
    expect(await apply(made, local)).toBe('approval_required');
    expect(await approve(made, local)).toBe('denied');
    expect(await approve(made, bob)).toBe('ok');
    expect(await apply(made, local)).toBe('ok');
  });
});

describe('an approval', () => {
  it('is not one’s own, whatever credential it is given with', async () => {
    const made = await plan();
    expect(await approve(made, alice)).toBe('denied');
    const laptop = await house.bearer({ name: 'laptop', grants: approver, owner: 'alice' });
    const phone = await house.bearer({ name: 'phone', grants: [...operator, ...approver], owner: 'alice' });
    const other = await plan(laptop === undefined ? alice : phone);
    expect(await approve(other, laptop)).toBe('denied');
    expect(await approve(other, alice)).toBe('ok'); // token:alice is not user:alice
    expect(await apply(made)).toBe('approval_required');
  });

  it('is not given with a token that one made oneself', async () => {
    const chief = await house.bearer({ name: 'chief', grants: [{ role: 'admin' }] });
    const made = await plan(chief);
    for (const wish of [
      { name: 'sock', roles: [{ role: 'approver' }] },
      { name: 'puppet', roles: [{ role: 'admin' }], kind: 'token' },
    ]) {
      const { secret } = (await house.ask('tokens.create', wish, chief)) as { readonly secret: string };
      expect(await approve(made, { kind: 'bearer', token: secret })).toBe('denied');
    }
    expect(await house.told('tokens.create', { name: 'eve', roles: [{ role: 'approver' }], owner: 'eve' }, chief)).toBe('denied');
  });

  it('is for the plan as it was looked at', async () => {
    const [made, other] = [await plan(), await plan(alice, 'v2')];
    expect(await house.told('approvals.approve', { plan_id: made.plan_id, digest: other.digest }, bob)).toBe('plan_drifted');
    expect(await approve(made, bob)).toBe('ok');
    expect(await apply(other)).toBe('approval_required');
    // The same content planned again is another plan.
    const again = await plan();
    expect(again.digest).toBe(made.digest);
    expect(await apply(again)).toBe('approval_required');
  });

  it('ends', async () => {
    const made = await plan();
    await approve(made, bob);
    house.world.clock.moveTo(house.world.clock.now() + approvalLife - 1);
    expect(await house.ask('change.show', { plan_id: made.plan_id }, alice)).toMatchObject({ approved_by: ['token:bob'] });
    house.world.clock.moveTo(house.world.clock.now() + 1);
    expect(await apply(made)).toBe('approval_required');
    // It can be given again.
    expect(await approve(made, bob)).toBe('ok');
    expect(await apply(made)).toBe('ok');
  });

  it('is of no use for a plan that expired, was used, or does not fit any more', async () => {
    const expired = await plan();
    await approve(expired, bob);
    house.world.clock.moveTo(house.world.clock.now() + 3_600_001);
    expect(await approve(expired, bob)).toBe('plan_expired');
    expect(await apply(expired)).toBe('approval_required');

    const [used, late] = [await plan(), await plan(alice, 'v2')];
    await approve(used, bob);
    await approve(late, bob);
    expect(await apply(used)).toBe('ok');
    expect(await apply(used)).toBe('plan_used');
    expect(await approve(used, carol)).toBe('plan_used');
    expect(await apply(late)).toBe('plan_drifted');
    expect(await approve(late, carol)).toBe('plan_drifted');
  });

  it('ends with the token that it was given with', async () => {
    const made = await plan();
    await approve(made, bob);
    await house.ask('tokens.revoke', { id: 'bob' });
    expect(await apply(made)).toBe('approval_required');
  });

  it('can be taken back, until it is used', async () => {
    const made = await plan();
    await approve(made, bob);
    expect(await house.ask('approvals.withdraw', { plan_id: made.plan_id }, bob)).toEqual({ withdrawn: true });
    expect(await apply(made)).toBe('approval_required');
    expect(await house.ask('approvals.withdraw', { plan_id: made.plan_id }, bob)).toEqual({ withdrawn: false });
    await approve(made, bob);
    expect(await apply(made)).toBe('ok');
    expect(await house.ask('approvals.withdraw', { plan_id: made.plan_id }, bob)).toEqual({ withdrawn: false });
  });

  it('is repeated to whoever asks again with the same key', async () => {
    const made = await plan();
    await approve(made, bob);
    const [first, second] = [
      await house.ask('change.apply', { plan_id: made.plan_id }, alice, 'k'),
      await house.ask('change.apply', { plan_id: made.plan_id }, alice, 'k'),
    ];
    expect(second).toEqual(first);
  });
});

describe('two people, where a policy asks for them', () => {
  beforeEach(async () => {
    const text =
      '@id("two") forbid (principal, action == Action::"change.apply", resource) when { resource is Environment && resource.name == "live" } unless { context.approvals >= 2 };';
    await house.ask('policy.set', { text });
  });

  it('are two people, who did not ask', async () => {
    const made = await plan();
    expect(made).toMatchObject({ approvals_needed: 2 });
    await approve(made, bob);
    expect(await approve(made, bob)).toBe('already_approved');
    expect(await apply(made)).toBe('approval_required');
    expect(await approve(made, alice)).toBe('denied');
    expect(await approve(made, carol)).toBe('ok');
    expect(await apply(made)).toBe('ok');
  });

  it('are counted once each, however often they say yes at the same time', async () => {
    const made = await plan();
    const told = await Promise.all(Array.from({ length: 8 }, () => approve(made, bob)));
    expect(told.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'already_approved'), 'ok']);
    expect(await apply(made)).toBe('approval_required');
    const race = await Promise.all([approve(made, carol), approve(made, bob), apply(made)]);
    expect(race[0]).toBe('ok');
    expect(race[1]).toBe('already_approved');
    // Whichever came first: it was applied with two approvals, or not at all.
    const { approvals } = await house.door.approvals.standing(await house.world.engine.planner.find(made.plan_id));
    expect(approvals.map(({ person }) => person).toSorted()).toEqual(['token:bob', 'token:carol']);
  });
});

describe('approving and applying at once', () => {
  it('applies a plan once', async () => {
    const made = await plan();
    await approve(made, bob);
    const told = await Promise.all(Array.from({ length: 5 }, () => apply(made)));
    expect(told.filter((one) => one === 'ok')).toHaveLength(1);
  });

  it('never applies it with an approval that was taken back before', async () => {
    for (let round = 0; round < 10; round += 1) {
      const made = await plan(alice, `v${round}`);
      await approve(made, bob);
      const [applied, withdrawn] = await Promise.all([
        apply(made),
        house.ask('approvals.withdraw', { plan_id: made.plan_id }, bob).catch(() => ({ withdrawn: false })),
      ]);
      // One of the two wins; never both.
      expect([applied === 'ok', (withdrawn as { readonly withdrawn: boolean }).withdrawn]).not.toEqual([true, true]);
      if (applied === 'ok')
        await house.world.until(async () =>
          (await house.world.engine.queries.survey({}, new AbortController().signal)).every((one) => !one.running),
        );
    }
  });
});

describe('breaking the glass', () => {
  const reason = 'the shop is down and everybody is asleep';

  it('lifts the approval, says so to everybody, and ends soon', async () => {
    const chief = await house.bearer({ name: 'chief', grants: [{ role: 'admin' }] });
    const made = await plan(chief);
    const { plan_id, digest } = made;
    expect(await house.told('approvals.break_glass', { plan_id, digest }, chief)).toBe('input_invalid');
    expect(await house.told('approvals.break_glass', { plan_id, digest, reason: '          ' }, chief)).toBe('input_invalid');
    expect(await house.told('approvals.break_glass', { plan_id, digest, reason }, chief)).toBe('ok');
    house.world.clock.moveTo(house.world.clock.now() + glassLife);
    expect(await apply(made, chief)).toBe('approval_required');
    expect(await house.told('approvals.break_glass', { plan_id, digest, reason }, chief)).toBe('ok');
    expect(await apply(made, chief)).toBe('ok');
    const [told] = await events();
    expect(told).toMatchObject({
      kind: 'approval.glass_broken',
      application: 'shop',
      environment: 'live',
      message: expect.stringContaining(reason),
    });
    const records = await house.door.services.audit.show({ limit: 1_000 });
    expect(records.filter(({ operation, phase }) => operation === 'approvals.break_glass' && phase === 'intent')).toMatchObject([
      { principal: 'token:chief', subject: { plan_id, reason } },
      { principal: 'token:chief', subject: { plan_id, reason } },
    ]);
  });

  it('is for administrators, not for those who operate or approve', async () => {
    const { plan_id, digest } = await plan();
    for (const one of [alice, bob, carol])
      expect(await house.told('approvals.break_glass', { plan_id, digest, reason }, one)).toBe('denied');
  });

  it('lifts no limit and no policy that asks for no approval', async () => {
    await house.ask('policy.set', { text: 'forbid (principal is Token, action == Action::"change.apply", resource);' });
    const chief = await house.bearer({ name: 'chief', grants: [{ role: 'admin' }] });
    const made = await plan(chief);
    expect(await house.told('approvals.break_glass', { plan_id: made.plan_id, digest: made.digest, reason }, chief)).toBe('ok');
    expect(await apply(made, chief)).toBe('denied');
  });
});

it('a policy of one’s own keeps what is of high risk from everybody, and nothing else', async () => {
  await house.deployed({ replicas: 2 });
  await house.ask('policy.set', {
    text: 'forbid (principal, action == Action::"change.apply", resource) when { context has risk && context.risk == "high" };',
  });
  const sized = async (api: number) =>
    (await house.ask('change.scale_plan', { application: 'shop', environment: 'test', replicas: { api } })) as PlanShown;
  expect(await apply(await sized(0), local)).toBe('denied');
  expect(await apply(await sized(3), local)).toBe('ok');
});
