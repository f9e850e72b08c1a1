// Corpora of attacks and of harmless neighbours: text files with one JSON value a line, `#` before what is a remark.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const corpora = join(import.meta.dirname, '..', '..', 'test', 'corpus');

export type Side = 'attack' | 'benign';

export interface Line {
  readonly number: number;
  readonly text: string;
  readonly value: unknown;
}

export function readCorpus(guard: string, side: Side): readonly Line[] {
  const lines = readFileSync(join(corpora, guard, `${side}.txt`), 'utf8').split('\n');
  return lines.flatMap((text, at) =>
    text === '' || text.startsWith('#') ? [] : [{ number: at + 1, text, value: JSON.parse(text) as unknown }],
  );
}

/** A text whose parts repeat is written as a list of its parts, `[n, part]` for n of them. Anything else is returned as it is. */
export function spelled(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value;
  const parts = value.map(partOf);
  return parts.every((part) => part !== undefined) ? parts.join('') : value;
}

function partOf(part: unknown): string | undefined {
  if (typeof part === 'string') return part;
  if (!Array.isArray(part) || part.length !== 2) return undefined;
  const [times, text] = part as readonly unknown[];
  return typeof times === 'number' && typeof text === 'string' ? text.repeat(times) : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} is no line of this corpus: expected a list`);
  return value;
}
