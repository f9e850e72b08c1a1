// The Swarm driver by itself: secrets as the Swarm keeps them, a command inside, a name that somebody else has, what runs once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noArtifacts } from '../../src/adapters/artifacts/fake/fake.ts';
import type { DockerInstances } from '../../src/adapters/runtimes/docker/docker.ts';
import { createSwarmInstances } from '../../src/adapters/runtimes/docker/swarm.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { StartRequest } from '../../src/ports/instances.ts';
import type { InstanceRecord } from '../../src/ports/store.ts';
import { aRelease, aService, scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';
import type { Dockerd } from '../lab/dockerd.ts';
import { closeManager } from '../lab/swarm.ts';
import { image, noSwarm, onSwarm, openSwarm, services } from './kit.ts';

const never = new AbortController().signal;

describe.skipIf(noSwarm)(onSwarm, () => {
  let engine: Dockerd;
  let place: string;
  let driver: DockerInstances;

  beforeAll(async () => {
    engine = await openSwarm();
    place = await mkdtemp(join(tmpdir(), 'codectl-swarm-'));
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const shared = { home: place, artifacts: noArtifacts, clock: systemClock, log, reach: 'address', patience: 60_000 } as const;
    driver = createSwarmInstances({ ...shared, engine: { kind: 'socket', path: engine.socket } });
  });
  afterAll(async () => {
    driver?.close();
    if (engine) await closeManager(engine);
    if (place) await rm(place, { recursive: true, force: true });
  });

  function request(id: string, secrets = {}, command?: readonly string[]): StartRequest {
    const { run, ...release } = aRelease(aService(), 'v1');
    const made = { ...release, run: { ...run, artifact: { kind: 'image', reference: image } as const, command, port: 8080 } };
    return { id, replicaSet: { id: `set-of-${id}`, scope, release: made, replicas: 1, generation: 0 }, secrets, surroundings: {} };
  }

  const whenIt = async (record: InstanceRecord, state: string): Promise<InstanceRecord> => {
    const [seen = record] = await until(
      () => driver.inspect([record], never),
      ([one]) => one?.state === state || one?.state === 'exited',
      undefined,
      50,
    );
    expect(seen).toMatchObject({ id: record.id, state });
    return seen;
  };

  const end = async (record: InstanceRecord): Promise<void> => {
    await driver.stop(record, 1_000, never);
    await driver.forget(record);
  };

  test('gives a secret as a file that only its user reads, and leaves none behind', async () => {
    const record = await whenIt(await driver.start(request('secret-1', { TOKEN: 'not to be told' }), never), 'running');
    const [{ Spec } = { Spec: undefined }] = await engine.json<readonly { Spec: unknown }[]>('/services');
    expect(JSON.stringify(Spec)).not.toContain('not to be told');
    const script =
      "const fs=require('fs');const f=process.env.TOKEN_FILE;console.log(fs.readFileSync(f,'utf8'),(fs.statSync(f).mode&0o777).toString(8))";
    const said = [];
    for await (const part of driver.exec?.(record, ['/bin/node', '-e', script], never) ?? []) said.push(part);
    expect(said).toEqual([
      { kind: 'output', stream: 'out', text: 'not to be told 400\n' },
      { kind: 'exit', code: 0 },
    ]);
    await end(record);
    await until(
      async () => {
        await driver.strays(new Set(), never);
        return engine.json<readonly unknown[]>('/secrets');
      },
      (left) => left.length === 0,
      undefined,
      200,
    );
  });

  test('starts what runs once a single time, and knows how it ended, also in a later life', async () => {
    const asked = request('once-1', {}, ['-e', 'console.log("once"); process.exit(3)']);
    const first = await driver.start(asked, never);
    const again = await driver.start(asked, never);
    expect(again.id).toBe(first.id);
    const ended = await whenIt(first, 'exited');
    expect(ended.exit).toMatchObject({ code: 3, requested: false });
    expect((await services(engine)).filter(({ Spec }) => Spec.Labels['codectl.instance'] === 'once-1')).toHaveLength(1);
    expect(await driver.start(asked, never)).toMatchObject({ state: 'exited' });
    const said: string[] = [];
    for await (const { text } of driver.logs?.(ended, { follow: false }, never) ?? []) said.push(text);
    expect(said).toEqual(['once']);
    await driver.forget(ended);
    expect(await services(engine)).toEqual([]);
  });

  test('leaves a service alone that has its name and is not ours', async () => {
    const probe = await driver.start(request('taken-1'), never);
    const name = String(probe.handle['service']);
    await end(probe);
    const Image = { TaskTemplate: { ContainerSpec: { Image: image } }, Mode: { Replicated: { Replicas: 0 } } };
    await engine.send('POST', '/services/create', { Name: name, ...Image });
    await expect(driver.start(request('taken-1'), never)).rejects.toMatchObject({
      code: 'write_conflict',
      hint: expect.stringContaining(`docker service rm ${name}`),
    });
    await engine.send('DELETE', `/services/${name}`);
  });
});
