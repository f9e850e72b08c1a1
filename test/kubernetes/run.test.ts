// Commands that end, through the real daemon on a test cluster: release commands, jobs and one-off commands, as a user gives and sees them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli, startCli } from '../kit/cli.ts';
import type { House } from '../kit/house.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { tasksSeen } from '../kit/tasks.ts';
import { until } from '../kit/until.ts';
import { manifest, openCluster, openHouse } from './kit.ts';

describe('commands that end, on Kubernetes', () => {
  let cluster: TestCluster;
  let house: House;
  let port: number;
  const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], house.root);
  const newest = async () => (await tasksSeen(run))[0];
  beforeAll(async () => {
    cluster = await openCluster();
    port = await cluster.freePort();
    house = await openHouse(cluster);
    await writeFile(join(house.root, 'code.yaml'), manifest(port, { replicas: 1 }));
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('a release command runs before the release; one that fails leaves nothing changed', async () => {
    const release = (words: readonly string[]) => manifest(port, { replicas: 1, release: { command: ['task', ...words] } });
    expect(await house.outcome(await house.deploy(release(['say', 'migrated', '0'])))).toMatchObject({ outcome: 'succeeded' });
    const before = cluster.pods().filter((one) => one.metadata.labels?.['codectl/set'] !== undefined);
    const failed = await house.outcome(
      await house.deploy(
        manifest(port, { replicas: 1, image: 'registry.test/web:2', release: { command: ['task', 'say', 'no room', '3'] } }),
      ),
    );
    expect(failed).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('exited with code 3'), last_log: ['no room'] });
    const after = cluster.pods().filter((one) => one.metadata.labels?.['codectl/set'] !== undefined);
    expect(after.map((one) => one.metadata.name)).toEqual(before.map((one) => one.metadata.name));
  });

  it('codectl run shows output as it comes and passes the exit code on', async () => {
    const { code, stdout } = await run('run', 'web', '--', 'task', 'say', 'hello', '7');
    expect([code, stdout]).toEqual([7, 'hello\n']);
    const waits = startCli(['--home', house.home, 'run', 'web', '--', 'task', 'wait'], house.root);
    await until(
      () => waits.seen(),
      (text) => text.includes('waits'),
    );
    waits.interrupt();
    expect((await waits.done).code).toBe(130);
    const task = await until(newest, (one) => one?.state === 'ended');
    expect(task).toMatchObject({ outcome: 'cancelled', reason: expect.stringContaining('its caller left') });
  });

  it('codectl exec runs beside an instance, and passes both streams and the exit code on', async () => {
    const { code, stdout, stderr } = await run('exec', 'web', '--', 'task', 'complain', 'no room', '3');
    expect([code, stdout, stderr]).toEqual([3, '', 'no room\n']);
  });

  it('what runs while the daemon dies runs on, once, and its end is known afterwards', async () => {
    const file = join(house.root, 'go');
    const { stdout, code } = await run('run', 'web', '--detach', '--', 'task', 'until', file, '5');
    expect(code).toBe(0);
    await until(newest, (one) => one?.id === stdout.trim() && one.state === 'running');
    const logs = () => run('jobs', 'logs', stdout.trim());
    await until(logs, (ran) => ran.stdout.includes('waits'));
    await house.crash();
    await writeFile(file, '');
    await house.up();
    expect(await until(newest, (one) => one?.state === 'ended')).toMatchObject({ outcome: 'failed', exit_code: 5 });
    expect((await logs()).stdout).toBe('waits\n');
  });

  it('a job runs with its deployment, and again by hand', async () => {
    const job = { kind: 'job', image: 'registry.test/web:1', container: { command: ['task', 'say', 'counted', '0'] } };
    const text = JSON.stringify({ application: 'count', services: { report: job }, environments: { test: { runtime: 'kubernetes' } } });
    expect(await house.outcome(await house.deploy(text))).toMatchObject({ outcome: 'succeeded' });
    const again = await run('jobs', 'run', 'report', '--app', 'count');
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('counted')]);
  });
});
