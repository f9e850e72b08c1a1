// What is asked of a running container: a command beside it, and what it uses.
import { describe, expect, test } from 'vitest';
import type { InstanceRecord } from '../../src/ports/store.ts';
import { cli } from '../kit/cli.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { containers, driverOf, noEngine, onDocker, withHouse } from './kit.ts';

describe.skipIf(noEngine)(onDocker, () => {
  const at = withHouse();
  const { docker } = at;

  const exec = (application: string, ...command: readonly string[]) =>
    cli(['exec', 'web', '--app', application, '--env', 'test', '--home', at.house.home, '--', ...command], at.house.root);
  const recordOf = (id: string): InstanceRecord => ({
    id,
    replicaSet: '',
    generation: 0,
    state: 'running',
    ready: true,
    startedAt: 0,
    driver: 'docker',
    handle: {},
  });

  test('a command runs with the rights and the environment of its container, and ends with its own exit code', async () => {
    await at.ship('exec', { env: { VERSION: 'v7' } });
    const script = 'console.log(process.env.VERSION, process.getuid()); console.error("to the other stream"); process.exit(7)';
    expect(await exec('exec', '/bin/node', '-e', script)).toEqual({ code: 7, stdout: 'v7 65532\n', stderr: 'to the other stream\n' });
    expect((await exec('exec', '/bin/node', '-e', 'require("fs").writeFileSync("/app/x", "")')).stderr).toContain('EROFS');
  });

  test('much output comes whole, and in order', async () => {
    await at.ship('much');
    const { code, stdout } = await exec('much', '/bin/node', '-e', 'for (let i = 0; i < 50_000; i++) console.log(`line ${i} of ä`)');
    expect(code).toBe(0);
    expect(stdout).toBe(Array.from({ length: 50_000 }, (_, nth) => `line ${nth} of ä\n`).join(''));
  });

  test('a command that the image does not have: says so, and the container goes on', async () => {
    await at.ship('nothing');
    const { code, stdout, stderr } = await exec('nothing', 'no-such-program');
    expect([code, stdout + stderr]).toEqual([expect.any(Number), expect.stringContaining('no-such-program')]);
    expect(code).not.toBe(0);
    expect((await at.house.service('web', 'nothing')).ready).toBe(1);
  });

  test('one that runs no more: says so', async () => {
    await using driver = driverOf(at.house, docker);
    const gone = driver.exec?.(recordOf('web-000000-00000'), ['/bin/node'], new AbortController().signal)[Symbol.asyncIterator]();
    await expect(gone?.next()).rejects.toMatchObject({ code: 'instance_unknown' });
  });

  test('what each container uses is told by the Engine: memory, and time of processors that grows with its work', async () => {
    await at.ship('stats', { replicas: 2 });
    const ids = (await containers(docker))
      .filter((one) => one.Labels['codectl.application'] === 'stats')
      .map((one) => one.Labels['codectl.instance'] ?? '');
    await using driver = driverOf(at.house, docker);
    const look = async () => (await driver.stats?.([...ids, 'web-000000-00000'].map(recordOf))) ?? {};
    const first = await look();
    expect(Object.keys(first).toSorted()).toEqual(ids.toSorted());
    for (const { memory } of Object.values(first)) {
      expect(memory).toBeGreaterThan(2 ** 20);
      expect(memory).toBeLessThan(2 ** 30);
    }
    const { port } = await at.house.gateway();
    await until(
      async () => {
        await get({ host: 'stats.localhost', port, path: '/env' });
        return look();
      },
      (now) => ids.every((id) => (now[id]?.cpuSeconds ?? 0) > (first[id]?.cpuSeconds ?? 0)),
    );
  });
});
