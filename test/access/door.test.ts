// The door with its real parts, over a store in memory: who is charged for what, what a token may end, and whose answers are whose.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Tokens } from '../../src/access/tokens.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Plan, ServiceChange } from '../../src/model/plan.ts';
import type { Effect } from '../../src/model/principal.ts';
import type { Credential, Dispatcher, Pass } from '../../src/operations/dispatch.ts';
import type { Services } from '../../src/operations/services.ts';
import { openDoor } from './kit.ts';

const signal = new AbortController().signal;
let clock: ManualClock;
let tokens: Tokens;
let door: Dispatcher;
let services: Services;
let plan: Pick<Plan, 'id' | 'kind' | 'changes'>;
const scope = { application: 'shop', environment: 'test' };
let applied: string[];

beforeEach(() => {
  clock = new ManualClock();
  const store = openMemoryStore();
  applied = [];
  const deployments = {
    apply: async (id: string, by: string) => {
      applied.push(id);
      return { id: 'd-1', number: 1, scope, kind: plan.kind, direction: 'forward', services: [], startedAt: 0, startedBy: by, planId: id };
    },
  };
  const engine = { planner: { find: async () => ({ scope, approval: 'none', ...plan }) }, deployments } as unknown as Engine;
  ({ tokens, services, dispatcher: door } = openDoor({ store, clock, engine, rate: 1, burst: 20 }));
});

const bearer = (token: string): Credential => ({ kind: 'bearer', token });
const make = async (name: string, ...effects: readonly Effect[]) => bearer((await tokens.create({ name, effects })).secret);
const ask = (name: string, input: unknown, credential: Credential | Pass, idempotencyKey?: string) =>
  door.call(name, input, { credential, signal, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
const local: Credential = { kind: 'local', user: 'me' };

describe('the throttle', () => {
  it.each<Credential>([
    { kind: 'none' },
    bearer('wrong'),
    bearer(`code_${'x'.repeat(43)}`),
  ])('charges callers who are not known (%j), and nobody else for them', async (stranger) => {
    const known = await make('ci', 'read');
    const tries = Array.from({ length: 50 }, () => ask('tokens.list', {}, stranger).catch((thrown: { code: string }) => thrown.code));
    expect(new Set(await Promise.all(tries))).toEqual(new Set(['unauthenticated', 'rate_limited']));
    expect(await ask('tokens.list', {}, known)).toMatchObject({ tokens: [{ name: 'ci' }] });
  });

  it('charges each token for its own calls only', async () => {
    const [busy, calm] = [await make('busy', 'read'), await make('calm', 'read')];
    for (let n = 0; n < 20; n++) await ask('tokens.list', {}, busy);
    await expect(ask('tokens.list', {}, busy)).rejects.toMatchObject({ code: 'rate_limited' });
    await ask('tokens.list', {}, calm);
  });
});

describe('a pass', () => {
  it('is for one operation, and counts only where it was made', async () => {
    const pass = await door.authorise('tokens.list', await make('ci', 'read'));
    expect(await ask('tokens.list', {}, pass)).toMatchObject({ tokens: [{ name: 'ci' }] });
    await expect(ask('tokens.revoke', { id: 'ci' }, pass)).rejects.toMatchObject({ code: 'internal' });
    await expect(ask('tokens.list', {}, { ...pass })).rejects.toMatchObject({ code: 'internal' });
  });

  it('is refused to whom the effect was not granted, and the refusal is written down', async () => {
    await expect(door.authorise('tokens.revoke', await make('ci', 'read'))).rejects.toMatchObject({ code: 'denied' });
    const records = await services.audit.show({});
    expect(records).toMatchObject([
      { phase: 'intent', principal: 'token:ci', operation: 'tokens.revoke' },
      { phase: 'outcome', result: 'refused' },
    ]);
  });
});

describe('a plan that ends what is live', () => {
  const spec = {} as never;
  const target = (replicas: number) => ({ release: 'api@1', replicas, generation: 0, spec });
  const change = (kind: ServiceChange['kind'], from?: number, to?: number): ServiceChange => ({
    service: 'api',
    kind,
    reason: '',
    ...(from === undefined ? {} : { from: target(from) }),
    ...(to === undefined ? {} : { to: target(to) }),
  });

  it.each<readonly [string, Plan['kind'], ServiceChange]>([
    ['removes the application', 'remove', change('stop', 2)],
    ['drops a service from the manifest', 'deploy', change('stop', 2)],
    ['scales a service to nothing', 'scale', change('update', 2, 0)],
    ['deploys a release with no replicas', 'deploy', change('replace', 2, 0)],
  ])('is refused to a token without "destroy" when it %s', async (_, kind, one) => {
    plan = { id: 'p-1', kind, changes: [one] };
    await expect(ask('change.apply', { plan_id: 'p-1' }, await make('ci', 'plan', 'write'))).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('ends api'),
    });
    expect(applied).toEqual([]);
    expect((await services.audit.show({})).at(-1)).toMatchObject({ result: 'refused' });
    await ask('change.apply', { plan_id: 'p-1' }, await make('boss', 'write', 'destroy'));
    await ask('change.apply', { plan_id: 'p-1' }, local);
    expect(applied).toEqual(['p-1', 'p-1']);
  });

  it.each<readonly [string, ServiceChange]>([
    ['create', change('create', undefined, 2)],
    ['scale down, not to nothing', change('update', 5, 1)],
    ['keep nothing as nothing', change('keep', 0, 0)],
  ])('is none when all it does is %s', async (_, one) => {
    plan = { id: 'p-1', kind: 'deploy', changes: [one] };
    await ask('change.apply', { plan_id: 'p-1' }, await make('ci', 'write'));
    expect(applied).toEqual(['p-1']);
  });
});

describe('tokens made with a token', () => {
  it('end when it ends', async () => {
    const { secret } = await tokens.create({ name: 'short', effects: ['read', 'destroy'], expiresIn: 60_000 });
    const made = await ask('tokens.create', { name: 'child', effects: ['read'] }, bearer(secret));
    const child = bearer((made as { secret: string }).secret);
    expect(made).toMatchObject({ expires_at: new Date(clock.now() + 60_000).toISOString(), parent: expect.stringMatching(/^t-/) });
    await ask('tokens.list', {}, child);
    await ask('tokens.revoke', { id: 'short' }, local);
    await expect(ask('tokens.list', {}, child)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('idempotency', () => {
  it('does not answer a token with what an earlier one of its name was told', async () => {
    plan = { id: 'p-1', kind: 'deploy', changes: [] };
    const first = await make('ci', 'write');
    await ask('change.apply', { plan_id: 'p-1' }, first, 'k');
    await ask('change.apply', { plan_id: 'p-1' }, first, 'k');
    expect(applied).toHaveLength(1);
    await tokens.revoke('ci');
    await ask('change.apply', { plan_id: 'p-1' }, await make('ci', 'write'), 'k');
    expect(applied).toHaveLength(2);
  });
});
