// Release commands, jobs, crons and hooks in a world of fakes with a clock moved by hand.
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeDials } from '../../src/adapters/runtimes/fake/fake.ts';
import type { ReplicaSet } from '../../src/model/instance.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** Instances that run `node migrate.js` and the like behave as told by their second word; all others live for ever. */
async function worldOf(dials: Readonly<Record<string, FakeDials>> = {}): Promise<World> {
  const behave = ({ release }: ReplicaSet): FakeDials => dials[release.run.command?.[1] ?? ''] ?? {};
  const world = await createWorld(behave);
  worlds.push(world);
  return world;
}

const quick = { strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 100 } } as const;
const api = (varied: Partial<ServiceSpec> = {}) => aService({ ...quick, ...varied });
const release = { command: ['node', 'migrate.js'], deadline: 60_000, reversible: false };
const succeeds: FakeDials = { exitAfter: 5_000, exitCode: 0 };
const fails: FakeDials = { exitAfter: 5_000, exitCode: 3 };
const tasksOf = (world: World) => world.engine.jobs.tasks.of(scope);
const alive = (world: World) => world.fake.alive().length;

describe('a release command', () => {
  it('runs once with a new release, before its first instance', async () => {
    const world = await worldOf({ 'migrate.js': succeeds });
    const deployment = await world.deploy([api({ release })], 'v1');
    await world.until(() => tasksOf(world)[0]?.state === 'running');
    expect(alive(world)).toBe(1);
    expect((await world.outcome(deployment)).outcome).toBe('succeeded');
    expect(tasksOf(world)).toMatchObject([{ purpose: 'release', outcome: 'succeeded', deployment: 'shop-test-1', attempt: 1 }]);
    expect(world.tables.flatMap((table) => table.services)).not.toHaveLength(0);
  });

  it('that fails ends the deployment with nothing left changed, and says why', async () => {
    const world = await worldOf({ 'migrate.js': fails });
    const service = api({ release });
    await world.outcome(await world.deploy([api()], 'v1'));
    const before = world.fake.alive();
    const ended = await world.outcome(await world.deploy([service], 'v2'));
    expect(ended).toMatchObject({ outcome: 'failed', lastLog: [expect.stringContaining('is a fake')] });
    expect(ended.reason).toMatch(/^api: the release command of api@\w+ exited with code 3 \(shop-test-t1\)$/);
    expect(world.fake.alive()).toEqual(before);
  });

  it('is not repeated by a rollback, a restart or another size', async () => {
    const world = await worldOf({ 'migrate.js': succeeds });
    const service = api({ release });
    await world.outcome(await world.deploy([service], 'v1'));
    await world.outcome(await world.deploy([service], 'v2'));
    expect(tasksOf(world)).toHaveLength(2);
    const back = await world.engine.planner.rollback(scope, undefined, 'user:test');
    expect(back.warnings).toContainEqual(expect.stringContaining('is not undone'));
    await world.outcome(await world.engine.deployments.apply(back.id, 'user:test'));
    const restart = await world.engine.planner.restart(scope, [], 'user:test');
    await world.outcome(await world.engine.deployments.apply(restart.id, 'user:test'));
    expect(tasksOf(world)).toHaveLength(2);
  });

  it('holds back what it does not need, and waits for what it needs', async () => {
    const world = await worldOf({ 'migrate.js': fails });
    const database = api({ name: 'db', port: 5432 });
    const service = api({ needs: ['db'], release });
    const web = api({ name: 'web', port: 3000 });
    const deployment = await world.deploy([database, service, web], 'v1');
    await world.until(() => tasksOf(world).length > 0);
    expect(world.fake.alive().filter((id) => id.startsWith('db'))).toHaveLength(1);
    expect(world.fake.alive().filter((id) => id.startsWith('web'))).toHaveLength(0);
    expect((await world.outcome(deployment)).outcome).toBe('failed');
    expect(alive(world)).toBe(0);
  });

  it('ends when its deployment is aborted', async () => {
    const world = await worldOf({ 'migrate.js': {} });
    const deployment = await world.deploy([api({ release })], 'v1');
    await world.until(() => tasksOf(world)[0]?.state === 'running');
    await world.engine.deployments.abort(deployment.id, 'user:eva', undefined);
    expect((await world.outcome(deployment)).outcome).toBe('aborted');
    await world.until(() => tasksOf(world)[0]?.state === 'ended');
    expect(tasksOf(world)[0]).toMatchObject({ outcome: 'cancelled' });
    expect(alive(world)).toBe(0);
  });

  it('is stopped at its deadline', async () => {
    const world = await worldOf({ 'migrate.js': {} });
    const ended = await world.outcome(await world.deploy([api({ release })], 'v1'));
    expect(ended.reason).toContain('took longer than its deadline of 60s and was stopped');
    expect(alive(world)).toBe(0);
  });

  it('of a newer deployment waits until the one before has come to its end', async () => {
    const world = await worldOf({ 'migrate.js': succeeds });
    await world.deploy([api({ release })], 'v1');
    await world.until(() => tasksOf(world)[0]?.state === 'running');
    const second = await world.deploy([api({ release })], 'v2');
    await world.until(() => tasksOf(world).length === 2);
    expect(tasksOf(world).map((one) => one.state)).toEqual(['running', 'waiting']);
    expect((await world.outcome(second)).outcome).toBe('succeeded');
    expect(tasksOf(world).map((one) => one.outcome)).toEqual(['succeeded', 'succeeded']);
    const [first, next] = tasksOf(world);
    expect(next?.startedAt).toBeGreaterThanOrEqual(first?.endedAt ?? Number.NaN);
  });

  it('that had not begun when its deployment was overtaken never does', async () => {
    const world = await worldOf({ 'migrate.js': succeeds });
    await world.deploy([api({ release })], 'v1');
    await world.until(() => tasksOf(world)[0]?.state === 'running');
    await world.deploy([api({ release })], 'v2');
    await world.until(() => tasksOf(world).length === 2);
    const third = await world.deploy([api({ release })], 'v3');
    expect((await world.outcome(third)).outcome).toBe('succeeded');
    expect(tasksOf(world).map((one) => one.outcome)).toEqual(['succeeded', 'cancelled', 'succeeded']);
    expect(tasksOf(world)[1]).toMatchObject({ attempt: 0, reason: expect.stringContaining('superseded') });
  });
});

