// Scaling on real processes: out under the load of an open-loop client, in to nothing, and woken by a request that is held until it is answered.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Traffic } from '../../src/proving/load/traffic.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { until } from '../kit/until.ts';

/** Waits for daemon, probes and windows: on a machine that does something else as well, longer than usual. */
const patience = 60_000;

let house: House;
let project: string;
const run = (...args: readonly string[]) => cli(['--home', house.home, ...args], project);

const server = `
require('node:http').createServer((request, response) => response.end('here')).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;
const manifest = `
application: tide
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    stop: { drain: 60s, grace: 1s }
    strategy: { kind: rolling, bake: 200ms }
    routes: [{ host: tide.localhost }]
    scale:
      min: 0
      max: 3
      targets: { requests_per_second: 20 }
      every: 200ms
      down: { window: 2s }
      zero: { after: 1s }
`;

beforeAll(async () => {
  house = await House.open();
  project = join(house.root, 'tide');
  await mkdir(project);
  await writeFile(join(project, 'code.yaml'), manifest);
  await writeFile(join(project, 'server.js'), server);
  expect(await run('deploy', '--yes')).toMatchObject({ code: 0 });
});
afterAll(() => house[Symbol.asyncDispose]());

async function send(rate: number): Promise<Traffic> {
  const plan = { method: 'GET', path: '/', route: 'tide.localhost' } as const;
  return new Traffic({ target: await house.gateway(), rate, keepAlive: true, timeout: 120_000, plans: [plan] });
}

describe('a service that scales', () => {
  it('grows under load, shrinks to nothing without, and holds the first request until an instance answers it: none fails', {
    timeout: 4 * patience,
  }, async () => {
    const traffic = await send(60);
    onTestFinished(() => void traffic.stop());
    await until(
      () => house.service('web'),
      (seen) => seen.ready === 3,
      patience,
      50,
    );
    // Right after its counters were looked at, a look may come too soon to measure anything.
    await until(
      () => run('scale'),
      ({ stdout }) => /web +3 +3 +0 – 3 +requests_per_second [\d.]+\/20/.test(stdout),
      patience,
      50,
    );
    expect(await traffic.stop()).toMatchObject({ failed: 0 });

    const asleep = await until(
      () => house.service('web'),
      (seen) => seen.instances.length === 0 && seen.replicas === 0,
      patience,
      50,
    );
    expect(asleep.state).toBe('scaled_to_zero');
    const status = await run('status');
    expect(status.stdout).toMatch(/web scales from 0 to 3: \d, wanted 0: nothing (?:was|is) asked of it/);

    const first = await send(10);
    onTestFinished(() => void first.stop());
    await until(
      () => house.service('web'),
      (seen) => seen.ready > 0,
      patience,
      50,
    );
    const report = await first.stop();
    expect(report).toMatchObject({ failed: 0 });
    expect(report.sent).toBeGreaterThan(0);
    const events = await run('events', '--json');
    const scaled = events.stdout.split('\n').filter((line) => line.includes('"service.scaled"'));
    expect(scaled.some((line) => /web goes from 0 to \d: a request waits for it/.test(line))).toBe(true);
  });

  it('stays where people hold it, also over a new release, until they let go', { timeout: 4 * patience }, async () => {
    expect(await run('scale', 'web=2', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('codectl scale pause web --at 2'),
    });
    expect(await run('scale', 'pause', 'web', '--at', '2')).toMatchObject({ code: 0, stdout: expect.stringContaining('web stays at 2') });
    await until(
      () => house.service('web'),
      (seen) => seen.ready === 2 && seen.replicas === 2,
      patience,
      50,
    );
    await writeFile(join(project, 'server.js'), `${server}// v2`);
    expect(await run('deploy', '--yes')).toMatchObject({ code: 0 });
    expect(await house.service('web')).toMatchObject({ ready: 2, replicas: 2 });
    expect(await run('scale', 'resume', 'web')).toMatchObject({ code: 0 });
    await until(
      () => house.service('web'),
      (seen) => seen.replicas === 0,
      patience,
      50,
    );
  });
});
