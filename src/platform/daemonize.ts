// Starts a program that outlives us, and waits until it says that it is ready or why it is not.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { withoutMarks } from './process/mark.ts';

export interface DaemonStart {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Appended to. */
  readonly logFile: string;
  /** Asked again and again until it says yes. */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
}

export type DaemonStarted =
  | { readonly kind: 'ready'; readonly pid: number }
  | { readonly kind: 'ended'; readonly code: number | null; readonly stderr: string };

const pollEvery = 20;

/** Its stderr is ours to read until it is ready; afterwards it must not depend on it. Rejects with the signal's reason (the program is then left to itself). */
export async function startDaemon({ command, environment, logFile, ready }: DaemonStart, signal: AbortSignal): Promise<DaemonStarted> {
  const log = openSync(logFile, 'a', 0o600);
  const [program, ...args] = command;
  const child = spawn(program, args, { detached: true, cwd: '/', env: withoutMarks(environment), stdio: ['ignore', log, 'pipe'] });
  closeSync(log);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-16_384);
  });
  const ended = new Promise<DaemonStarted>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'ended', code: null, stderr: error.message }));
    child.once('close', (code) => resolve({ kind: 'ended', code, stderr }));
  });
  const up = async (): Promise<DaemonStarted> => {
    while (child.exitCode === null && child.signalCode === null) {
      if (await ready(signal)) return { kind: 'ready', pid: child.pid ?? 0 };
      await new Promise((resolve) => setTimeout(resolve, pollEvery));
      signal.throwIfAborted();
    }
    return ended;
  };
  try {
    return await Promise.race([ended, up()]);
  } finally {
    child.stderr?.destroy();
    child.unref();
  }
}
