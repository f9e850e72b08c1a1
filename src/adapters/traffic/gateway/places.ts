// Where the processes of one gateway keep their own things: the first in the gateway's directory, the others below it, by number.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The directories of `count` processes, first one first. */
export function placesFor(directory: string, count: number): readonly [string, ...string[]] {
  return [directory, ...Array.from({ length: Math.max(0, count - 1) }, (_, at) => join(directory, String(at + 2)))];
}

/** The directories of all processes that there ever were. */
export function placesIn(directory: string): readonly string[] {
  return [directory, ...numbersIn(directory).map((name) => join(directory, name))];
}

function numbersIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /^[1-9]\d?$/.test(name));
  } catch {
    return [];
  }
}
