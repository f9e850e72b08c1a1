// Failing, going back, and trying again: what is left when a version is no good.
import { expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import type { Probe } from '../kit/deadlines.ts';
import { because, inTime } from '../kit/deadlines.ts';
import { patience, until } from '../kit/until.ts';
import type { Stage } from './stage.ts';

export function rollbackTests(stage: () => Stage): void {
  it('D-13 bad after bad: the newest has at most the surge, the old one serves with full capacity, and both say that they failed', async () => {
    const app = stage().app('d-13', { health: ({ version }) => (version === 'v1' ? 200 : 503) });
    await app.ship('v1', { replicas: 3 });
    const load = app.load();
    const bad = await app.start('bad1', { replicas: 3 });
    await app.asked('bad1');
    const worse = async (probe: Probe) => {
      const { id } = await app.start('bad2', { replicas: 3, probe });
      const state = () => stage().house.call<typeof bad>('deployments.get', { id });
      await until(state, ({ outcome }) => outcome !== undefined || app.heard('start', 'bad2').length > 0);
      const { instances, release } = await app.service();
      const living = instances.filter((one) => one.state === 'running');
      expect(living.filter((one) => one.release === release && one.ready)).toHaveLength(3);
      expect(living.length).toBeLessThanOrEqual(4);
      return app.outcome({ id });
    };
    expect((await inTime(worse, () => app.heard('start', 'bad2').length > 0)).outcome).toBe('rolled_back');
    expect((await app.outcome(bad)).outcome).toBe('superseded');
    expect(await load.stop()).toMatchObject({ failures: [], versions: { v1: expect.any(Number) } });
  });

  it('D-14 a fix can be shipped while the live version is down, without an abort', async () => {
    const app = stage().app('d-14');
    await app.ship('v1', { replicas: 2 });
    app.behave({ health: ({ version }) => (version === 'fix' ? 200 : 503) });
    await app.becomes(({ ready }) => ready === 0);
    const bad = await app.start('v2', { replicas: 2 });
    await app.asked('v2');
    expect(await app.ship('fix', { replicas: 2 })).toMatchObject({ outcome: 'succeeded' });
    expect((await app.outcome(bad)).outcome).toBe('superseded');
    expect((await app.get()).body).toBe('fix');
  });

  it('D-15 a malformed manifest is refused with its place, a command that is missing fails with its name; mended, both go on', async () => {
    const app = stage().app('d-15');
    const malformed = { replicas: -1, prob: {} };
    await expect(app.start('v1', malformed)).rejects.toMatchObject({ code: 'manifest_invalid', message: expect.stringContaining('prob') });
    const { outcome, reason, last_log } = await app.ship('v1', stage().program.missing);
    expect([outcome, `${reason} ${last_log?.join(' ')}`]).toEqual(['failed', expect.stringContaining('no-such-program')]);
    expect(await app.ship('v1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('D-19 when the progress deadline is exceeded the new version is taken down', async () => {
    const app = stage().app('d-19', { health: ({ version, nth }) => (version !== 'v1' && nth > 1 ? 503 : 200) });
    await app.ship('v1', { replicas: 2 });
    const ended = await inTime((probe, version) => app.ship(version, { replicas: 2, probe }), because(/1 of 2 .*503/));
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringMatching(/1 of 2 .*503/) });
    await app.becomes(({ instances, release }) => instances.length === 2 && instances.every((one) => one.release === release && one.ready));
  });

  it('D-19 with `on_deadline: keep` the new version stays beside the old one that serves, until somebody aborts', async () => {
    const app = stage().app('d-19-keep', { health: ({ version }) => (version === 'v1' ? 200 : 503) });
    await app.ship('v1', { replicas: 2 });
    const load = app.load();
    const deployment = await app.start('v2', { replicas: 2, probe: { deadline: '6s' }, strategy: { on_deadline: 'keep' } });
    const seen = () => stage().house.call<typeof deployment & { paused?: { reason?: string } }>('deployments.get', { id: deployment.id });
    const { paused, outcome } = await until(seen, (one) => one.paused !== undefined, patience, 50);
    expect([paused?.reason, outcome]).toEqual([expect.stringContaining('probe.deadline'), undefined]);
    await app.asked('v2');
    expect(app.heard('sigterm', 'v2')).toEqual([]);
    await stage().house.call('deployments.abort', { id: deployment.id });
    expect((await app.outcome(deployment)).outcome).toBe('aborted');
    expect(await load.stop()).toMatchObject({ failures: [], versions: { v1: expect.any(Number) } });
    await app.becomes(({ instances, release }) => instances.length === 2 && instances.every((one) => one.release === release && one.ready));
  });

  it('D-20 a rollback is told by the exit code, the command line and the API alike', async () => {
    const app = stage().app('d-20', { health: ({ version }) => (version === 'v2' ? 503 : 200) });
    const { root, home } = stage().house;
    const deploy = async (version: string, probe = {}) =>
      cli(['deploy', '--yes', '--json', '-f', await app.file(version, { probe }), '--home', home], root);
    expect((await deploy('v1')).code).toBe(0);
    const ran = await deploy('v2', { deadline: '6s' });
    expect([ran.code, ran.stdout]).toEqual([3, expect.stringContaining('"rolled_back"')]);
    expect((await app.deployments()).map(({ outcome }) => outcome)).toEqual(['rolled_back', 'succeeded']);
  });

  it('D-22 an instance that crashes while it is watched has the old version back', async () => {
    const app = stage().app('d-22');
    await app.ship('v1', { replicas: 2 });
    const deployment = await app.start('v2', { replicas: 2, strategy: { bake: '30m' } });
    await until(
      () => stage().house.call<typeof deployment>('deployments.get', { id: deployment.id }),
      ({ services }) => services[0]?.stage === 'baking',
      patience,
      50,
    );
    await app.get('/crash').catch(() => undefined);
    // A container counts as running for a moment after its program has ended: then the probe is first to notice.
    const reason = expect.stringMatching(/bake window.*(code 3|connection refused)/) as string;
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'rolled_back', reason });
    expect((await app.get()).body).toBe('v1');
  });

  it('D-24 one crash on the way is tolerated, more trigger the rollback', async () => {
    const app = stage().app('d-24', {
      start: ({ version, nth }) => (version === 'v1' || (version === 'v2' && nth > 1) ? 'serve' : 'crash'),
    });
    await app.ship('v1', { replicas: 4 });
    expect(await app.ship('v2', { replicas: 4 })).toMatchObject({ outcome: 'succeeded' });
    const ended = await app.ship('v3', { replicas: 4 });
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining('exited with code 3') });
    expect(ended.last_log).toContain('v3 crashes');
    expect((await app.get()).body).toBe('v2');
  });

  it('D-24 with a ratio of 0.4 and 4 replicas one failure is borne, and the second triggers the rollback', async () => {
    const app = stage().app('d-24-ratio', {
      start: ({ version, nth }) => ((version === 'v2' && nth === 1) || (version === 'v3' && nth <= 2) ? 'crash' : 'serve'),
    });
    const varied = { replicas: 4, strategy: { max_failure_ratio: '40%' } };
    await app.ship('v1', varied);
    expect(await app.ship('v2', varied)).toMatchObject({ outcome: 'succeeded' });
    expect(await app.ship('v3', varied)).toMatchObject({
      outcome: 'rolled_back',
      reason: expect.stringMatching(/2 instances of .*code 3/),
    });
    expect((await app.get()).body).toBe('v2');
  });

  it('D-26 a rollback that fails stays as it is and is not tried again; one to what is live is refused with the reason', async () => {
    const app = stage().app('d-26');
    await inTime(
      (probe) => app.ship('v1', { probe }),
      ({ outcome }) => outcome === 'succeeded',
    );
    const live = Number((await app.ship('v2')).id.split('-').at(-1));
    app.behave({ health: ({ version }) => (version === 'v1' ? 503 : 200) });
    expect(await app.change('rollback_plan')).toMatchObject({ outcome: 'failed' });
    expect((await app.get()).body).toBe('v2');
    await expect(app.change('rollback_plan', { to: String(live) })).rejects.toMatchObject({
      code: 'rollback_refused',
      message: expect.stringContaining('live already'),
    });
    expect(await app.deployments()).toHaveLength(live + 1);
  });
}
