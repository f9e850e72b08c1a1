// Secrets in a snapshot: which files are read, which lines are left alone on purpose, and what was not looked at.
import ignore from 'ignore';
import type { Digest } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';
import { formatBytes } from '../../../base/units.ts';
import type { Unread } from '../../../model/supply/component.ts';
import { globProblem } from '../../../platform/guard/pattern/pattern.ts';
import type { ContentFile, Contents } from '../inventory/inventory.ts';
import type { SecretFinding } from './text.ts';
import { secretsIn } from './text.ts';

export interface FoundSecret extends SecretFinding {
  readonly path: string;
}

export interface SecretScan {
  readonly findings: readonly FoundSecret[];
  /** How many files were read. */
  readonly files: number;
  /** What was not looked at, and why; what others wrote and published (`node_modules`) and what is no text is not told. */
  readonly unread: readonly Unread[];
}

/** Patterns as in gitignore(5): files whose findings somebody has looked at. */
export const ignoreFile = '.codesecrets';

const largest = 2 * 2 ** 20;
/** Those who published these would know. */
const published =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|\.venv|vendor\/(?:bundle|github\.com|golang\.org)|\.git|\.yarn\/cache)\//;
const keyStores = /\.(?:p12|pfx|jks|keystore|kdbx|ppk)$/i;

/** Contents without a finding are not read again; this is what was learnt of them. */
export type CleanBook = Set<Digest>;
const mostRemembered = 100_000;

/** Errors: `input_invalid` for an ignore file that cannot be read. */
export async function scanSecrets(contents: Contents, clean: CleanBook, signal: AbortSignal): Promise<SecretScan> {
  const ignored = await rulesOf(contents);
  const findings: FoundSecret[] = [];
  const unread: Unread[] = [];
  let files = 0;
  for (const file of contents.files) {
    signal.throwIfAborted();
    if (published.test(file.path) || ignored(file.path)) continue;
    if (keyStores.test(file.path))
      findings.push({ path: file.path, line: 1, kind: 'store of keys', shown: file.path.replace(/^.*\./, '….') });
    else if (file.size > largest) unread.push({ path: file.path, because: `it is larger than ${formatBytes(largest)}` });
    else {
      files += 1;
      findings.push(...(await lookInto(contents, file, clean)));
    }
  }
  return { findings, files, unread };
}

async function lookInto(contents: Contents, { path, digest }: ContentFile, clean: CleanBook): Promise<readonly FoundSecret[]> {
  if (digest !== undefined && clean.has(digest)) return [];
  const text = await contents.read(path);
  const found = text.slice(0, 8_000).includes('\0') ? [] : secretsIn(text).map((one) => ({ path, ...one }));
  if (digest !== undefined && found.length === 0) {
    if (clean.size >= mostRemembered) clean.clear();
    clean.add(digest);
  }
  return found;
}

async function rulesOf(contents: Contents): Promise<(path: string) => boolean> {
  if (!contents.files.some(({ path }) => path === ignoreFile)) return () => false;
  const text = await contents.read(ignoreFile);
  for (const [at, line] of text.split('\n').entries()) {
    const problem = line.startsWith('#') ? undefined : globProblem(line);
    if (problem !== undefined)
      throw new CodeError('input_invalid', `${ignoreFile}, line ${at + 1}: ${problem}.`, { hint: 'Split it into several lines.' });
  }
  const rules = ignore({ ignorecase: false }).add(text);
  return (path) => rules.ignores(path);
}
