// The daemon is killed at every committed step of a deployment: one fresh deployment for each step, until one ends before its step comes.
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Traffic } from '../../src/proving/load/traffic.ts';
import type { DeploymentSeen } from '../kit/house.ts';
import { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { homeIdOf, whole } from '../kit/whole.ts';

const scope = { application: 'steps', environment: 'default' };
const manifest = `
application: steps
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 2
    probe: { path: /healthz, interval: 50ms, timeout: 30s, passes: 1, fails: 5, deadline: 10m }
    stop: { drain: 60s, grace: 1s }
    strategy: { kind: rolling, bake: 50ms }
    routes: [{ host: steps.localhost, path: / }]
`;
/** Far more than a deployment of two instances has. */
const stepsAtMost = 60;

let house: House;
let directory: string;
let homeId: string;
let version = 0;

beforeAll(async () => {
  house = await House.open();
  directory = join(house.root, 'app');
  await mkdir(directory);
});
afterAll(() => house[Symbol.asyncDispose]());

async function begin(): Promise<DeploymentSeen> {
  version += 1;
  const code = `require('node:http').createServer((_, response) => response.end('v${version}')).listen(process.env.PORT);`;
  await writeFile(join(directory, 'server.js'), code);
  return house.deploy(manifest, { web: directory });
}

const deployments = async () => (await house.call<{ deployments: readonly DeploymentSeen[] }>('deployments.list', scope)).deployments;

/** A stream of the engine's events from now on, until the daemon is gone. */
async function listen(heard: (kind: string) => void): Promise<() => void> {
  const call = httpGet({ socketPath: join(house.home, 'daemon.sock'), path: '/v1/events?after=-1&follow=true&application=steps' });
  call.on('error', () => undefined);
  const [response] = await once(call, 'response');
  response.on('error', () => undefined);
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const kind = /^data:.*?"kind":"([a-z.]+)"/.exec(line)?.[1];
      if (kind !== undefined) heard(kind);
    }
  });
  return () => call.destroy();
}

/** The next deployment, with the daemon killed in the turn in which the step's event arrives; says which event that was, if it came. */
async function deployAndKillAt(step: number): Promise<string | undefined> {
  const pid = house.daemonPid;
  let count = 0;
  let killedAt: string | undefined;
  let over = false;
  const hangUp = await listen((kind) => {
    count += 1;
    over ||= kind === 'deployment.ended';
    if (count !== step) return;
    process.kill(pid, 'SIGKILL');
    killedAt = kind;
  });
  // The answer may be lost with the daemon; what was accepted is in the store all the same.
  await begin().catch(() => undefined);
  await until(
    () => killedAt !== undefined || over,
    (done) => done,
  );
  hangUp();
  return killedAt;
}

/** Two ready instances of the newest version, and no process of ours but theirs. */
async function expectWhole(): Promise<void> {
  await whole(house, homeId, 'web', 2);
  expect((await get({ ...(await house.gateway()), path: '/', host: 'steps.localhost' })).body).toBe(`v${version}`);
}

describe('SIGKILL of the daemon', () => {
  it('L-09 at each step of a fresh deployment ends legally each time, with no failed request, no orphan, no double and no stale lock', async () => {
    expect((await house.outcome(await begin())).outcome).toBe('succeeded');
    homeId = await homeIdOf(house, 'web');
    const rate = { rate: 30, plans: [{ method: 'GET', path: '/', route: 'steps.localhost' }], keepAlive: true, timeout: 120_000 } as const;
    const traffic = new Traffic({ target: await house.gateway(), ...rate });

    const killedAt: string[] = [];
    for (let step = 1; step <= stepsAtMost; step += 1) {
      const kind = await deployAndKillAt(step);
      if (kind === undefined) break;
      killedAt.push(kind);
      await house.crash();
      await house.up();
      const [newest] = await deployments();
      expect(newest && (await house.outcome(newest)), `killed at step ${step}, ${kind}`).toMatchObject({ outcome: 'succeeded' });
      await expectWhole();
    }
    // The last deployment came to its end before its step did: every step has had its kill.
    expect(killedAt).toContain('deployment.started');
    expect(killedAt).toContain('deployment.ended');
    expect(killedAt.length).toBeGreaterThanOrEqual(10);
    expect(killedAt.length).toBeLessThan(stepsAtMost);
    await expectWhole();
    expect(await traffic.stop()).toMatchObject({ failed: 0, failures: {} });
    const outcomes = (await deployments()).map((one) => one.outcome);
    expect(new Set(outcomes)).toEqual(new Set(['succeeded']));
  }, 900_000);
});
