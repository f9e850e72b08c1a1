// A bench that is told to end takes with it what it started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../kit/until.ts';

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));

/** Of every process whose words name the directory. */
async function pidsOf(directory: string): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    all.map(async (pid) => ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(directory) ? [Number(pid)] : [])),
  );
  return found.flat();
}

it.skipIf(process.platform !== 'linux')('SIGTERM ends a bench with the engines that it started', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'codectl-bench-ended-'));
  onTestFinished(async () => {
    for (const pid of await pidsOf(directory)) process.kill(pid, 'SIGKILL');
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  const bench = spawn(process.execPath, [entry, 'bench', 'recover', '--set', 'swarm=0', '--set', 'replicas=1'], {
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: directory },
  });
  const ended = once(bench, 'exit');
  await until(
    async () => [bench.exitCode, await pidsOf(directory)] as const,
    ([code, pids]) => code !== null || pids.length >= 2,
  );
  expect(bench.exitCode).toBeNull();
  bench.kill('SIGTERM');
  expect(await ended).toEqual([130, null]);
  await until(
    () => pidsOf(directory),
    (pids) => pids.length === 0,
  );
});
