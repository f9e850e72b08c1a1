// Refuses to take a snapshot whose links lead out of it.
import { join } from 'node:path';
import { CodeError } from '../../base/errors.ts';
import { linkLeaves } from '../guard/archive.ts';
import type { LinkEntry } from './entry.ts';
import { byPath } from './entry.ts';
import { ignoreFileName } from './ignore-rules.ts';

/** Refuses a scanned directory whose snapshot would depend on what is outside. Errors: `input_invalid`. */
export function refuseLeavingLinks(root: string, links: readonly LinkEntry[]): void {
  const targets = new Map(links.map(({ path, target }) => [path, target]));
  const leaving = links.filter(({ path, target }) => linkLeaves(path, target, targets)).sort(byPath);
  const [first] = leaving;
  if (first !== undefined) throw linkLeavesRoot(root, first, leaving.length);
}

function linkLeavesRoot(root: string, { path, target }: LinkEntry, count: number): CodeError {
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  return new CodeError('input_invalid', `The link ${join(root, path)} leads to ${target}, which is outside ${root}${more}.`, {
    hint: `Replace the link by what it leads to, or name it in ${ignoreFileName}.`,
    details: { path, target },
  });
}
