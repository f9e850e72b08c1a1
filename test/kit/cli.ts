// Runs the CLI from its sources as a user would: a program with arguments, two streams and an exit code.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));

export interface Ran {
  /** The exit code; 128 and the number when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly done: Promise<Ran>;
  interrupt(): void;
  /** Everything printed so far, both streams. */
  seen(): string;
}

/** `input`: on its standard input. */
export function startCli(args: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}, input?: string): Running {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // One that refuses before it reads closes its end first.
  child.stdin.on('error', () => undefined).end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const done = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 130), stdout, stderr }));
  });
  return { done, interrupt: () => void child.kill('SIGINT'), seen: () => stdout + stderr };
}

export function cli(args: readonly string[], cwd: string, environment?: NodeJS.ProcessEnv, input?: string): Promise<Ran> {
  return startCli(args, cwd, environment, input).done;
}
