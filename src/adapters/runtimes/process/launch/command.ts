// Finds the program that a command's first word means, and says where it looked when there is none.
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { CodeError } from '../../../../base/errors.ts';
import { operandProblem } from '../../../../platform/guard/argv.ts';

/**
 * A word with a slash is a path, relative to the release's directory; any other is looked for in the release's `node_modules/.bin`, then
 * in PATH. `node` is found even where PATH has none: it is then the one that runs the engine. Errors: `source_missing`.
 */
export async function findCommand(word: string, directory: string, path: string | undefined): Promise<string> {
  const problem = operandProblem(word);
  if (problem !== undefined)
    throw new CodeError('input_invalid', `The command ${JSON.stringify(word.slice(0, 200))} names no program: ${problem}.`);
  const candidates = candidatesFor(word, directory, path);
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate;
  if (word === 'node') return process.execPath;
  const places = word.includes('/') ? candidates : candidates.map((candidate) => dirname(candidate));
  throw new CodeError('source_missing', `The command "${word}" was not found; looked for it in ${places.join(', ') || 'an empty PATH'}.`, {
    hint: 'Install it, add it to the dependencies of the service, or correct "run.command" in the manifest.',
    details: { command: word, places },
  });
}

/** PATH with the engine's own Node.js as last resort, for scripts whose first line asks for `node`. */
export async function pathWithNode(path: string | undefined): Promise<string> {
  const entries = (path ?? '').split(delimiter).filter(Boolean);
  for (const entry of entries) if (await isProgram(join(entry, 'node'))) return entries.join(delimiter);
  return [...entries, dirname(process.execPath)].join(delimiter);
}

function candidatesFor(word: string, directory: string, path: string | undefined): readonly string[] {
  if (isAbsolute(word)) return [word];
  if (word.includes('/')) return [join(directory, word)];
  const entries = (path ?? '').split(delimiter).filter((entry) => isAbsolute(entry));
  return [join(directory, 'node_modules', '.bin', word), ...entries.map((entry) => join(entry, word))];
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
