// Death of every process, at every step, on real processes: nothing is lost, nothing is there twice, and users notice only what they must.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { get as httpGet, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Traffic } from '../../src/proving/load/traffic.ts';
import type { DeploymentSeen } from '../kit/house.ts';
import { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import { homeIdOf, whole } from '../kit/whole.ts';

const server = (version: string) => `
const http = require('node:http');
const waiting = [];
http.createServer((request, response) => {
  if (request.url === '/wait') return waiting.push(response);
  response.end('${version}');
}).listen(process.env.PORT);
`;
const manifest = `
application: hello
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 2
    probe: { path: /healthz, interval: 100ms, timeout: 30s, passes: 1, fails: 5, deadline: 10m }
    stop: { drain: 60s, grace: 2s }
    strategy: { kind: rolling, bake: 100ms }
    routes: [{ host: hello.localhost, path: / }]
`;

let house: House;
let directory: string;
let homeId: string;
let version = 0;

beforeAll(async () => {
  house = await House.open();
  directory = join(house.root, 'app');
  await mkdir(directory);
  const { outcome, reason } = await house.outcome(await begin());
  expect({ outcome, reason }).toEqual({ outcome: 'succeeded' });
  homeId = await homeIdOf(house, 'web');
});
afterAll(() => house[Symbol.asyncDispose]());

/** Deploys the next version, without waiting for its end. */
async function begin() {
  version += 1;
  await writeFile(join(directory, 'server.js'), server(`v${version}`));
  return house.deploy(manifest, { web: directory });
}

const steadyTraffic = async () =>
  new Traffic({
    target: await house.gateway(),
    rate: 50,
    plans: [{ method: 'GET', path: '/', route: 'hello.localhost' }],
    keepAlive: true,
    timeout: 120_000,
  });

/** Two ready instances, and no process of ours but theirs. */
const bothWhole = () => whole(house, homeId, 'web', 2);

/** The stored events of a kind. */
async function messages(kind: string): Promise<readonly string[]> {
  let text = '';
  const call = httpGet({
    socketPath: join(house.home, 'daemon.sock'),
    path: '/v1/observe.events?after=0&follow=false',
    headers: { accept: 'application/x-ndjson' },
  });
  const [response] = await once(call, 'response');
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  const events = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { kind: string; message: string });
  return events.filter((one) => one.kind === kind).map((one) => one.message);
}

/** Kills the daemon in the turn in which its next event arrives; says what the event was. */
async function killAtNextEvent(): Promise<{ readonly kind: Promise<string> }> {
  const seen = Promise.withResolvers<string>();
  const pid = house.daemonPid;
  const call = httpGet({ socketPath: join(house.home, 'daemon.sock'), path: '/v1/events?after=-1&follow=true' });
  call.on('error', () => undefined);
  const [response] = await once(call, 'response');
  response.on('error', () => undefined);
  response.setEncoding('utf8').on('data', (text: string) => {
    const kind = /^data:.*"kind":"([a-z.]+)"/m.exec(text)?.[1];
    if (kind === undefined) return;
    process.kill(pid, 'SIGKILL');
    seen.resolve(kind);
    call.destroy();
  });
  return { kind: seen.promise };
}

interface GatewayState {
  readonly identity: { readonly pid: number };
  readonly control: string;
}

/** Where the gateway's two processes keep their things. */
const places = ['gateway', 'gateway/2'] as const;

const gatewayState = async (place: string = places[0]) =>
  JSON.parse(await readFile(join(house.home, place, 'gateway.json'), 'utf8')) as GatewayState;
const gatewayPids = async () => Promise.all(places.map(async (place) => (await gatewayState(place)).identity.pid));

/** Requests in flight, by process; undefined while one does not answer. */
const inFlightBy = async () =>
  Promise.all(
    places.map(async (place) => {
      const { inFlight } = JSON.parse(await control('GET', '/observe', undefined, place)) as { inFlight: Record<string, number> };
      return Object.values(inFlight).reduce((sum, one) => sum + one, 0);
    }),
  ).catch(() => undefined);

