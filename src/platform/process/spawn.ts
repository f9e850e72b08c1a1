// Starts programs that outlive us: detached, in a session of their own, with their output in files instead of pipes.
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { diskError } from '../files.ts';
import { argvProblem } from '../guard/argv.ts';
import type { ProcessIdentity } from './identity.ts';
import { identityOfChild } from './identity.ts';

export interface DetachedCommand {
  /** An absolute path, or a name to be found in `env.PATH`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Files that output is appended to; made when absent (mode 0600). */
  readonly stdout: string;
  readonly stderr: string;
}

export interface DetachedProcess {
  readonly pid: number;
  /** Read before the process could be collected, hence always its own. `undefined` only where the system cannot tell. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves when it ends while we live. It does not keep us alive. */
  readonly exited: Promise<ProcessExit>;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * Starts the command as leader of a new session (and group), so that no terminal and no end of ours reaches it.
 * Errors: `source_missing` (no such command or directory), `disk_full`, `home_unwritable` (its output files),
 * `runtime_unavailable` (no process, memory or file descriptor left).
 */
export async function spawnDetached(command: DetachedCommand): Promise<DetachedProcess> {
  refuseWords(command);
  const out = openOutput(command.stdout);
  try {
    const err = command.stderr === command.stdout ? out : openOutput(command.stderr);
    try {
      return await start(command, out, err);
    } finally {
      if (err !== out) closeSync(err);
    }
  } finally {
    closeSync(out);
  }
}

function start({ command, args, cwd, env }: DetachedCommand, out: number, err: number): Promise<DetachedProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, env: { ...env }, detached: true, stdio: ['ignore', out, err] });
    // Before the next turn of the event loop nobody collects the child: its /proc entry is its own even if it ended already.
    const identity = child.pid === undefined ? undefined : identityOfChild(child.pid);
    const exited = new Promise<ProcessExit>((ended) => child.once('exit', (code, signal) => ended({ code, signal })));
    child.once('error', (error) => reject(spawnError(error, command, cwd)));
    child.once('spawn', () => resolve({ pid: child.pid ?? 0, identity, exited }));
    child.unref();
  });
}

function openOutput(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw exhausted(error) ?? diskError(error, path);
  }
}

/** Errors: `input_invalid` for words that would reach no program as they are. */
export function refuseWords({ command, args, env }: Pick<DetachedCommand, 'command' | 'args' | 'env'>): void {
  const problem = argvProblem([command, ...args], env);
  if (problem !== undefined)
    throw new CodeError('input_invalid', `${JSON.stringify(command.slice(0, 200))} cannot be started: ${problem}.`, {
      hint: 'Pass large values and binary ones in files.',
    });
}

/** Puts a failed start into words. */
export function spawnError(error: unknown, command: string, cwd: string): unknown {
  const code = systemErrorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new CodeError('source_missing', `${command} cannot be started in ${cwd}: the command or the directory does not exist.`, {
      hint: 'Check the command in the manifest (codectl manifest check).',
      details: { command, directory: cwd },
      cause: error,
    });
  if (code === 'EACCES')
    return new CodeError('source_missing', `${command} cannot be started: it is not executable.`, {
      hint: `Make it executable (chmod +x ${command}), or name its interpreter first in the command.`,
      details: { command, directory: cwd },
      cause: error,
    });
  if (code === 'E2BIG')
    return new CodeError('too_large', `${command} cannot be started: its arguments and environment are larger than the system allows.`, {
      hint: 'Pass large values in files instead of the environment.',
      cause: error,
    });
  return exhausted(error) ?? error;
}

function exhausted(error: unknown): CodeError | undefined {
  const code = systemErrorCode(error);
  const what = { EMFILE: 'file descriptor of this process', ENFILE: 'file descriptor of the machine', EAGAIN: 'process', ENOMEM: 'memory' }[
    code ?? ''
  ];
  if (what === undefined) return undefined;
  return new CodeError('runtime_unavailable', `Nothing more can be started here: no ${what} is left (${code}).`, {
    hint: 'Raise the limit (ulimit -n, ulimit -u), or run fewer instances on this machine.',
    cause: error,
  });
}
