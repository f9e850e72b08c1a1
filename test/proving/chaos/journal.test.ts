// What undoes faults is on disk: nothing of it is lost while the fault may act, and what is no note of ours is not obeyed, nor in the way.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProcessFaults } from '../../../src/adapters/faults/process/process.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { descriptorLimit } from '../../../src/platform/fault/descriptors.ts';
import { identityOf } from '../../../src/platform/process/identity.ts';
import { textOf } from '../../../src/platform/process/run.ts';
import type { Faults, UndoNote } from '../../../src/ports/faults.ts';
import { injectAll } from '../../../src/proving/chaos/inject.ts';
import type { Pending } from '../../../src/proving/chaos/journal.ts';
import { replay, UndoJournal } from '../../../src/proving/chaos/journal.ts';
import type { ChaosTarget } from '../../../src/proving/chaos/site.ts';

const victim = { kind: 'instance', id: 'web-1', service: 'web' } as const;
const note: UndoNote = { driver: 'toy', id: 'pause-1', fault: { kind: 'pause', target: victim, lasts: 1, settings: {} }, state: {} };
const me = identityOf(process.pid);
let directory: string;
let journal: UndoJournal;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'codectl-journal-'));
  journal = new UndoJournal(join(directory, 'faults'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function toy(undo: Faults['undo']): Faults {
  return {
    name: 'toy',
    abilities: async () => [{ kind: 'pause', means: 'a toy' }],
    inject: async (fault, keep) => {
      await keep({ ...note, fault });
      throw new Error('half done');
    },
    undo,
  };
}

function prover(): Pending['prover'] {
  if (!me) throw new Error('this process is unknown');
  return me;
}

it('keeps the note of a fault that was half done and could not be undone', async () => {
  let stuck = true;
  const driver = toy(async () => {
    if (stuck) throw new Error('the gateway is away');
  });
  const target: ChaosTarget = {
    door: { host: '127.0.0.1', port: 1 },
    plainDoor: { host: '127.0.0.1', port: 1 },
    route: { host: 'shop.localhost', path: '/', service: 'web' },
    services: { web: [victim] },
    needs: {},
    daemon: undefined,
    gateways: [],
  };
  const said: string[] = [];
  const site = {
    target: async () => target,
    drivers: [driver],
    journal,
    prover: prover(),
    clock: systemClock,
    say: (line: string) => void said.push(line),
  };
  const planned = { kind: 'pause', instances: 1, at: 0, lasts: 1, settings: {} } as const;
  expect(await injectAll(site, [planned], new AbortController().signal)).toMatchObject({ broken: 'half done' });
  expect(said).toEqual(['not undone: the gateway is away']);
  expect((await journal.pending()).map(({ note: { id } }) => id)).toEqual(['pause-1']);
  stuck = false;
  expect(await replay(journal, new Map([['toy', driver]]), () => true)).toEqual([{ id: 'pause-1', kind: 'pause', target: 'web-1' }]);
  expect(await journal.pending()).toEqual([]);
});

it('obeys no note that is a link, a pipe, too large or of another shape, and undoes the others', async () => {
  await journal.write({ note, prover: prover(), until: 0 });
  const faults = join(directory, 'faults');
  const whole = { format: 'fault-undo/1', note: { ...note, id: 'pause-2' }, prover: prover(), until: 0 };
  const write = (name: string, value: unknown) => writeFile(join(faults, `${name}.json`), JSON.stringify(value));
  await write('null', { ...whole, note: { ...note, fault: null } });
  await write('nobody', { ...whole, note: { ...note, fault: { kind: 'pause' } } });
  await write('state', { ...whole, note: { ...note, state: { group: ['/'] } } });
  await write('large', { ...whole, more: 'x'.repeat(100_000) });
  await writeFile(join(directory, 'elsewhere.json'), JSON.stringify(whole));
  await symlink(join(directory, 'elsewhere.json'), join(faults, 'link.json'));
  await textOf(
    { command: 'mkfifo', args: [join(faults, 'pipe.json')], cwd: '/', env: { PATH: '/usr/bin:/bin' } },
    1_000,
    10_000,
    AbortSignal.timeout(10_000),
  );
  await mkdir(join(faults, 'folder.json'));
  const undone: string[] = [];
  const driver = toy(async ({ id }) => void undone.push(id));
  await replay(journal, new Map([['toy', driver]]), () => true);
  expect(undone).toEqual(['pause-1']);
  expect(await readdir(faults)).toHaveLength(7);
});

it('changes no limit of a process that the instance of the note does not have', async () => {
  const stranger = spawn('sleep', ['600']);
  try {
    const { pid, startTime } = identityOf(stranger.pid ?? 0) ?? { pid: 0, startTime: '' };
    const before = await descriptorLimit(pid);
    const driver = createProcessFaults({ home: directory, clock: systemClock, restartDaemon: async () => undefined });
    await driver.undo({ ...note, driver: 'process', fault: { ...note.fault, kind: 'descriptors' }, state: { pid, startTime, soft: 3 } });
    expect(await descriptorLimit(pid)).toEqual(before);
  } finally {
    stranger.kill('SIGKILL');
  }
});
