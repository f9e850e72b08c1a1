// What runs once and ends, on real processes and by the command line: one-off commands with their output, exit code and end.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../kit/cli.ts';
import { cli, startCli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import type { TaskSeen } from '../kit/tasks.ts';
import { tasksSeen } from '../kit/tasks.ts';
import { until } from '../kit/until.ts';

let house: House;
let project: string;
const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], project);
const task = async (id: string) => JSON.parse((await run('--json', 'jobs', 'show', id)).stdout) as TaskSeen;
const tasks = () => tasksSeen(run);
const ended = (id: string) =>
  until(
    () => task(id),
    (seen) => seen.state === 'ended',
  );

const manifest = `
application: tasks
services:
  worker:
    run: { command: [node, -e, "setInterval(() => {}, 1000)"] }
    env: { GREETING: hello }
    strategy: { kind: rolling, bake: 0s }
    stop: { drain: 1s, grace: 1s }
    probe: { interval: 50ms, passes: 1 }
`;

beforeAll(async () => {
  house = await House.open();
  project = join(house.root, 'tasks');
  await mkdir(project);
  await writeFile(join(project, 'code.yaml'), manifest);
  await writeFile(join(project, 'shipped.txt'), 'from the release\n');
  expect((await run('deploy', '--yes')).code).toBe(0);
});
afterAll(() => house[Symbol.asyncDispose]());

describe('codectl run', () => {
  it('runs in the directory and environment of the release, streams both outputs and passes the exit code on', async () => {
    const script = `
      console.log(require('node:fs').readFileSync('shipped.txt', 'utf8').trim());
      console.error(process.env.GREETING, process.env.CODE_SERVICE, process.env.CODE_TASK);
      process.exitCode = 7;`;
    const { code, stdout, stderr } = await run('run', 'worker', '--', 'node', '-e', script);
    expect(stdout).toBe('from the release\n');
    expect(stderr).toMatch(/^hello worker tasks-default-t\d+\n$/);
    expect(code).toBe(7);
  });

  it('shows output as it comes, not at the end', async () => {
    const running = startCli(
      ['--home', house.home, 'run', 'worker', '--', 'node', '-e', "console.log('first'); setInterval(() => {}, 1000)"],
      project,
    );
    await until(
      () => running.seen(),
      (seen) => seen.includes('first'),
    );
    running.interrupt();
    expect((await running.done).code).toBe(130);
  });

  it('ends the command when its caller leaves', async () => {
    const running = startCli(
      ['--home', house.home, 'run', 'worker', '--', 'node', '-e', "console.log('up'); setInterval(() => {}, 1000)"],
      project,
    );
    await until(
      () => running.seen(),
      (seen) => seen.includes('up'),
    );
    const [newest] = await tasks();
    expect(newest).toMatchObject({ state: 'running' });
    running.interrupt();
    await running.done;
    const end = await ended(newest?.id ?? '');
    expect(end).toMatchObject({ outcome: 'cancelled' });
    expect(end.reason).toContain('its caller left');
  });

  it('lets it run on when detached, through the death of the daemon, and knows its exit code afterwards', async () => {
    const file = join(house.root, 'go');
    const script = `const look = () => require('node:fs').existsSync('${file}') ? process.exit(5) : setTimeout(look, 20); look()`;
    const { stdout, code } = await run('run', 'worker', '--detach', '--', 'node', '-e', script);
    const id = stdout.trim();
    expect(code).toBe(0);
    await until(
      () => task(id),
      (seen) => seen.state === 'running',
    );
    await house.crash();
    await writeFile(file, '');
    await house.up();
    expect(await ended(id)).toMatchObject({ outcome: 'failed', exit_code: 5, reason: 'exited with code 5' });
  });

  it('says what cannot be run, and why', async () => {
    const { code, stderr } = await run('run', 'nobody', '--', 'true');
    expect(code).toBe(1);
    expect(stderr).toContain('has no service called nobody; it has worker');
    const missing = await run('run', 'worker', '--', 'no-such-program');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('error: could not be started: The command "no-such-program" was not found');
    const [newest] = await tasks();
    expect(newest?.reason).toContain('"no-such-program" was not found');
  });

  it('leaves the replicas alone', async () => {
    expect(await house.service('worker')).toMatchObject({ ready: 1, replicas: 1, instances: [{ state: 'running' }] });
  });
});

describe('a task', () => {
  it('ends at its deadline', async () => {
    const { code, stderr } = await run('run', 'worker', '--deadline', '300ms', '--', 'node', '-e', 'setInterval(() => {}, 1000)');
    expect(code).toBe(124);
    expect(stderr).toContain('error: took longer than its deadline of 0.3s and was stopped');
  });

  it('is cancelled by its id, and its output is kept', async () => {
    const { stdout } = await run('run', 'worker', '--detach', '--', 'node', '-e', "console.log('kept'); setInterval(() => {}, 1000)");
    const id = stdout.trim();
    await until(
      async () => (await run('jobs', 'logs', id)).stdout,
      (seen) => seen === 'kept\n',
    );
    expect((await run('jobs', 'cancel', id, '--reason', 'enough')).code).toBe(0);
    expect(await ended(id)).toMatchObject({ outcome: 'cancelled', last_log: expect.arrayContaining(['kept']) as unknown });
    expect((await run('jobs', 'logs', id)).stdout).toContain('kept\n');
    expect((await run('jobs', 'cancel', id)).stderr).toContain('has ended already: cancelled');
  });
});
