// The lab as its users start it: a command in it, an end by Ctrl-C, and nothing left of either.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../kit/until.ts';
import { ip } from '../lab/node.ts';
import { noSwarm, onSwarm } from './kit.ts';

const run = promisify(execFile);
const tool = fileURLToPath(new URL('../../tools/lab/lab.ts', import.meta.url));

describe.skipIf(noSwarm)(onSwarm, () => {
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'codectl-lab-'));
  });
  afterAll(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));

  const environment = () => ({ ...process.env, TMPDIR: place });

  /** Of one lab, whose bridge is named in what it said. */
  async function leftOf(said: string): Promise<readonly string[]> {
    const bridge = /on the bridge (cl-\w+)/.exec(said)?.[1] ?? 'no bridge was told';
    const [links, spaces, mounts, files, pids] = await Promise.all([
      ip('-o', 'link').then(({ stdout }) => stdout.split('\n')),
      ip('netns', 'list').then(({ stdout }) => stdout.split('\n')),
      readFile('/proc/self/mounts', 'utf8').then((text) => text.split('\n')),
      readdir(place),
      readdir('/proc'),
    ]);
    const numbers = pids.filter((name) => /^\d+$/.test(name));
    const programs = await Promise.all(numbers.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    const ofLab = (line: string) => line.includes(bridge) || line.includes(bridge.replace('-', ''));
    return [...links.filter(ofLab), ...spaces.filter(ofLab), ...[...mounts, ...programs].filter((line) => line.includes(place)), ...files];
  }

  test('runs a command in a Swarm of two nodes, ends with its exit code, and leaves nothing', async () => {
    const script = `
      const { LAB_MANIFEST, DOCKER_HOST, CODE_DOCKER_HOST } = process.env;
      console.log('application', JSON.parse(require('node:fs').readFileSync(LAB_MANIFEST, 'utf8')).application, DOCKER_HOST === CODE_DOCKER_HOST);
      process.exit(7);`;
    const ended = await run(process.execPath, [tool, '2', '--', process.execPath, '-e', script], { env: environment() }).catch(
      (thrown: unknown) => thrown as { readonly code: number; readonly stdout: string },
    );
    expect(ended).toMatchObject({ code: 7, stdout: expect.stringContaining('2 nodes are up') });
    expect(ended.stdout).toContain('application lab true');
    expect(await leftOf(ended.stdout)).toEqual([]);
  });

  test('ends at Ctrl-C with all that it has begun', async () => {
    const child = spawn(process.execPath, [tool, '2', '--keep'], { stdio: ['ignore', 'pipe', 'inherit'], env: environment() });
    const exit = once(child, 'exit');
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(
      () => said,
      (text) => text.includes('until Ctrl-C') || child.exitCode !== null,
    );
    expect(await leftOf(said)).not.toEqual([]);
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(await leftOf(said)).toEqual([]);
  });

  test.each([
    [['0'], 'how many nodes?'],
    [['2', '--keep', '--prove'], 'choose one'],
    [['2', '--write', 'page.md'], '--prove'],
    [['2', '--'], 'no command'],
  ])('refuses %j and starts nothing', async (words, message) => {
    await expect(run(process.execPath, [tool, ...words], { env: environment() })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });
});
