// The catalogue on the process runtime.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { House } from '../kit/house.ts';
import { replaySuite } from './suite.ts';

replaySuite({
  name: 'process',
  open: () => House.open(),
  program: async (house) => {
    const directory = join(house.root, 'program');
    await cp(fileURLToPath(new URL('program', import.meta.url)), directory, { recursive: true });
    return { source: { run: { command: ['node', 'server.mjs'], directory: 'program' } }, directory };
  },
  hostSeenFromInside: '127.0.0.1',
});
