// Judges a tree from elsewhere before anything is made of it.
import { CodeError } from '../../../base/errors.ts';
import type { Tree, TreeEntry } from '../../../model/tree.ts';
import { archiveProblem } from '../../../platform/guard/archive.ts';
import { isDigest } from './layout.ts';

export interface TreeLimits {
  readonly maxEntries: number;
  readonly maxBlobBytes: number;
  readonly maxBytes: number;
}

/** Returns the tree with nothing in it but what the port names, so that its digest depends on nothing else. Errors: `input_invalid`, `too_large`. */
export function checkedTree(tree: Tree, { maxEntries, maxBlobBytes, maxBytes }: TreeLimits): Tree {
  if (!Array.isArray(tree?.entries)) throw refusal('it has no list of entries', '');
  const found = archiveProblem(tree.entries, { entries: maxEntries, fileBytes: maxBlobBytes, bytes: maxBytes, drives: 'kept' });
  if (found?.path !== undefined) throw refusal(found.problem, found.path);
  if (found)
    throw new CodeError('too_large', `The snapshot is refused: ${found.problem}.`, {
      hint: 'Name what the service does not need in .codeignore.',
    });
  return { entries: tree.entries.map(keptEntry) };
}

function keptEntry(entry: TreeEntry): TreeEntry {
  const { path } = entry;
  if (entry.kind === 'directory') return { kind: 'directory', path };
  if (entry.kind === 'link') return { kind: 'link', path, target: entry.target };
  const { digest, size, executable } = entry;
  if (!isDigest(digest)) throw refusal('its digest is not sha256: and 64 hexadecimal digits', path);
  if (typeof executable !== 'boolean') throw refusal('executable is neither true nor false', path);
  return { kind: 'file', path, digest, size, executable };
}

function refusal(problem: string, path: unknown): CodeError {
  const shown = typeof path === 'string' ? path.slice(0, 200) : typeof path;
  return new CodeError('input_invalid', `The snapshot's entry ${JSON.stringify(shown)} is refused: ${problem}.`, {
    hint: 'Scan the source directory again and send what the scan found.',
    details: { path: shown },
  });
}
