// Migrations, crons and hooks on real processes: what fails leaves the old release serving, what runs when the daemon dies runs once.
import { createHmac } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { tasksSeen } from '../kit/tasks.ts';
import { until } from '../kit/until.ts';

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
}

let house: House;
let project: string;
let journal: string;
let receiver: Server | undefined;
/** The receiver's port. */
let told = 0;
const heard: Heard[] = [];
const answers: number[] = [];

const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);
const tasks = () => tasksSeen(run);
const written = async (file = journal) => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);
const served = async () => (await get({ host: 'hooked.localhost', port: (await house.gateway()).port, path: '/' })).body;

const program = (version: string) =>
  `require('node:http').createServer((_, response) => response.end('${version}')).listen(process.env.PORT);`;

/** `migrate.js` appends a line to the journal, then waits for the file `go` where it is told to, then ends as told. */
const migrate = `
const fs = require('node:fs');
fs.appendFileSync(process.env.JOURNAL, 'migrate ' + process.env.CODE_RELEASE + '\\n');
const [wait, code] = process.argv.slice(2);
console.log('migrating');
const end = () => { if (code !== '0') console.error('column "name" does not exist'); process.exit(Number(code)); };
const look = () => (fs.existsSync(wait) ? end() : setTimeout(look, 10));
if (wait === 'now') end(); else look();
`;
const manifest = (release: string, extra = '') => `
application: hooked
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    env: { JOURNAL: ${journal} }
    release: { command: [node, migrate.js, ${release}], deadline: 30m }
    probe: { path: /, interval: 50ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: rolling, bake: 0s }
    stop: { drain: 30s, grace: 1s }
    routes: [{ host: hooked.localhost, path: / }]
${extra}
`;
const ship = async (version: string, text: string) => {
  await writeFile(join(project, 'server.js'), program(version));
  await writeFile(join(project, 'code.yaml'), text);
};

beforeAll(async () => {
  house = await House.open();
  project = join(house.root, 'hooked');
  journal = join(house.root, 'journal');
  await mkdir(project);
  await writeFile(join(project, 'migrate.js'), migrate);
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    const status = answers.shift() ?? 204;
    heard.push({ headers: request.headers, body, status });
    response.writeHead(status).end();
  });
  receiver = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  told = (server.address() as AddressInfo).port;
  await ship('v1', manifest("now, '0'"));
  expect((await run('deploy', '--yes')).code).toBe(0);
});
afterAll(async () => {
  receiver?.closeAllConnections();
  receiver?.close();
  await house[Symbol.asyncDispose]();
});

