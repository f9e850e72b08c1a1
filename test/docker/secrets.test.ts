// Secrets as files of containers: there before the main process runs, in memory only, gone with the container, and nowhere else.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import { createDockerInstances } from '../../src/adapters/runtimes/docker/docker.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Found } from '../kit/canary.ts';
import { formsOf, search, searchHome } from '../kit/canary.ts';
import { cli } from '../kit/cli.ts';
import { get } from '../kit/http.ts';
import { aRelease, aService, scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';
import { containers, image, manifest, noEngine, onDocker, withHouse } from './kit.ts';

const run = promisify(execFile);
const { signal: never } = new AbortController();
const value = 'canary-file-7hJ\ncanary-second-3wN';
const forbidden = formsOf({ TLS_KEY: value });

describe.skipIf(noEngine)(onDocker, () => {
  const at = withHouse();
  const { docker } = at;
  const set = (application: string, given: string) =>
    at.house.call('secrets.set', { application, environment: 'test', name: 'TLS_KEY', value: given });
  const wished = { secrets: [{ name: 'TLS_KEY', as: 'file' }] };
  const ask = async (application: string, path: string): Promise<unknown> => {
    const { body } = await get({ host: `${application}.localhost`, port: (await at.house.gateway()).port, path });
    return JSON.parse(body);
  };
  const own = async (application: string) =>
    (await containers(docker)).filter(({ Labels }) => Labels['codectl.application'] === application);
  /** Files of the Engine in which it can be read: its containers, its images, its volumes. */
  const inEngine = async (text: string) =>
    run('grep', ['-rlF', text, docker.data]).then(
      ({ stdout }) => stdout.split('\n').filter(Boolean),
      () => [],
    );
  const named = async () =>
    (await docker.json<{ Volumes: readonly { readonly Name: string }[] | null }>('/volumes')).Volumes?.map(({ Name }) => Name) ?? [];
  /** What other tests have left in the Engine is not ours to count. */
  let known: readonly string[] = [];
  beforeAll(async () => {
    known = await named();
  });
  const volumes = async () => (await named()).filter((one) => !known.includes(one)).length;

  test('are readable for their user alone, in memory, and told by a path', async () => {
    await set('files', value);
    await at.ship('files', wished);
    expect(await ask('files', '/secrets')).toEqual([['TLS_KEY', '400', 65532, value]]);
    const env = (await ask('files', '/env')) as Readonly<Record<string, string>>;
    expect([env['TLS_KEY'], env['TLS_KEY_FILE']]).toEqual([undefined, '/run/secrets/TLS_KEY']);
    const places = await inEngine('canary-file-7hJ');
    expect(places).toEqual([expect.stringMatching(/\/volumes\/[0-9a-f]{64}\/_data\/TLS_KEY$/)]);
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n');
    expect(mounts).toContainEqual(expect.stringContaining(`tmpfs ${places[0]?.replace('/TLS_KEY', '')} tmpfs`));
    // The container through which they came is gone.
    expect((await containers(docker)).filter(({ Names }) => Names.some((name) => name.endsWith('-secrets')))).toEqual([]);
  });

  test('are nowhere in what the Engine tells, nor in what this engine keeps, writes or shows', async () => {
    expect(await ask('files', '/tell').catch(() => 'told')).toBeDefined();
    const found: Found[] = [];
    let hidden = 0;
    for (const args of [['logs', 'web', '--app', 'files'], ['events'], ['status'], ['history'], ['audit', 'export']]) {
      const { stdout, stderr } = await cli(['--home', at.house.home, ...args], at.house.root);
      search(forbidden, args.join(' '), stdout + stderr, found);
      hidden += stdout.split('[redacted]').length - 1;
    }
    for (const { Id } of await containers(docker))
      search(forbidden, 'docker inspect', JSON.stringify(await docker.json(`/containers/${Id}/json`)), found);
    search(forbidden, 'docker volume', JSON.stringify(await docker.json('/volumes')), found);
    search(forbidden, 'the daemon’s log', at.house.log, found);
    expect(await searchHome(forbidden, at.house.home, found)).toBeGreaterThan(3);
    expect(found).toEqual([]);
    expect(hidden).toBeGreaterThan(0);
  });

  test('are the newest after a restart, and gone with the container', async () => {
    await set('files', 'another-value-5kT');
    const { warnings } = await at.house.plan(manifest('files', wished));
    expect(warnings).toContainEqual(expect.stringContaining('TLS_KEY was changed after instances were started'));
    const plan = await at.house.call<{ plan_id: string }>('change.restart_plan', { application: 'files', environment: 'test' });
    expect(await at.house.outcome(await at.house.call('change.apply', { plan_id: plan.plan_id }))).toMatchObject({ outcome: 'succeeded' });
    expect(await ask('files', '/secrets')).toEqual([['TLS_KEY', '400', 65532, 'another-value-5kT']]);
    const gone = await at.house.call<{ plan_id: string }>('change.remove_plan', { application: 'files', environment: 'test' });
    await at.house.outcome(await at.house.call('change.apply', { plan_id: gone.plan_id }));
    await until(
      () => own('files'),
      (left) => left.length === 0,
    );
    await until(volumes, (left) => left === 0);
    expect(await inEngine('another-value-5kT')).toEqual([]);
  });

  test('are there, too, where the engine ended between making a container and starting it', async () => {
    const home = await mkdtemp(join(tmpdir(), 'codectl-test-'));
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const shared = { home, artifacts: noArtifacts, clock: systemClock, log, reach: 'address', patience: 600_000 } as const;
    const engineOf = { kind: 'socket', path: docker.socket } as const;
    const [before, after] = [
      createDockerInstances({ ...shared, engine: engineOf }),
      createDockerInstances({ ...shared, engine: engineOf }),
    ];
    onTestFinished(async () => {
      before.close();
      after.close();
      await rm(home, { recursive: true, force: true });
    });
    const { run: spec, ...release } = aRelease(aService({ secrets: ['TLS_KEY'], secretFiles: ['TLS_KEY'] }), 'v1');
    const artifact = { kind: 'image', reference: image } as const;
    const made = { ...release, run: { ...spec, artifact, command: undefined, port: 8080 } };
    const set = { id: 'set-of-crash', scope, release: made, replicas: 1, generation: 0 };
    const request = { id: 'crash-1', replicaSet: set, secrets: { TLS_KEY: value }, surroundings: {} };
    const first = await before.start(request, never);
    const name = String(first.handle['container']);
    const { Config, HostConfig, Image } = await docker.json<Readonly<Record<'Config' | 'HostConfig' | 'Image', object>>>(
      `/containers/${name}/json`,
    );
    // As a crash leaves it: made, not started, and beside it what its files should have come through.
    await docker.send('DELETE', `/containers/${name}?force=1&v=1`);
    await docker.send('POST', `/containers/create?name=${name}`, { ...Config, HostConfig });
    await docker.send('POST', `/containers/create?name=${name}-secrets`, { Image, Cmd: ['-'], HostConfig: { VolumesFrom: [name] } });
    const again = await after.start(request, never);
    expect(again).toMatchObject({ id: 'crash-1', state: 'running' });
    const url = `http://${again.address?.host}:${again.address?.port}`;
    await until(
      () => fetch(`${url}/healthz`).catch(() => undefined),
      (answer) => answer?.ok === true,
    );
    expect(await (await fetch(`${url}/secrets`)).json()).toEqual([['TLS_KEY', '400', 65532, value]]);
    await after.stop(again, 1_000, never);
    await after.forget(again);
    expect((await containers(docker)).filter(({ Names }) => Names.some((one) => one.includes(name)))).toEqual([]);
    expect(await volumes()).toBe(0);
  });
});
