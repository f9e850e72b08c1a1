// A container whose scratch space is full: the file system in memory that it has for temporary files, and no other.

import { CodeError } from '../../../base/errors.ts';
import type { Fault } from '../../../model/proving/fault.ts';
import { fill, isThere, scratchAt, takeOut } from '../../../platform/fault/disk.ts';
import type { UndoNote } from '../../../ports/faults.ts';
import type { Maker } from '../running.ts';
import { goneAlready, notHere } from '../running.ts';
import type { Container, FaultEngine, Way } from './engine.ts';

const name = '.codectl-fault';
/** What metadata may leave. */
const page = 4_096;

export const disk: Way = { make: fillDisk, undo: (_, container, { state }) => emptyDisk(container, state) };

/** `path`: where it is mounted (default: `/tmp`). */
function fillDisk(engine: FaultEngine): Maker {
  return async (fault, note, signal) => {
    const path = pathOf(fault);
    const { id, pid } = await engine.of(fault);
    if (pid <= 0) throw goneAlready('The container');
    const before = await scratchAt(pid, path);
    if (!before) throw notHere('disk_full', `${path} of the container is no file system in memory with a size, and a disk is everybody’s`);
    await note({ container: id, path });
    await fill(before.directory, name, signal);
    return {
      means: 'a file that takes all the space there is',
      verify: async () => {
        const now = await scratchAt(pid, path);
        const acts = now !== undefined && now.free < page && (await isThere(now.directory, name));
        return { acts, seen: now ? `${now.free} of ${now.size} bytes are free in ${path}` : `${path} is gone` };
      },
      undo: async () => emptyDisk(await engine.find(id), { path }),
      isOver: async () => {
        const found = await engine.find(id);
        const now = found?.running === true ? await scratchAt(found.pid, path) : undefined;
        return now === undefined || !(await isThere(now.directory, name));
      },
    };
  };
}

async function emptyDisk(container: Container | undefined, { path }: UndoNote['state']): Promise<void> {
  const there = container?.running === true ? await scratchAt(container.pid, String(path)) : undefined;
  if (there) await takeOut(there.directory, name);
}

/** Errors: `input_invalid`. */
function pathOf({ settings }: Fault): string {
  const path = settings['path'] ?? '/tmp';
  if (typeof path === 'string' && /^(?:\/[\w.-]+)+$/.test(path) && !path.split('/').some((one) => one === '..')) return path;
  throw new CodeError('input_invalid', 'The setting "path" of disk_full must be an absolute path, such as /tmp.');
}