describe('a release command', () => {
  it('ran once, with the release that it belongs to', async () => {
    expect(await written()).toEqual([`migrate ${(await house.service('web')).release}`]);
  });

  it('is announced by the plan, with what a rollback will not undo', async () => {
    await ship('v1b', manifest("now, '0'"));
    expect((await run('plan')).stdout).toContain('is not reversible: a rollback will not undo it');
  });

  it('that fails leaves the old release serving, exits with 1, and shows its last lines', async () => {
    await ship('v2', manifest("now, '3'"));
    const before = await house.service('web');
    const { code, stdout, stderr } = await run('deploy', '--yes');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('the release command of web@');
    expect(stdout + stderr).toContain('exited with code 3');
    expect(stdout + stderr).toContain('column "name" does not exist');
    expect(await served()).toBe('v1');
    expect(await house.service('web')).toEqual(before);
  });

  it('that runs when the daemon is killed runs once, and its deployment comes to its end', async () => {
    const before = (await written()).length;
    const go = join(house.root, 'go-once');
    await ship('v3', manifest(`${go}, '0'`));
    const deployment = await house.deploy(await readFile(join(project, 'code.yaml'), 'utf8'), { web: project });
    await until(written, (lines) => lines.length > before);
    await house.crash();
    await house.up();
    await house.crash();
    await writeFile(go, '');
    await house.up();
    expect(await house.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    expect(await written()).toHaveLength(before + 1);
    expect(await served()).toBe('v3');
  });

  it('that ended while no daemon was there is not repeated, and its exit code counts', async () => {
    const before = (await written()).length;
    const go = join(house.root, 'go-fail');
    await ship('v4', manifest(`${go}, '4'`));
    const deployment = await house.deploy(await readFile(join(project, 'code.yaml'), 'utf8'), { web: project });
    await until(written, (lines) => lines.length > before);
    await house.crash();
    await writeFile(go, '');
    await house.up();
    const { outcome, reason } = await house.outcome(deployment);
    expect(outcome).toBe('failed');
    expect(reason).toContain('exited with code 4');
    expect(await written()).toHaveLength(before + 1);
    expect(await served()).toBe('v3');
  });
});

describe('a cron', () => {
  const cron = (schedule: string) => `
  tick:
    kind: cron
    run: { command: [node, -e, "require('fs').appendFileSync(process.env.JOURNAL + '-tick', process.env.CODE_TASK + '\\\\n')"] }
    env: { JOURNAL: ${journal} }
    schedule: { cron: '${schedule}', missed: run_once }
`;

  it('is deployed without running, and runs when somebody asks', async () => {
    await ship('v3', manifest(`${join(house.root, 'go-once')}, '0'`, cron('0 0 1 1 *')));
    expect((await run('deploy', '--yes')).code).toBe(0);
    expect(await written(`${journal}-tick`)).toEqual([]);
    const { code } = await run('jobs', 'run', 'tick');
    expect(code).toBe(0);
    const [newest] = await tasks();
    expect(newest).toMatchObject({ service: 'tick', purpose: 'cron', outcome: 'succeeded' });
    expect(await written(`${journal}-tick`)).toEqual([newest?.id]);
    expect(await house.service('tick')).toMatchObject({ state: 'idle', instances: [] });
  });
});

describe('a hook', () => {
  const hooks = (port: number) => `
    hooks:
      before_switch: [{ command: [node, -e, "require('fs').appendFileSync(process.env.JOURNAL + '-hook', process.env.CODE_RELEASE + '\\\\n')"] }]
      after_deploy: [{ webhook: 'http://127.0.0.1:${port}/told', deadline: 60s }]
      on_failure: [{ webhook: 'http://127.0.0.1:${port}/failed', deadline: 60s }]
`;
  const text = (release: string) => manifest(release).replace('    release:', `${hooks(told)}    release:`);

  /** As a receiver that follows the specification verifies. */
  async function verified({ headers, body }: Heard): Promise<boolean> {
    const key = Buffer.from((await run('jobs', 'key')).stdout.trim().replace('whsec_', ''), 'base64');
    const content = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`;
    return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  }

  it('is called before the switch, and tells a receiver that can verify it, again until it is heard', async () => {
    answers.push(500, 503);
    await ship('v5', text("now, '0'"));
    expect((await run('deploy', '--yes')).code).toBe(0);
    expect(await written(`${journal}-hook`)).toEqual([(await house.service('web')).release]);
    await until(
      () => heard.map((one) => one.status),
      (seen) => seen.length === 3,
    );
    expect(heard.map((one) => one.status)).toEqual([500, 503, 204]);
    expect(new Set(heard.map((one) => one.headers['webhook-id'])).size).toBe(1);
    expect(new Set(heard.map((one) => one.body)).size).toBe(1);
    expect(await Promise.all(heard.map(verified))).toEqual([true, true, true]);
    expect(JSON.parse(heard[0]?.body ?? '')).toMatchObject({
      type: 'deployment.after_deploy',
      data: { application: 'hooked', service: 'web', outcome: 'succeeded' },
    });
    expect(await verified({ ...heard[0]!, body: '{}' })).toBe(false);
  });

  it('tells of a deployment that failed', async () => {
    heard.length = 0;
    await ship('v6', text("now, '9'"));
    expect((await run('deploy', '--yes')).code).toBe(1);
    const [told] = await until(
      () => heard,
      (seen) => seen.length > 0,
    );
    expect(JSON.parse(told?.body ?? '')).toMatchObject({ type: 'deployment.on_failure', data: { outcome: 'failed' } });
  });
});
