// Judges a tree from elsewhere before anything is made of it: every path stays inside, nothing is named twice, nothing conflicts.
import { CodeError } from '../../../base/errors.ts';
import type { Tree, TreeEntry } from '../../../model/tree.ts';
import { parentOf } from '../../../platform/tree/entry.ts';
import { linkLeaves } from '../../../platform/tree/links.ts';
import { isDigest } from './layout.ts';

export interface TreeLimits {
  readonly maxEntries: number;
  readonly maxBlobBytes: number;
}

// What Linux allows: PATH_MAX for a path, NAME_MAX for one of its names, in bytes.
const maximumPathBytes = 4_000;
const maximumNameBytes = 255;

/** Returns the tree with nothing in it but what the port names, so that its digest depends on nothing else. Errors: `input_invalid`, `too_large`. */
export function checkedTree(tree: Tree, limits: TreeLimits): Tree {
  if (!Array.isArray(tree?.entries)) throw refusal('it has no list of entries', '');
  if (tree.entries.length > limits.maxEntries)
    throw new CodeError('too_large', `The snapshot has ${tree.entries.length} entries; at most ${limits.maxEntries} are kept.`, {
      hint: 'Name what the service does not need in .codeignore.',
    });
  const entries = tree.entries.map((entry: TreeEntry) => checkedEntry(entry, limits));
  checkPlaces(entries);
  checkLinks(entries);
  return { entries };
}

function checkedEntry(entry: TreeEntry, limits: TreeLimits): TreeEntry {
  const { path } = entry;
  const problem = pathProblem(path);
  if (problem !== undefined) throw refusal(problem, path);
  switch (entry.kind) {
    case 'directory':
      return { kind: 'directory', path };
    case 'link':
      if (!isPathText(entry.target)) throw refusal('its link target is no path', path);
      return { kind: 'link', path, target: entry.target };
    case 'file': {
      const { digest, size, executable } = entry;
      if (!isDigest(digest)) throw refusal('its digest is not sha256: and 64 hexadecimal digits', path);
      if (!Number.isSafeInteger(size) || size < 0 || size > limits.maxBlobBytes) throw refusal(`its size ${size} is out of range`, path);
      if (typeof executable !== 'boolean') throw refusal('executable is neither true nor false', path);
      return { kind: 'file', path, digest, size, executable };
    }
    default:
      throw refusal('its kind is not file, link or directory', path);
  }
}

function pathProblem(path: unknown): string | undefined {
  if (!isPathText(path)) return 'its path is no text that can name a file';
  if (path.startsWith('/')) return 'its path is absolute';
  if (path.includes('\\')) return 'its path has a backslash, which is a separator elsewhere';
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) return 'its path has an empty name, "." or ".."';
  if (names.some((name) => Buffer.byteLength(name) > maximumNameBytes))
    return `a name in its path is longer than ${maximumNameBytes} bytes`;
  return undefined;
}

/** Text that the file system gives back as it was: not empty, no NUL, no halves of characters. */
function isPathText(text: unknown): text is string {
  return (
    typeof text === 'string' && text !== '' && !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= maximumPathBytes
  );
}

/** Sorted without repetition, and everything lies in a directory that is listed itself. */
function checkPlaces(entries: readonly TreeEntry[]): void {
  const directories = new Set(['']);
  let before = '';
  for (const { kind, path } of entries) {
    if (path === before) throw refusal('it is listed twice', path);
    if (path < before) throw refusal(`it is not in order: it comes after ${JSON.stringify(before)}`, path);
    if (!directories.has(parentOf(path))) throw refusal('what it lies in is not listed as a directory', path);
    if (kind === 'directory') directories.add(path);
    before = path;
  }
}

function checkLinks(entries: readonly TreeEntry[]): void {
  const links = entries.filter((entry) => entry.kind === 'link');
  const targets = new Map(links.map(({ path, target }) => [path, target]));
  for (const { path, target } of links)
    if (linkLeaves(path, target, targets)) throw refusal(`it is a link to ${JSON.stringify(target)}, which leaves the snapshot`, path);
}

function refusal(problem: string, path: unknown): CodeError {
  const shown = typeof path === 'string' ? path.slice(0, 200) : typeof path;
  return new CodeError('input_invalid', `The snapshot's entry ${JSON.stringify(shown)} is refused: ${problem}.`, {
    hint: 'Scan the source directory again and send what the scan found.',
    details: { path: shown },
  });
}
