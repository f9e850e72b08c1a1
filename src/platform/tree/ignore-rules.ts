// What a snapshot leaves out: names that never belong to it, and the patterns of `.codeignore`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { globProblem } from '../guard/pattern/pattern.ts';
import { sourceError } from './source-error.ts';

/** Says whether a path (relative, with `/`) stays out of the snapshot. */
export type IgnoreRule = (path: string, directory: boolean) => boolean;

export const ignoreFileName = '.codeignore';

// A `!` pattern does not bring these back: the engine's own files would make every snapshot differ from the last.
const neverIncluded: ReadonlySet<string> = new Set(['.git', '.codectl', '.DS_Store']);

/**
 * Reads `.codeignore` in the root (patterns as in gitignore(5)) and adds further patterns after it. `.gitignore` is not read
 * on purpose: it usually names `node_modules` and build results, which are just what a service runs from.
 */
export async function readIgnoreRules(root: string, patterns: readonly string[] = []): Promise<IgnoreRule> {
  const rules = ignore({ ignorecase: false }).add(safeLines(await readIgnoreFile(join(root, ignoreFileName)), join(root, ignoreFileName)));
  rules.add([...patterns]);
  return (path, directory) => {
    if (neverIncluded.has(path.slice(path.lastIndexOf('/') + 1))) return true;
    return rules.ignores(directory ? `${path}/` : path);
  };
}

/** Each path of the directory is matched with each line. */
function safeLines(text: string, file: string): string {
  for (const [at, line] of text.split('\n').entries()) {
    const problem = line.startsWith('#') ? undefined : globProblem(line);
    if (problem !== undefined)
      throw new CodeError('input_invalid', `${file}, line ${at + 1}: ${problem}.`, { hint: 'Split it into several lines.' });
  }
  return text;
}

async function readIgnoreFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return '';
    throw sourceError(error, path);
  }
}