describe('a job', () => {
  const job = (varied: Partial<ServiceSpec> = {}) =>
    aService({
      name: 'seed',
      kind: 'job',
      port: undefined,
      replicas: 0,
      source: { kind: 'run', command: ['node', 'seed.js'], directory: '.' },
      strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 0 },
      completion: { deadline: 60_000, retries: 2, backoff: 10_000 },
      ...varied,
    });

  it('runs with its deployment after what it needs, before what needs it', async () => {
    const world = await worldOf({ 'seed.js': succeeds });
    const web = api({ name: 'web', port: 3000, needs: ['seed'] });
    const deployment = await world.deploy([api(), job({ needs: ['api'] }), web], 'v1');
    await world.until(() => tasksOf(world)[0]?.state === 'running');
    expect(world.fake.alive().map((id) => id.split('-')[0])).toEqual(['api', 'seed']);
    expect((await world.outcome(deployment)).outcome).toBe('succeeded');
    expect(world.fake.alive().map((id) => id.split('-')[0])).toEqual(['api', 'web']);
  });

  it('is tried again with growing pauses, and its failure fails the deployment', async () => {
    const world = await worldOf({ 'seed.js': { exitAfter: 1_000, exitCode: 9 } });
    const began = world.clock.now();
    const ended = await world.outcome(await world.deploy([job()], 'v1'));
    expect(ended).toMatchObject({ outcome: 'failed' });
    expect(ended.reason).toContain('seed: the job of seed@');
    expect(tasksOf(world)).toMatchObject([{ attempt: 3, outcome: 'failed', reason: 'exited with code 9' }]);
    expect(world.clock.now() - began).toBeGreaterThanOrEqual(3_000 + 10_000 + 20_000);
  });

  it('does not run again while its release stays, but when it is asked for', async () => {
    const world = await worldOf({ 'seed.js': succeeds });
    await world.outcome(await world.deploy([job()], 'v1'));
    await world.outcome(await world.deploy([job()], 'v1'));
    expect(tasksOf(world)).toHaveLength(1);
    const { id } = await world.engine.jobs.run(scope, 'seed', 'user:eva');
    await world.until(() => world.engine.jobs.tasks.find(id).state === 'ended');
    expect(world.engine.jobs.tasks.find(id)).toMatchObject({ purpose: 'job', outcome: 'succeeded', by: 'user:eva' });
  });

  it('has no size', async () => {
    const world = await worldOf({ 'seed.js': succeeds });
    await world.outcome(await world.deploy([job()], 'v1'));
    await expect(world.engine.planner.scale(scope, { seed: 2 }, 'user:eva')).rejects.toMatchObject({ code: 'input_invalid' });
  });
});

