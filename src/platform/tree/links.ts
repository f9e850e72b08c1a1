// Where symbolic links of a tree lead, found without touching the disk: a tree from elsewhere must be judged before it is made.
import { join } from 'node:path';
import { CodeError } from '../../base/errors.ts';
import type { LinkEntry } from './entry.ts';
import { byPath, parentOf } from './entry.ts';
import { ignoreFileName } from './ignore-rules.ts';

/** The kernel gives up after 40 links (path_resolution(7)); what it cannot follow leads nowhere. */
const maximumHops = 40;

/**
 * Says whether a link leaves its tree. `links` are all links of the tree by path: a target that is harmless as text
 * can leave through another link (`up -> .` in a deep directory, then `deep/up/../..`).
 */
export function linkLeaves(path: string, target: string, links: ReadonlyMap<string, string>): boolean {
  const at = parentOf(path).split('/').filter(Boolean);
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

/** `undefined` for an absolute target: that one leaves whatever it says. */
function components(target: string): string[] | undefined {
  if (target.startsWith('/')) return undefined;
  return target.split('/').filter((part) => part !== '' && part !== '.');
}