/** Speaks to a process of the gateway behind the daemon's back. */
async function control(method: string, path: string, body?: unknown, place: string = places[0]): Promise<string> {
  const call = request({ socketPath: (await gatewayState(place)).control, method, path }).end(
    body === undefined ? undefined : JSON.stringify(body),
  );
  const [response] = await once(call, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

describe('SIGKILL', () => {
  it('L-09 of the daemon at every step of a deployment fails no request, leaves no orphan and no double, and the deployment succeeds', async () => {
    const traffic = await steadyTraffic();
    let next = await killAtNextEvent();
    // The answer may be lost with the daemon; what was accepted is in the store all the same.
    await begin().catch(() => undefined);
    const last = async () => {
      const scope = { application: 'hello', environment: 'default' };
      const { deployments } = await house.call<{ deployments: readonly DeploymentSeen[] }>('deployments.list', scope);
      return deployments[0] as DeploymentSeen;
    };
    const kinds: string[] = [];
    let deployment: DeploymentSeen | undefined;
    while (deployment?.outcome === undefined) {
      kinds.push(await next.kind);
      await house.crash();
      await house.up();
      next = await killAtNextEvent();
      deployment = await last().catch(() => undefined);
    }
    await house.crash();
    await house.up();
    expect(deployment).toMatchObject({ outcome: 'succeeded' });
    expect(kinds.length).toBeGreaterThanOrEqual(5);
    await bothWhole();
    expect((await get({ ...(await house.gateway()), path: '/', host: 'hello.localhost' })).body).toBe(`v${version}`);
    const report = await traffic.stop();
    expect(report).toMatchObject({ failed: 0, failures: {} });
    expect(report.succeeded).toBeGreaterThan(100);
  }, 600_000);

  it('of one gateway process cuts what that one had in flight, and refuses nobody; of both, all of it', async () => {
    const target = await house.gateway();
    await until(inFlightBy, (counts) => counts !== undefined);
    let cut = 0;
    const waiting = Array.from({ length: 10 }, () => {
      const call = request({ ...target, path: '/wait', headers: { host: 'hello.localhost' }, agent: false }).end();
      return once(call, 'response').catch(() => (cut += 1));
    });
    const counts = await until(inFlightBy, (seen) => (seen?.[0] ?? 0) + (seen?.[1] ?? 0) === waiting.length);
    const traffic = await steadyTraffic();
    const [first = 0, second = 0] = await gatewayPids();
    process.kill(first, 'SIGKILL');
    await until(gatewayPids, ([pid]) => pid !== first);
    await until(inFlightBy, (seen) => seen !== undefined);
    expect(cut).toBe(counts?.[0]);
    const { failures } = await traffic.stop();
    expect(Object.keys(failures)).not.toContain('ECONNREFUSED');
    await bothWhole();

    const both = await gatewayPids();
    expect(both).toContain(second);
    for (const pid of both) process.kill(pid, 'SIGKILL');
    await Promise.all(waiting);
    expect(cut).toBe(waiting.length);
    await until(gatewayPids, (pids) => pids.every((pid) => !both.includes(pid)));
    await until(inFlightBy, (seen) => seen !== undefined);
    const answer = () => get({ ...target, path: '/', host: 'hello.localhost' }).catch(() => undefined);
    await until(answer, (seen) => seen?.status === 200 && seen.body === `v${version}`);
    await bothWhole();
  });

  it('R-03 of an instance, ten times over, neither loses nor doubles any', async () => {
    let kills = 0;
    // A new release clears the pace of restarts, which grows with every death.
    for (let release = 0; kills < 10; release += 1) {
      if (release > 0) await house.outcome(await begin());
      for (let count = 0; count < 3 && kills < 10; count += 1, kills += 1) {
        await bothWhole();
        const victim = (await house.service('web')).instances[kills % 2];
        process.kill(victim?.pid ?? -1, 'SIGKILL');
        expect(await until(bothWhole, (ids) => !ids.includes(victim?.id ?? ''))).toHaveLength(2);
      }
    }
  }, 600_000);

  it('of daemon, gateway and instances at once is mended by the next daemon', async () => {
    const before = await house.gateway();
    const pids = (await house.service('web')).instances.map((one) => one.pid ?? -1);
    for (const pid of [house.daemonPid, ...(await gatewayPids()), ...pids]) process.kill(pid, 'SIGKILL');
    await house.crash();
    await house.up();
    await bothWhole();
    expect(await house.gateway()).toEqual(before);
    await until(
      () => get({ ...before, path: '/', host: 'hello.localhost' }).catch(() => undefined),
      (seen) => seen?.body === `v${version}`,
    );
  });
});

describe('drift', () => {
  it('of the route table, replaced by hand, is seen and mended', async () => {
    const target = await house.gateway();
    await control('PUT', '/table', { version: 1_000_000, routes: [], services: [] });
    await until(
      () => get({ ...target, path: '/', host: 'hello.localhost' }),
      ({ status }) => status === 200,
    );
    expect(
      await until(
        () => messages('drift.repaired'),
        (seen) => seen.length > 0,
      ),
    ).toContain('our route table is in force again');
    expect((await messages('drift.found')).join()).toContain('route table 1000000');
  });

  it('of an instance started by hand with our mark is stopped, and told', async () => {
    const env = {
      ...process.env,
      CODE_HOME_ID: homeId,
      CODE_INSTANCE: 'web-by-hand-1',
      CODE_REPLICA_SET: 'hello/default/web@000000000000',
    };
    const stray = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env, detached: true, stdio: 'ignore' });
    await once(stray, 'exit');
    expect(
      (
        await until(
          () => messages('drift.found'),
          (seen) => seen.join().includes('web-by-hand-1'),
        )
      ).join(),
    ).toContain('stopped');
    await bothWhole();
  });
});
