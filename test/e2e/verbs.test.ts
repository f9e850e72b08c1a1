// The verbs of daily work, typed as a user types them: logs, exec, scale, restart, rollback, history, tokens, another machine.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli, startCli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { until } from '../kit/until.ts';

let house: House;
let project: string;
const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);
const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse((await run('--json', ...args)).stdout) as T;

const server = (version: string) => `
const name = process.env.CODE_INSTANCE;
console.log('${version} up ' + name);
require('node:http').createServer((request, response) => {
  console.log('asked ' + request.url);
  response.end('${version}\\n');
}).listen(process.env.PORT);
`;
const manifest = `
application: verbs
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    replicas: 2
    probe: { interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: rolling, bake: 200ms }
    stop: { drain: 30s, grace: 1s }
    env: { GREETING: hello }
`;

beforeAll(async () => {
  house = await House.open();
  project = join(house.root, 'verbs');
  await mkdir(project);
  await writeFile(join(project, 'code.yaml'), manifest);
  await writeFile(join(project, 'server.js'), server('v1'));
  await run('deploy', '--yes');
  await writeFile(join(project, 'server.js'), server('v2'));
});
afterAll(() => house[Symbol.asyncDispose]());

describe('deploy', () => {
  it('tells in JSON lines what happens, and last the deployment', async () => {
    const { code, stdout } = await run('--json', 'deploy', '--yes');
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ id: 'verbs-default-2', outcome: 'succeeded' });
  });

  it('does nothing when nothing differs but a comment of the manifest, which lies beside the code', async () => {
    await writeFile(join(project, 'code.yaml'), `${manifest}# another word\n`);
    const { code, stdout } = await run('deploy', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('nothing to change');
    expect(await json<{ deployments: readonly unknown[] }>('history')).toMatchObject({ deployments: [{ number: 2 }, { number: 1 }] });
  });
});

describe('logs', () => {
  it('follow a service across the death and the replacement of its instances', async () => {
    const following = startCli(['--home', house.home, 'logs', 'web', '-f', '--tail', '1'], project);
    await until(following.seen, (text) => (text.match(/v2 up/g) ?? []).length === 2);
    const [victim] = (await house.service('web')).instances;
    process.kill(victim?.pid ?? -1, 'SIGKILL');
    await until(following.seen, (text) => (text.match(/v2 up/g) ?? []).length === 3);
    following.interrupt();
    expect((await following.done).code).toBe(130);
  });
});

describe('exec', () => {
  it('runs beside an instance, with its environment, and hands its exit code on', async () => {
    const said = await run(
      'exec',
      'web',
      '--',
      'node',
      '-e',
      'console.log(process.env.GREETING, process.env.CODE_SERVICE); process.exit(7)',
    );
    expect(said).toMatchObject({ code: 7, stdout: 'hello web\n' });
  });
});

describe('scale, restart and rollback', () => {
  it('scale to the wanted number', async () => {
    expect(await run('scale', 'web=3', '--yes')).toMatchObject({ code: 0 });
    expect(await house.service('web')).toMatchObject({ replicas: 3, ready: 3 });
  });

  it('restart every instance', async () => {
    const before = new Set((await house.service('web')).instances.map((one) => one.id));
    expect(await run('restart', 'web', '--yes')).toMatchObject({ code: 0 });
    expect((await house.service('web')).instances.filter((one) => before.has(one.id) && one.state === 'running')).toEqual([]);
  });

  it('roll back to a release by its deployment, and refuse what is live already', async () => {
    expect(await run('rollback', '--to', '1', '--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining('back to what ') });
    const refused = await run('rollback', '--to', '1', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('codectl history');
  });
});

describe('another machine', () => {
  it('deploys with a token over TCP, and only what is missing travels', async () => {
    const { secret } = await json<{ secret: string }>('token', 'create', 'ci', '--allow', 'read,plan,write');
    const file = join(house.root, 'token');
    await writeFile(file, secret);
    await chmod(file, 0o600);
    const { api } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { api: string };
    const far = (...args: readonly string[]) =>
      cli(['--host', api, '--token-file', file, ...args], project, { CODE_HOME: join(house.root, 'elsewhere') });
    await writeFile(join(project, 'server.js'), server('v3'));
    const first = await far('deploy', '--yes');
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('1 new') });
    expect(await far('deploy', '--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing new') });
    const denied = await far('token', 'list');
    expect(denied.code).toBe(0);
    expect(await far('down')).toMatchObject({ code: 9 });
    expect(await far('status')).toMatchObject({ code: 0, stdout: expect.stringContaining('healthy') });
  });

  it('is refused with a token that is not one', async () => {
    const file = join(house.root, 'wrong');
    await writeFile(file, 'code_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', { mode: 0o600 });
    const { api } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { api: string };
    expect(await cli(['--host', api, '--token-file', file, 'status'], project)).toMatchObject({ code: 9 });
  });
});

describe('every answer', () => {
  it.each([
    ['status'],
    ['history'],
    ['routes'],
    ['doctor'],
    ['settings', 'show'],
    ['audit', 'show'],
    ['audit', 'verify'],
    ['token', 'list'],
    ['plan'],
  ])('of %s %s is one JSON document with --json', async (...args) => {
    const { code, stdout } = await run('--json', ...args.filter((one) => one !== undefined));
    expect(code).toBe(0);
    expect(typeof JSON.parse(stdout)).toBe('object');
  });
});
