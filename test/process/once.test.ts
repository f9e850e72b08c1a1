// Commands that end, started by a daemon that dies: each runs once, whatever its death left on disk.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placesIn, placesOf } from '../../src/adapters/runtimes/process/places.ts';
import type { InstanceRecord } from '../../src/ports/store.ts';
import { until } from '../kit/until.ts';
import { Bench, never } from './bench.ts';

let bench: Bench;
let journal: string;
beforeEach(async () => {
  bench = await Bench.open();
  journal = join(bench.home, 'journal');
});
afterEach(() => bench.close());

const agent = fileURLToPath(new URL('agent.ts', import.meta.url));
const lines = async () => (await readFile(journal, 'utf8').catch(() => '')).split('\n').filter(Boolean);

/** Writes a line and ends: longer than a start takes, or shorter. */
const command = (line: string, seconds: string) =>
  ({
    port: undefined,
    source: { kind: 'run', command: ['sh', '-c', `echo ${line} >> ${journal}; sleep ${seconds}`], directory: '.' },
  }) as const;

it('a daemon killed again and again in the midst of starts runs each command once', async () => {
  const requests = await Promise.all(
    Array.from({ length: 6 }, (_, index) => bench.request('// ends', command(`line-${index}`, index % 2 ? '0' : '0.2'))),
  );
  const args = [agent, bench.home, bench.directoryOf(requests[0] ?? (await bench.request(''))), JSON.stringify(requests)];
  for (let round = 1; round <= requests.length; round += 1) {
    const daemon = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(daemon, 'close');
    let started = 0;
    daemon.stdout.on('data', (chunk: Buffer) => {
      started += chunk.toString().split('\n').length - 1;
      if (started >= round && round < requests.length) daemon.kill('SIGKILL');
    });
    await ended;
  }
  await until(lines, (seen) => seen.length >= requests.length);
  expect((await lines()).toSorted()).toEqual(requests.map((_, index) => `line-${index}`).toSorted());
});

it('what ran to its end before its daemon noted whom it had started is not run again, and its exit code is known', async () => {
  const request = await bench.request('// ends', command('once', '0; exit 4'));
  const first = bench.driver();
  const record = await first.start(request, never);
  await until(
    async () => (await first.inspect([record], never))[0],
    (seen) => seen?.state === 'exited',
  );
  // As a crash between the start and the note leaves it.
  const { record: file } = placesOf(placesIn(bench.home), request.id);
  const kept = JSON.parse(await readFile(file, 'utf8')) as InstanceRecord;
  await writeFile(file, JSON.stringify({ ...kept, handle: { ...kept.handle, leader: undefined } }));

  expect(await bench.driver().start(request, never)).toMatchObject({ state: 'exited', exit: { code: 4, requested: false } });
  expect(await lines()).toEqual(['once']);
});
