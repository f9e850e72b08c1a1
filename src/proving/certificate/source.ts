// The source as it is now, as digests of lines. What a .codeignore leaves out is left out.
import { readFile } from 'node:fs/promises';
import type { SourceExhibit, SourceFile } from '../../decide/certify/source.ts';
import { sourceExhibit, sourceFile } from '../../decide/certify/source.ts';
import { scanDirectory } from '../../platform/tree/scan.ts';

/** What is larger is no source, nor is what has a NUL in it. */
const largest = 1024 ** 2;

/** Errors: `source_missing`, `too_large`. */
export async function readSource(directory: string, signal: AbortSignal): Promise<SourceExhibit> {
  const { tree, files } = await scanDirectory(directory, { maxFiles: 50_000 }, signal);
  const read: SourceFile[] = [];
  for (const entry of tree.entries) {
    if (entry.kind !== 'file') continue;
    const path = files.get(entry.digest);
    const text = path === undefined || entry.size > largest ? '' : await readFile(path, 'utf8');
    read.push(sourceFile(entry.path, entry.digest, text.includes('\0') ? '' : text));
  }
  return sourceExhibit(read);
}
