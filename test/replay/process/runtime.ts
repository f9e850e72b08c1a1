// Processes as a runtime of the catalogue.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { House } from '../../kit/house.ts';
import { markedProcesses } from '../../kit/marks.ts';
import type { ReplayRuntime } from '../runtime.ts';

export const onProcesses: ReplayRuntime = {
  name: 'process',
  open: () => House.open(),
  program: async (house) => {
    const directory = join(house.root, 'program');
    await cp(fileURLToPath(new URL('../program', import.meta.url)), directory, { recursive: true });
    const run = (command: readonly string[]) => ({ run: { command, directory: 'program' } });
    return { source: run(['node', 'server.mjs']), directory, missing: run(['no-such-program']) };
  },
  hostSeenFromInside: '127.0.0.1',
  callsBy: 'address',
  living: async () => (await markedProcesses()).map(({ instance }) => instance),
};
