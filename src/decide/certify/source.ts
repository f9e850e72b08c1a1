// The source that a certificate speaks of, as digests of lines: enough to count later how many changed, and nothing that could be read.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Digest } from '../../base/digest.ts';
import { digestOfJson } from '../../base/digest.ts';

export interface SourceExhibit {
  readonly format: 'source/1';
  readonly files: readonly SourceFile[];
}

export interface SourceFile {
  readonly path: string;
  readonly digest: string;
  /** The first eight hexadecimal digits of each line's, ascending. */
  readonly lines: readonly string[];
}

const file = z.strictObject({ path: z.string(), digest: z.string(), lines: z.array(z.string().regex(/^[0-9a-f]{8}$/)) });
const exhibit = z.strictObject({ format: z.literal('source/1'), files: z.array(file) });

/** What was certified, read back; undefined: it is something else. */
export function sourceIn(content: unknown): SourceExhibit | undefined {
  return exhibit.safeParse(content).data;
}

/** Lines that are empty do not count, nor does white space around them. */
export function sourceFile(path: string, digest: string, text: string): SourceFile {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => createHash('sha256').update(line).digest('hex').slice(0, 8));
  return { path, digest, lines: lines.toSorted() };
}

export function sourceExhibit(files: readonly SourceFile[]): SourceExhibit {
  return { format: 'source/1', files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

export function sourceDigest({ files }: SourceExhibit): Digest {
  return digestOfJson(files.map(({ path, digest }) => [path, digest]));
}

export function linesOf({ files }: SourceExhibit): number {
  return files.reduce((sum, { lines }) => sum + lines.length, 0);
}

/** Added and deleted lines, as a share of those that there were. */
export function changedShare(before: SourceExhibit, after: SourceExhibit): number {
  const lines = (of: SourceExhibit) => of.files.flatMap(({ path, lines: all }) => all.map((line) => `${path} ${line}`));
  const counts = new Map<string, number>();
  for (const line of lines(before)) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of lines(after)) counts.set(line, (counts.get(line) ?? 0) - 1);
  const changed = [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
  return changed / Math.max(1, linesOf(before));
}
