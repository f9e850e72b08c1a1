// The daemon killed again and again while it starts instances: none is lost, none runs twice.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readStat } from '../../src/platform/process/proc.ts';
import { Bench, never } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const agent = fileURLToPath(new URL('agent.ts', import.meta.url));

it('L-10 kill -9 of the daemon in a loop, in the midst of starts: instances neither lost nor duplicated', async () => {
  const spec = { source: { kind: 'run', command: ['sleep', '300'], directory: '.' } } as const;
  const requests = await Promise.all(Array.from({ length: 12 }, () => bench.request('// sleeps', spec)));
  const args = [agent, bench.home, bench.directoryOf(requests[0] ?? (await bench.request(''))), JSON.stringify(requests)];
  const run = async (killAfter: number) => {
    const daemon = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(daemon, 'close');
    let started = 0;
    daemon.stdout.on('data', (chunk: Buffer) => {
      started += chunk.toString().split('\n').length - 1;
      if (started >= killAfter) daemon.kill('SIGKILL');
    });
    await ended;
    return started;
  };
  // Killed as soon as 1, 2, 3 … of its starts were told: in the midst of the one that follows.
  for (let round = 1; round < requests.length; round += 1) await run(round);
  expect(await run(Number.POSITIVE_INFINITY)).toBe(requests.length);

  const leaders = requests.map(({ id }) => bench.living(id).filter((pid) => readStat(pid)?.session === pid));
  expect(leaders.map((pids) => pids.length)).toEqual(requests.map(() => 1));
  const strays = await bench.driver().strays(new Set(), never);
  expect(strays.map(({ id }) => id).toSorted()).toEqual(requests.map(({ id }) => id).toSorted());
  expect(new Set(strays.map(({ address }) => address?.port)).size).toBe(requests.length);
});
