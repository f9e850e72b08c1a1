// Keeps the output files of detached programs small: copy, then truncate, because the program never opens its file again.
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { diskError } from '../files.ts';
import { sizeOf } from './read-at.ts';

export interface RotateOptions {
  /** Rotate a file that is at least this large. */
  readonly bytes: number;
  /** Old parts to keep. */
  readonly keep: number;
}

/**
 * Moves the content of `out.log` to `out.log.<n>`, n growing, and drops the oldest parts. The file must be open for appending at the writer.
 * What is written between the last read of the copy and the truncation, a few microseconds, is lost; nothing that was written before.
 * Errors: `disk_full`, `home_unwritable`; nothing is lost then.
 */
export async function rotate(path: string, { bytes, keep }: RotateOptions): Promise<boolean> {
  if (sizeOf(path) < bytes) return false;
  const numbers = partNumbers(path);
  const next = (numbers.at(-1) ?? 0) + 1;
  const copy = `${path}.copying`;
  try {
    // The bulk without holding up anybody; the rest, that arrived meanwhile, in the turn of the event loop that truncates.
    await copyFile(path, copy);
    finish(path, copy, `${path}.${next}`);
  } catch (error) {
    throw diskError(error, path);
  }
  for (const number of numbers.slice(0, Math.max(0, numbers.length + 1 - keep))) unlinkSync(`${path}.${number}`);
  return true;
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

/** In one turn, so that a reader of this process sees the file before or after and never between. */
function finish(path: string, copy: string, part: string): void {
  const source = openSync(path, 'r+');
  const target = openSync(copy, 'r+');
  try {
    let at = fstatSync(target).size;
    const buffer = Buffer.allocUnsafe(64 * 1024);
    for (let read = readSync(source, buffer, 0, buffer.length, at); read > 0; read = readSync(source, buffer, 0, buffer.length, at))
      at += writeSync(target, buffer, 0, read, at);
    // In this order a crash between the two leaves lines twice, not gone.
    renameSync(copy, part);
    ftruncateSync(source, 0);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}
