// Keeps the output files of detached programs small: copy, then truncate, because the program never opens its file again.
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { formatBytes } from '../../base/units.ts';
import { diskError } from '../files.ts';
import { sizeOf } from './read-at.ts';

export interface RotateOptions {
  /** Rotate a file that is at least this large. */
  readonly bytes: number;
  /** Old parts to keep. */
  readonly keep: number;
}

/** A file that grew to more than this many times `bytes` between two looks is cut to its last `bytes`. */
const largestPart = 4;
/** All old parts together take at most this many times `bytes × keep`, or the newest alone. */
const largestTotal = 2;
const chunkBytes = 64 * 1024;

/**
 * Moves the content of `out.log` to `out.log.<n>`, n growing, and drops the oldest parts. The file must be open for appending at the writer.
 * What is written between the last read of the copy and the truncation, a few microseconds, is lost; nothing that was written before, unless
 * it is more than may be kept: then a line says how much. A number is left out there, so that readers go on at the beginning of what is kept.
 * Errors: `disk_full`, `home_unwritable`; nothing is lost then.
 */
export async function rotate(path: string, { bytes, keep }: RotateOptions): Promise<boolean> {
  const size = sizeOf(path);
  if (size < bytes) return false;
  const last = partNumbers(path).at(-1) ?? 0;
  const copy = `${path}.copying`;
  try {
    const from = size > bytes * largestPart ? size - bytes : 0;
    // The bulk without holding up anybody; the rest, that arrived meanwhile, in the turn of the event loop that truncates.
    if (from === 0) await copyFile(path, copy);
    else await copyEnd(path, copy, from);
    finish({ path, copy, from, bytes, part: (cut) => `${path}.${last + (cut ? 2 : 1)}` });
  } catch (error) {
    throw diskError(error, path);
  }
  dropOldest(path, { bytes, keep });
  return true;
}

function dropOldest(path: string, { bytes, keep }: RotateOptions): void {
  let [parts, total] = [0, 0];
  for (const number of partNumbers(path).toReversed()) {
    const part = `${path}.${number}`;
    parts += 1;
    total += sizeOf(part);
    if (parts > 1 && (parts > keep || total > bytes * keep * largestTotal)) unlinkSync(part);
  }
}

function noticeOf(dropped: number): Buffer {
  return Buffer.from(
    dropped === 0 ? '' : `[codectl: ${formatBytes(dropped)} of output came faster than it is kept, and was dropped here]\n`,
  );
}

async function copyEnd(path: string, copy: string, from: number): Promise<void> {
  const [source, target] = [await open(path, 'r'), await open(copy, 'w', 0o600)];
  try {
    await target.write(noticeOf(from));
    const buffer = Buffer.allocUnsafe(chunkBytes);
    const end = (await source.stat()).size;
    for (let at = from; at < end; ) {
      const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) return;
      await target.write(buffer, 0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await source.close();
    await target.close();
  }
}

/** Numbers of the old parts of a file, oldest first. */
export function partNumbers(path: string): readonly number[] {
  const prefix = `${basename(path)}.`;
  try {
    return readdirSync(dirname(path))
      .flatMap((name) => (name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)) ? [Number(name.slice(prefix.length))] : []))
      .toSorted((a, b) => a - b);
  } catch {
    return [];
  }
}

interface Copied {
  readonly path: string;
  readonly copy: string;
  /** Where in the file the copy begins, after its notice. */
  readonly from: number;
  readonly bytes: number;
  readonly part: (cut: boolean) => string;
}

/** In one turn, so that a reader of this process sees the file before or after and never between. Copies a bounded rest. */
function finish({ path, copy, from, bytes, part }: Copied): void {
  const source = openSync(path, 'r+');
  const target = openSync(copy, 'r+');
  try {
    const end = fstatSync(source).size;
    const start = end - from > bytes * largestPart ? end - bytes : from;
    let written = start === from ? fstatSync(target).size : restart(target, start);
    const shift = start - noticeOf(start).length;
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let read = 1; read > 0 && written < bytes * (largestPart + 1); written += read) {
      read = readSync(source, buffer, 0, buffer.length, written + shift);
      writeSync(target, buffer, 0, read, written);
    }
    // In this order a crash between the two leaves lines twice, not gone.
    renameSync(copy, part(start > 0));
    ftruncateSync(source, 0);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** Begins the copy anew, further towards the end; returns what was written. */
function restart(target: number, start: number): number {
  ftruncateSync(target, 0);
  return writeSync(target, noticeOf(start), 0, undefined, 0);
}
