// Names in the archives of an image: brought to one form, or refused.

/** Names in one another, and bytes of a path: the kernel takes no longer ones. */
const deepest = 256;
const longest = 4_096;

/** Without a slash at either end, as a layer is laid over a root; empty: the root itself. Throws an `Error` for what would lead out of it. */
export function placeOf(path: string): string {
  if (path.includes('\0') || path.length > longest) throw new Error('a path in it is no path');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw new Error(`${JSON.stringify(path.slice(0, 200))} leads out of it`);
  if (names.length > deepest) throw new Error(`a path in it is deeper than ${deepest} names`);
  return names.join('/');
}

/** Where a link leads, as one sees it who has the image for a root: above that there is nothing. */
export function ledTo(from: string, target: string): string {
  const names = target.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const name of target.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names.join('/');
}

/** The directories that it lies in, from the nearest to the outermost; the root is none. */
export function* above(path: string): Generator<string> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at);
}
