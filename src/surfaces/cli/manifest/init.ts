// `init`: a first manifest, guessed from the directory; asks nothing and overwrites nothing.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CodeError } from '../../../base/errors.ts';
import { applicationNameFrom, starterManifest } from '../../../model/manifest/pages/example.ts';
import { parseManifest } from '../../../model/manifest/parse.ts';
import { writeFileAtomic } from '../../../platform/files.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function init(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const file = given.text('file') ?? 'code.yaml';
  const path = session.path(file);
  if (existsSync(path))
    throw new CodeError('usage', `${file} exists already; it was not touched.`, {
      hint: 'Run "codectl manifest check" to see whether it is sound.',
    });
  const application = given.text('app') ?? applicationNameFrom(basename(dirname(path)));
  const command = splitWords(given.text('command')) ?? (await guessedCommand(dirname(path)));
  const text = starterManifest({ application, command, port: parsePort(given.text('port') ?? '8080') });
  parseManifest(text, file);
  await writeFileAtomic(path, text, 0o644);
  out.document({ file: path, application, command });
  out.text(`Wrote ${file}. Look at its command and port, then run: codectl up && codectl deploy`);
  return exit.ok;
}

/** Words as a shell would part them, with quotes and nothing else of a shell. Errors: `usage`. */
export function splitWords(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const words = [...text.matchAll(/(?:[^\s"']+|"([^"]*)"|'([^']*)')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
  const quotes = text.replace(/"[^"]*"|'[^']*'/g, '');
  if (words.length > 0 && !/["']/.test(quotes)) return words;
  throw new CodeError('usage', `--command: ${JSON.stringify(text)} is empty or has a quote that never closes.`, {
    hint: `Write it as in --command "node 'my file.js'"`,
  });
}

/** What the directory itself says about how it is started. */
async function guessedCommand(directory: string): Promise<readonly string[]> {
  const script = await startScript(join(directory, 'package.json'));
  if (script) return script;
  const found = guesses.find(([file]) => existsSync(join(directory, file)));
  return found?.[1] ?? ['node', 'server.js'];
}

const guesses: readonly (readonly [string, readonly string[]])[] = [
  ['server.js', ['node', 'server.js']],
  ['index.js', ['node', 'index.js']],
  ['main.py', ['python3', 'main.py']],
  ['app.py', ['python3', 'app.py']],
];

/** A plain script is taken apart, so that signals reach the program and not npm; one with shell syntax stays with npm. */
async function startScript(file: string): Promise<readonly string[] | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    const start = (content as { scripts?: { start?: unknown } }).scripts?.start;
    if (typeof start !== 'string') return undefined;
    return /^[\w./@:=, -]+$/.test(start) && !/^\w+=/.test(start) ? start.trim().split(/\s+/) : ['npm', 'run', '-s', 'start'];
  } catch {
    return undefined;
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new CodeError('usage', `--port: ${JSON.stringify(text)} is not a port.`, { hint: 'Give a number from 1 to 65535.' });
}
