// Fills a file system in memory that only one container sees. Never one on a disk: that would be everybody's.
import { constants } from 'node:fs';
import { lstat, open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../base/errors.ts';
import type { Bytes } from '../../base/units.ts';

/** `man 2 statfs` */
const tmpfs = 0x0102_1994;
/** What filling may cost this machine. */
const largest: Bytes = 2 ** 30;
const step: Bytes = 2 ** 20;

/** Free and whole, in bytes; `undefined`: there is no such place, or it is no bounded file system in memory. */
export async function scratchAt(
  pid: number,
  path: string,
): Promise<{ readonly directory: string; readonly free: Bytes; readonly size: Bytes } | undefined> {
  const directory = join(`/proc/${pid}/root`, path);
  // What is mounted cannot be made a link by whoever lives in it.
  const there = await lstat(directory).catch(() => undefined);
  if (!there?.isDirectory()) return undefined;
  const { type, bsize, blocks, bavail } = await statfs(directory);
  const size = bsize * blocks;
  return type === tmpfs && size > 0 && size <= largest ? { directory, free: bsize * bavail, size } : undefined;
}

/** Writes until nothing more goes in; returns how much did. Errors: the system's, but that it is full. */
export async function fill(directory: string, name: string, signal: AbortSignal): Promise<Bytes> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  await using file = await open(join(directory, name), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  const zeros = Buffer.alloc(step);
  let written = 0;
  for (let size = step; size > 0; ) {
    signal.throwIfAborted();
    try {
      const { bytesWritten } = await file.write(zeros, 0, size);
      written += bytesWritten;
      if (written > largest) return written;
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'ENOSPC') throw thrown;
      // The last pages, too.
      size = size > 4_096 ? 4_096 : 0;
    }
  }
  return written;
}

/** Idempotent. */
export async function takeOut(directory: string, name: string): Promise<void> {
  await unlink(join(directory, name)).catch(() => undefined);
}

export async function isThere(directory: string, name: string): Promise<boolean> {
  return lstat(join(directory, name)).then(
    () => true,
    () => false,
  );
}