describe('hooks', () => {
  it('are called for a deployment that ended, though the next one comes right after', async () => {
    const world = await worldOf({ 'hook.js': succeeds });
    const hook = { kind: 'command', command: ['node', 'hook.js'], deadline: 60_000 } as const;
    await world.outcome(await world.deploy([api({ hooks: { after_deploy: [hook] } })], 'v1'));
    expect(tasksOf(world)).toEqual([]);
    await world.outcome(await world.deploy([api()], 'v2'));
    await world.until(() => tasksOf(world)[0]?.state === 'ended');
    expect(tasksOf(world)).toMatchObject([{ deployment: 'shop-test-1', hook: { phase: 'after_deploy' }, outcome: 'succeeded' }]);
  });
});

describe('a cron', () => {
  const minute = 60_000;
  const every = { cron: '*/5 * * * *', timeZone: 'UTC', overlap: 'forbid', missed: 'skip', startingDeadline: 60 * minute } as const;
  const cron = (schedule: Partial<NonNullable<ServiceSpec['schedule']>> = {}) =>
    aService({
      name: 'report',
      kind: 'cron',
      port: undefined,
      replicas: 0,
      source: { kind: 'run', command: ['node', 'report.js'], directory: '.' },
      strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 0 },
      completion: { deadline: 60 * minute, retries: 0, backoff: 1_000 },
      schedule: { ...every, ...schedule },
    });
  const starts = (world: World) => tasksOf(world).map((one) => (one.scheduledAt ?? 0) / minute);
  const skips = async (world: World) => (await world.store.events(0, 10_000)).filter((one) => one.kind === 'task.skipped');

  it('runs at each of its times, and not before', async () => {
    const world = await worldOf({ 'report.js': succeeds });
    await world.outcome(await world.deploy([cron()], 'v1'));
    expect(tasksOf(world)).toEqual([]);
    await world.until(() => tasksOf(world).filter((one) => one.state === 'ended').length === 3);
    expect(starts(world)).toEqual([20, 25, 30]);
    // It has no instances that could be ready, so none are counted.
    const told = (await world.store.events(0, 10_000)).filter((one) => one.kind.startsWith('service.')).map((one) => one.message);
    expect(told).toContain('report shifts');
    expect(told.filter((message) => message.includes(' of 0 '))).toEqual([]);
    expect(tasksOf(world).map((one) => one.startedAt)).toEqual([20 * minute, 25 * minute, 30 * minute]);
  });

  it('leaves a run out while the one before goes on', async () => {
    const world = await worldOf({ 'report.js': { exitAfter: 7 * minute, exitCode: 0 } });
    await world.outcome(await world.deploy([cron()], 'v1'));
    await world.until(() => tasksOf(world).length === 2);
    expect(starts(world)).toEqual([20, 30]);
    expect((await skips(world)).map((one) => one.message)).toEqual([
      'report: the run of 1970-01-01T00:25:00.000Z was left out: shop-test-t1 still runs',
    ]);
  });

  it('lets runs go on side by side where that is allowed', async () => {
    const world = await worldOf({ 'report.js': { exitAfter: 7 * minute, exitCode: 0 } });
    await world.outcome(await world.deploy([cron({ overlap: 'allow' })], 'v1'));
    await world.until(() => tasksOf(world).filter((one) => one.state === 'running').length === 2);
    expect(alive(world)).toBe(2);
  });

  it('ends the one before where the next takes its place', async () => {
    const world = await worldOf({ 'report.js': { exitAfter: 7 * minute, exitCode: 0 } });
    await world.outcome(await world.deploy([cron({ overlap: 'replace' })], 'v1'));
    await world.until(() => tasksOf(world)[1]?.state === 'running');
    expect(tasksOf(world)[0]).toMatchObject({ outcome: 'cancelled', reason: expect.stringContaining('takes its place') as unknown });
    expect(alive(world)).toBe(1);
  });

  it('ends with its service, and begins anew when its schedule is another', async () => {
    const world = await worldOf({ 'report.js': succeeds });
    await world.outcome(await world.deploy([api(), cron()], 'v1'));
    await world.outcome(await world.deploy([api(), cron({ cron: '*/7 * * * *' })], 'v1'));
    await world.until(() => tasksOf(world).length === 1);
    expect(starts(world)).toEqual([21]);
    await world.outcome(await world.deploy([api()], 'v1'));
    const until = world.clock.now() + 30 * minute;
    await world.until(() => world.clock.now() > until);
    expect(tasksOf(world)).toHaveLength(1);
  });

  it('is ended when its service is removed, and begins anew when that comes back', async () => {
    const world = await worldOf({ 'report.js': {} });
    const service = cron({ missed: 'run_once' });
    await world.outcome(await world.deploy([api(), service], 'v1'));
    await world.until(() => tasksOf(world)[0]?.state === 'running');
    await world.outcome(await world.deploy([api()], 'v1'));
    await world.until(() => tasksOf(world)[0]?.state === 'ended');
    expect(tasksOf(world)).toMatchObject([{ outcome: 'cancelled', reason: expect.stringContaining('report was removed by shop-test-2') }]);
    expect(alive(world)).toBe(1);
    const until = world.clock.now() + 8 * minute;
    await world.until(() => world.clock.now() > until);
    await world.outcome(await world.deploy([api(), service], 'v1'));
    await world.until(() => tasksOf(world).length === 2);
    // The times that went by without it are nobody's.
    expect(starts(world)).toEqual([20, 30]);
    expect(await skips(world)).toEqual([]);
  });

  it('is ended when its service is removed, also where the next deployment begins before anybody looked, and is taken back', async () => {
    const world = await worldOf({ 'report.js': {}, 'bad.js': { exitAfter: 10, exitCode: 1 } });
    await world.outcome(await world.deploy([api(), cron()], 'v1'));
    await world.until(() => tasksOf(world)[0]?.state === 'running');
    const removing = await world.deploy([api()], 'v1');
    const bad = { ...api(), source: { kind: 'run', command: ['node', 'bad.js'], directory: '.' } } as const;
    await world.outcome(removing);
    const { outcome } = await world.outcome(await world.deploy([bad], 'v2'));
    await world.until(() => tasksOf(world)[0]?.state === 'ended');
    expect([outcome, tasksOf(world)[0]?.outcome]).toEqual(['rolled_back', 'cancelled']);
  });

  it('keeps its last runs as history', async () => {
    const world = await worldOf({ 'report.js': { exitAfter: 1_000, exitCode: 0 } });
    await world.outcome(await world.deploy([cron({ cron: '* * * * *' })], 'v1'));
    await world.until(() => (tasksOf(world).at(-1)?.number ?? 0) > 30);
    expect(tasksOf(world).filter((one) => one.state === 'ended')).toHaveLength(20);
    expect(await world.store.list('task')).toHaveLength(tasksOf(world).length);
    expect((await world.store.list('instance')).length).toBeLessThanOrEqual(21);
  });
});
