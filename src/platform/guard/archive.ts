// Lists of files from elsewhere (an archive, a snapshot), judged before anything is made of them: every path stays inside, nothing is named twice or
// out of order, no link leads out, and nothing grows beyond what was agreed (CWE-22 "zip slip", CWE-409).
import { driveProblem, isPathText, nameProblem } from './path.ts';

export interface ArchiveEntry {
  readonly kind: string;
  readonly path: string;
  readonly target?: string;
  readonly size?: number;
}

export interface ArchiveLimits {
  readonly entries: number;
  /** Of one file, and of all together. */
  readonly fileBytes: number;
  readonly bytes: number;
  /** Lists of our own, for this system only, keep names such as `C:x`. */
  readonly drives?: 'kept';
}

export interface ArchiveProblem {
  readonly problem: string;
  /** Of the entry; absent: the whole. */
  readonly path?: string;
}

/** Names in one another. */
const deepest = 256;
/** What deflate (RFC 1951) makes of zeros is 1032 times smaller; honest content is not. Below the first mebibyte nobody is hurt. */
const steepest = 200;
const harmlessBytes = 2 ** 20;

/** `packed`: how many bytes it came in, where it came compressed. */
export function archiveProblem(entries: readonly ArchiveEntry[], limits: ArchiveLimits, packed?: number): ArchiveProblem | undefined {
  if (entries.length > limits.entries) return { problem: `it has ${entries.length} entries; at most ${limits.entries} are kept` };
  for (const entry of entries) {
    const problem =
      nameProblem(entry.path) ??
      depthProblem(entry.path) ??
      (limits.drives === 'kept' ? undefined : driveProblem(entry.path)) ??
      kindProblem(entry, limits);
    if (problem !== undefined) return { problem, path: entry.path };
  }
  return bombProblem(entries, limits, packed) ?? placeProblem(entries) ?? linkProblem(entries);
}

function depthProblem(path: string): string | undefined {
  return path.split('/').length > deepest ? `its path is deeper than ${deepest} names` : undefined;
}

function kindProblem({ kind, target, size }: ArchiveEntry, { fileBytes }: ArchiveLimits): string | undefined {
  if (kind === 'directory') return undefined;
  if (kind === 'link') return isPathText(target) ? undefined : 'its link target is no path';
  if (kind !== 'file') return 'its kind is not file, link or directory';
  return Number.isSafeInteger(size) && (size ?? -1) >= 0 && (size ?? 0) <= fileBytes ? undefined : `its size ${size} is out of range`;
}

function bombProblem(entries: readonly ArchiveEntry[], { bytes }: ArchiveLimits, packed?: number): ArchiveProblem | undefined {
  const total = entries.reduce((sum, { size = 0 }) => sum + size, 0);
  if (total > bytes) return { problem: `its files have ${total} bytes together; at most ${bytes} are kept` };
  if (packed === undefined || !isSteep(total, packed)) return undefined;
  return { problem: `its ${total} bytes came in ${packed}: more than ${steepest} times smaller` };
}

/** Whether so much comes of so little that it was made to. */
export function isSteep(unpacked: number, packed: number): boolean {
  return unpacked > harmlessBytes && unpacked > packed * steepest;
}

/** Sorted without repetition, and everything lies in a directory that is listed itself. */
function placeProblem(entries: readonly ArchiveEntry[]): ArchiveProblem | undefined {
  const directories = new Set(['']);
  let before = '';
  for (const { kind, path } of entries) {
    if (path === before) return { problem: 'it is listed twice', path };
    if (path < before) return { problem: `it is not in order: it comes after ${JSON.stringify(before)}`, path };
    if (!directories.has(path.slice(0, Math.max(0, path.lastIndexOf('/')))))
      return { problem: 'what it lies in is not listed as a directory', path };
    if (kind === 'directory') directories.add(path);
    before = path;
  }
  return undefined;
}

function linkProblem(entries: readonly ArchiveEntry[]): ArchiveProblem | undefined {
  const targets = new Map(
    entries.flatMap(({ kind, path, target }) => (kind === 'link' && target !== undefined ? [[path, target] as const] : [])),
  );
  for (const [path, target] of targets)
    if (linkLeaves(path, target, targets)) return { problem: `it is a link to ${JSON.stringify(target)}, which leaves the snapshot`, path };
  return undefined;
}

/** The kernel gives up after 40 links (path_resolution(7)); what it cannot follow leads nowhere. */
const maximumHops = 40;

/**
 * Says whether a link leaves its tree. `links` are all links of the tree by path: a target that is harmless as text
 * can leave through another link (`up -> .` in a deep directory, then `deep/up/../..`).
 */
export function linkLeaves(path: string, target: string, links: ReadonlyMap<string, string>): boolean {
  const at = path.split('/').slice(0, -1);
  const ahead = components(target);
  if (ahead === undefined) return true;
  for (let hops = 0; ahead.length > 0; ) {
    const step = ahead.shift();
    if (step === undefined) break;
    if (step === '..') {
      if (at.pop() === undefined) return true;
      continue;
    }
    const next = links.get([...at, step].join('/'));
    if (next === undefined) {
      at.push(step);
      continue;
    }
    hops += 1;
    if (hops > maximumHops) return false;
    const detour = components(next);
    if (detour === undefined) return true;
    ahead.unshift(...detour);
  }
  return false;
}

/** `undefined` for an absolute target: that one leaves whatever it says. */
function components(target: string): string[] | undefined {
  if (target.startsWith('/')) return undefined;
  return target.split('/').filter((part) => part !== '' && part !== '.');
}
