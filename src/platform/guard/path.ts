// Paths that somebody else names below a directory of ours, judged as text before any disk is asked (CWE-22).
import { isAbsolute, relative, sep } from 'node:path';

/** What Linux allows, in bytes: PATH_MAX for a path, NAME_MAX for one of its names. */
export const maximumPathBytes = 4_000;
export const maximumNameBytes = 255;

/** Whether `path` is the directory or lies in it: `/srv/app-evil` does not lie in `/srv/app`. Both absolute; no link is followed. */
export function isWithin(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Text that the file system gives back as it was: not empty, no NUL, no halves of characters. */
export function isPathText(text: unknown): text is string {
  return (
    typeof text === 'string' && text !== '' && !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= maximumPathBytes
  );
}

/** Why a text does not name something below a directory as it stands. The file system of Linux alone is meant: names are taken as they are. */
export function nameProblem(path: unknown): string | undefined {
  if (!isPathText(path)) return 'its path is no text that can name a file';
  if (path.startsWith('/')) return 'its path is absolute';
  if (path.includes('\\')) return 'its path has a backslash, which is a separator elsewhere';
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) return 'its path has an empty name, "." or ".."';
  if (names.some((name) => Buffer.byteLength(name) > maximumNameBytes))
    return `a name in its path is longer than ${maximumNameBytes} bytes`;
  return undefined;
}

/** `C:x` is an ordinary name here, and another disk where somebody unpacks it. */
export function driveProblem(path: string): string | undefined {
  return /^[A-Za-z]:/.test(path) ? 'its path begins with the letter of a drive' : undefined;
}

/** Dots, separators and NUL once more encoded, as `%2e%2e%2f`, `%252e`, overlong `%c0%ae`, `%uff0e`, `\x2e`, `&#46;`, `=2e`. */
const encoded = /%(?:25)*(?:2e|2f|5c|00|c0|c1|e0%8|f0%8|u[0-9a-f]{4})|&#x?[0-9a-f]{1,6};|&(?:sol|bsol|period);/i;
/** Slashes that no normal form makes one of. */
const slashes = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9\u2571\u2572\u27cb\u27cd]/;
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u001f\u007f-\u009f]/;

/** The same for whoever is not trusted with names that another program may decode once more, or show. */
export function strangerPathProblem(path: unknown): string | undefined {
  const problem = nameProblem(path);
  if (problem !== undefined || typeof path !== 'string') return problem;
  if (driveProblem(path) !== undefined) return driveProblem(path);
  if (controls.test(path)) return 'its path has control characters';
  if (encoded.test(path)) return 'its path has encoded dots or separators';
  if (slashes.test(path)) return 'its path has characters that look like separators';
  const names = path.split('/');
  if (names[0] === '~') return 'its path begins at a home directory';
  if (names.some((name) => /^[. ]+$/.test(name) || /[/\\]|^[. ]+$/.test(name.normalize('NFKC').replaceAll(/\p{DI}/gu, ''))))
    return 'a name in its path is only dots, or becomes such';
  return undefined;
}
