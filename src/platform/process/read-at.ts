// Reads a piece of a file that others write to and rotate, within one turn of the event loop.
import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Up to `length` bytes from `offset`; none when the file is shorter or absent. */
export function readAt(path: string, offset: number, length: number): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const buffer = Buffer.allocUnsafe(length);
    return buffer.subarray(0, readSync(file, buffer, 0, length, offset));
  } finally {
    closeSync(file);
  }
}

/** 0 when it is absent. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** When it was last written to, in milliseconds since the epoch; 0 when it is absent. */
export function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
