// Starting and ending the engine itself, typed by hand: twice at once, after a crash, with settings that are remembered.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import { until } from '../kit/until.ts';

let place: string;
let home: string;
const run = (...args: readonly string[]) => cli(['--home', home, ...args], place);
const settings = ['--set', 'gateway_listen=127.0.0.1:0', '--set', 'api_listen=127.0.0.1:0'];

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'codectl-updown-'));
  home = join(place, 'home');
  await mkdir(join(place, 'app'));
});
afterEach(async () => {
  await run('down', '--all', '--yes');
  await rm(place, { recursive: true, force: true, maxRetries: 5 });
});

/** Command lines of living processes that name this home. */
async function left(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(home)).map((line) => line.replaceAll('\0', ' '));
}

async function daemonPid(): Promise<number> {
  return (JSON.parse(await readFile(join(home, 'daemon.json'), 'utf8')) as { pid: number }).pid;
}

describe('up', () => {
  it('twice at once starts one engine, and both say that it runs', async () => {
    const both = await Promise.all([run('up', ...settings), run('up', ...settings)]);
    expect(both.map((one) => one.code)).toEqual([0, 0]);
    expect(await run('status')).toMatchObject({ code: 0 });
  });

  it('remembers the settings it was given, so that the next start is like this one', async () => {
    await run('up', ...settings);
    await run('down');
    expect(await run('up')).toMatchObject({ code: 0 });
    expect((await run('settings', 'show')).stdout).toContain('127.0.0.1:0');
  });
});

describe('up on an engine that runs', () => {
  it('is an error with other settings, and none with those that it has', async () => {
    await run('up', ...settings);
    expect(await run('up', ...settings)).toMatchObject({ code: 0 });
    const other = await run('up', ...settings, '--set', 'log_level=debug');
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('runs already, with log_level=info') });
    expect(other.stderr).toContain('"codectl up --set log_level=debug"');
  });
});

describe('down --all', () => {
  it('after the daemon was killed ends what it left running', async () => {
    await run('up', ...settings);
    await writeFile(
      join(place, 'code.yaml'),
      'application: left\nservices: { w: { run: { command: [sleep, "1000"], directory: ./app }, strategy: { kind: rolling, bake: 100ms }, stop: { grace: 1s } } }\n',
    );
    expect(await run('deploy', '--yes')).toMatchObject({ code: 0 });
    const pid = await daemonPid();
    process.kill(pid, 'SIGKILL');
    await until(left, (lines) => lines.every((line) => !line.includes('daemon.ts')));
    expect(await run('down', '--all', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing of it is left running'),
    });
    expect(await until(left, (lines) => lines.length === 0)).toEqual([]);
  });
});

describe('a release', () => {
  it('is read the same wherever the home lies', async () => {
    await writeFile(join(place, 'package.json'), '{ "type": "module" }');
    await run('up', ...settings);
    await writeFile(join(place, 'app', 'server.js'), "require('node:http').createServer((q, r) => r.end()).listen(process.env.PORT);");
    await writeFile(
      join(place, 'code.yaml'),
      'application: inside\nservices: { w: { run: { command: [node, server.js], directory: ./app }, port: 80, strategy: { kind: rolling, bake: 100ms }, probe: { timeout: 30s, deadline: 10m } } }\n',
    );
    expect(await run('deploy', '--yes')).toMatchObject({ code: 0 });
  });
});
