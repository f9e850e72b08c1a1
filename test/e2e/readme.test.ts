// Every command of the README, as it stands there: a README that lies is a broken build.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'codectl-readme-'));
});
afterAll(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));

/** The fenced shell blocks, in order. */
async function blocks(): Promise<readonly string[]> {
  const text = await readFile(join(root, 'README.md'), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Command lines of living processes that name a path. */
async function programsThatName(path: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(path));
}

describe('the README', () => {
  it('names the two commands of the contract, and scripts that exist', async () => {
    const [demo = '', tests = ''] = await blocks();
    expect(demo.trim()).toBe('npm ci && npm run demo');
    expect(tests.trim()).toBe('npm cit');
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test', 'build']));
  });

  it('writes the same program in every shell: the echo of some reads backslashes', async () => {
    const [line = ''] = (await blocks()).join('').match(/^.* > server\.js$/m) ?? [];
    await run('sh', ['-c', line], { cwd: place });
    expect(await readFile(join(place, 'server.js'), 'utf8')).toContain(String.raw`r.end("hello 1\n")`);
  });

  it('brings an application of one’s own up, updates it, rolls it back and removes it', { timeout: 600_000 }, async () => {
    const own = (await blocks())[2] ?? '';
    // Only places and ports differ from what a reader types: the machine that runs the tests may use them already.
    const port = await freePort();
    const script = own.replaceAll('/tmp/hello', join(place, 'hello')).replaceAll(':8080/', `:${port}/`).replace('npm run build\n', '');
    const environment = {
      ...process.env,
      CODE_HOME: join(place, 'home'),
      CODE_GATEWAY_LISTEN: `127.0.0.1:${port}`,
      CODE_API_LISTEN: '127.0.0.1:0',
    };
    const { stdout } = await run('bash', ['-e', '-c', `shopt -s expand_aliases\n${script}`], { cwd: root, env: environment });
    expect(stdout).toContain('hello 1');
    expect(stdout).toMatch(/hello-default-2 succeeded/);
    expect(stdout).toMatch(/hello in default \(process\): healthy/);
  });

  it.each([
    ['', [/requests failed\s+0\n/, /shop-default-3 rolled_back/, /api 3\.0\.0-broken listens/]],
    [
      'canary',
      [/canary-default-2: rolled_back/, /verdict fail on \d+ requests/, /canary-default-3: succeeded/, /verdict pass on \d+ requests/],
    ],
  ])('tells the truth about the demo %s', { timeout: 600_000 }, async (story, told) => {
    const { stdout } = await run(process.execPath, [join(root, 'tools/demo/demo.ts'), ...(story === '' ? [] : [story])], {
      cwd: root,
      env: { ...process.env, TMPDIR: place },
    });
    for (const one of told) expect(stdout).toMatch(one);
    expect((await readdir(place)).filter((name) => name.startsWith('codectl-demo-'))).toEqual([]);
    expect(await programsThatName(join(place, 'codectl-demo-'))).toEqual([]);
  });
});
