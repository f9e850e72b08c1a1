// Runs the built CLI the way a user would: as a program, with its exit code.
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../../bin/codectl.js', import.meta.url));

/** The exit code; output goes where ours goes, unless `quiet`. */
export function codectl(home: string, args: readonly string[], output: 'shown' | 'quiet' = 'shown'): Promise<number> {
  const child = spawn(process.execPath, [program, '--home', home, ...args], {
    stdio: output === 'quiet' ? 'ignore' : ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 130));
  });
}

/** The one JSON document that the command prints with `--json`. */
export async function json<T>(home: string, args: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, '--home', home, '--json', ...args]);
  return JSON.parse(stdout) as T;
}
