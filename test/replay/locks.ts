// Locks, concurrency, crash: who comes second, and what a killed daemon leaves.
import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { cli, startCli } from '../kit/cli.ts';
import { until } from '../kit/until.ts';
import { atOnce } from './drain.ts';
import { aGate } from './gate.ts';
import type { Stage } from './stage.ts';

export function lockTests(stage: () => Stage): void {
  it('L-01 a manual lock refuses deploys with holder, time, version and message, until it is released', async () => {
    const app = stage().app('l-01');
    await app.ship('v1');
    const { house } = stage();
    const run = (...args: readonly string[]) => cli([...args, '--home', house.home], house.root);
    const where = ['--app', app.name, '--env', 'test'];
    expect(await run('lock', 'acquire', 'migration till noon', ...where)).toMatchObject({ code: 0 });
    const refused = await run('deploy', '--yes', '-f', await app.file('v2'));
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/locked by user:\S+ since \d{4}-.*Z, at deployment 1: migration till noon/);
    expect((await run('status', ...where)).stdout).toContain('migration till noon');
    await expect(app.change('scale_plan', { replicas: { web: 2 } })).rejects.toMatchObject({ code: 'locked' });
    await expect(house.call('lock.acquire', { ...app.scope, message: 'mine' })).rejects.toMatchObject({ code: 'locked' });
    expect(await run('lock', 'release', ...where)).toMatchObject({ code: 0 });
    expect(await app.ship('v2')).toMatchObject({ outcome: 'succeeded' });
  });

  it('L-02 waiting for a lock polls until the deployment in the way has ended or the time is over, but not for a lock that a person holds', async () => {
    const gate = aGate();
    const app = stage().app('l-02', gate);
    const { house } = stage();
    const where = ['--app', app.name, '--env', 'test'];
    const args = async (time: string, version: string) =>
      ['deploy', '--yes', '-f', await app.file(version), '--wait-for-lock', time, '--home', house.home] as const;
    const first = await app.start('v1');
    const late = await cli(await args('200ms', 'v2'), house.root);
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining(`${first.id} is still under way; nothing was changed`) });

    const patient = startCli(await args('30m', 'v2'), house.root);
    await until(patient.seen, (text) => text.includes(`waiting for ${first.id}`));
    expect(await app.deployments()).toHaveLength(1);
    gate.open();
    expect(await patient.done).toMatchObject({ code: 0 });
    expect((await app.deployments()).map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);

    await house.call('lock.acquire', { ...app.scope, message: 'hands off' });
    expect(await cli(await args('10m', 'v3'), house.root)).toMatchObject({ code: 1, stderr: expect.stringContaining('hands off') });
    expect(await cli(['lock', 'release', ...where, '--home', house.home], house.root)).toMatchObject({ code: 0 });
  });

  it('L-03 different applications go on side by side, a failing one stalls nobody, and of one application one deployment runs', async () => {
    const gate = aGate();
    const [slow, failing, quick] = [stage().app('l-03-slow', gate), stage().app('l-03-bad', { start: () => 'crash' }), stage().app('l-03')];
    const first = await slow.start('v1');
    expect(await failing.ship('v1')).toMatchObject({ outcome: 'failed' });
    expect(await quick.ship('v1')).toMatchObject({ outcome: 'succeeded' });
    const second = await slow.start('v2');
    const running = (await slow.deployments()).filter(({ outcome }) => outcome === undefined);
    expect(running.map(({ id }) => id)).toEqual([second.id]);
    gate.open();
    expect((await slow.outcome(second)).outcome).toBe('succeeded');
    expect((await slow.outcome(first)).outcome).toBe('superseded');
  });

  it('L-03 one machine starts only so many instances at once, by default as many as it has cores', async () => {
    const gate = aGate();
    const app = stage().app('l-03-many', gate);
    const cores = availableParallelism();
    const first = await app.start('v1', { replicas: cores + 2 });
    await app.asked('v1', 10 * cores);
    expect(app.heard('start', 'v1')).toHaveLength(cores);
    gate.open();
    expect((await app.outcome(first)).outcome).toBe('succeeded');
    expect((await app.service()).ready).toBe(cores + 2);
  });

  it('L-04 when the holder of the engine’s lease is killed, the next daemon deploys at once', async () => {
    const app = stage().app('l-04');
    await app.ship('v1');
    await stage().house.crash();
    await stage().house.up();
    expect(await app.ship('v2')).toMatchObject({ outcome: 'succeeded' });
  });

  it('L-05 of deploys that were planned from the same state one wins, the others are refused', async () => {
    const app = stage().app('l-05');
    await app.ship('v0');
    const plans = await Promise.all(['v1', 'v2', 'v3', 'v4'].map((version) => app.plan(app.manifest(version))));
    const tries = await Promise.allSettled(plans.map((plan) => app.apply(plan)));
    const won = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const lost = tries.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []));
    expect([won.length, lost]).toEqual([1, ['plan_drifted', 'plan_drifted', 'plan_drifted']]);
    expect((await Promise.all(won.map((one) => app.outcome(one)))).map(({ outcome }) => outcome)).toEqual(['succeeded']);
    expect(await app.deployments()).toHaveLength(2);
  });

  it('L-06 a newer revision drains the instances of the one it overtakes before they are stopped', async () => {
    const gate = aGate(({ version, nth }) => version === 'v2' && nth > 1);
    const app = stage().app('l-06', { ...gate, ...atOnce });
    await app.ship('v1', { replicas: 2 });
    const load = app.load();
    const overtaken = await app.start('v2', { replicas: 2 });
    await until(
      () => load.versions['v2'] ?? 0,
      (count) => count > 0,
    );
    const slow = await Promise.all([app.slowly(700), app.slowly(700), app.slowly(700), app.slowly(700)]);
    expect(await app.ship('v3', { replicas: 2 })).toMatchObject({ outcome: 'succeeded' });
    const answers = await Promise.all(slow.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(({ headers }) => headers['x-version'])).toContain('v2');
    expect((await app.outcome(overtaken)).outcome).toBe('superseded');
    expect((await load.stop()).failures).toEqual([]);
  });

  it('L-08 a newer deployment ends the one that runs, and its reason names the newer one', async () => {
    const app = stage().app('l-08', { health: ({ version }) => (version === 'v1' ? 503 : 200) });
    const first = await app.start('v1');
    const second = await app.start('v2');
    expect(await app.outcome(first)).toMatchObject({ outcome: 'superseded', reason: `cancelled due to the newer deployment ${second.id}` });
    expect(await app.outcome(second)).toMatchObject({ outcome: 'succeeded' });
  });

  it('L-09 a daemon killed in the middle of a deployment goes on from the recorded step, and starts nothing twice', async () => {
    const gate = aGate(({ version, nth }) => version === 'v2' && nth > 1);
    const app = stage().app('l-09', gate);
    await app.ship('v1', { replicas: 2 });
    const load = app.load();
    const deployment = await app.start('v2', { replicas: 2 });
    await app.hears('start', 'v2', 2);
    await stage().house.crash();
    await stage().house.up();
    gate.open();
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    expect(app.heard('start', 'v2')).toHaveLength(2);
    expect((await load.stop()).failures).toEqual([]);
  });

  it('L-10 a daemon killed again and again neither loses nor doubles an instance', async () => {
    const app = stage().app('l-10');
    await app.ship('v1', { replicas: 3 });
    const load = app.load();
    const scaled = await stage().house.call<{ plan_id: string }>('change.scale_plan', { ...app.scope, replicas: { web: 5 } });
    const deployment = await app.apply(scaled);
    for (let life = 0; life < 3; life += 1) {
      await stage().house.crash();
      await stage().house.up();
    }
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    const { instances, ready } = await app.service();
    expect([ready, instances.length]).toEqual([5, 5]);
    const stopped = new Set(app.heard('sigterm').map(({ instance }) => instance));
    const started = new Set(app.heard('start').map(({ instance }) => instance));
    expect([...started].filter((id) => !stopped.has(id)).toSorted()).toEqual(instances.map(({ id }) => id).toSorted());
    expect((await load.stop()).failures).toEqual([]);
  });

  it('L-11 a plan made for another state is refused', async () => {
    const app = stage().app('l-11');
    await app.ship('v1');
    const stale = await app.plan(app.manifest('v3'));
    await app.ship('v2');
    await expect(app.apply(stale)).rejects.toMatchObject({ code: 'plan_drifted' });
    expect((await app.get()).body).toBe('v2');
  });
}
