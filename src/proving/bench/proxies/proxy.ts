// A reverse proxy in a trial: how it is found on this machine, what it is configured with, and how it is started on a core of its own.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CodeError } from '../../../base/errors.ts';
import { writeFileAtomic } from '../../../platform/files.ts';
import { tcpConnect } from '../../../platform/probe.ts';
import type { Child } from '../../../platform/process/child.ts';
import { startChild } from '../../../platform/process/child.ts';
import { environment, until } from '../contenders/contender.ts';

/** What a proxy is to do: listen on one port of 127.0.0.1 and pass everything to another, over kept connections. */
export interface Passage {
  readonly directory: string;
  readonly port: number;
  readonly upstream: number;
}

export interface ProxyEntrant {
  readonly name: string;
  readonly absent?: string;
  /** The configuration files, by name, and the command that reads them. */
  readonly setup: (passage: Passage) => {
    readonly files: Readonly<Record<string, string>>;
    readonly command: readonly [string, ...string[]];
  };
  /** What remains to be said once it listens. */
  readonly told?: (passage: Passage, signal: AbortSignal) => Promise<void>;
}

/** The path of a program of this machine, also where only administrators have it in their PATH. */
export function programPath(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

/** Whether programs can be kept to cores: one for the proxy, another for load and upstream. */
export function canPin(): boolean {
  return availableParallelism() >= 2 && programPath('taskset') !== undefined;
}

export type Core = 0 | 1;

/** The command, kept to a core where that is possible. */
export function onCore(core: Core, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return canPin() ? ['taskset', '-c', String(core), ...command] : command;
}

/** Errors: `internal` with its last words when it ends, `timed_out` when it never listens. */
export async function startOnCore(
  core: Core,
  command: readonly [string, ...string[]],
  { directory, port }: Pick<Passage, 'directory' | 'port'>,
  signal: AbortSignal,
): Promise<Child> {
  const [program, ...args] = onCore(core, command);
  // One thread, as one core can run: more would only be in each other's way.
  const env = environment({ HOME: directory, GOMAXPROCS: '1' });
  const child = await startChild({ command: program, args, cwd: directory, env });
  const listens = async () => {
    if (child.hasEnded()) throw new CodeError('internal', `${command.join(' ')} ended while it started: ${child.output().trim()}`);
    return (await tcpConnect({ host: '127.0.0.1', port, timeout: 1_000 }, signal)) === undefined ? true : undefined;
  };
  try {
    await until(`${command[0]} to listen`, listens, signal);
    return child;
  } catch (thrown) {
    await child.stop();
    throw thrown;
  }
}

export async function startProxy(entrant: ProxyEntrant, passage: Passage, signal: AbortSignal): Promise<Child> {
  const { files, command } = entrant.setup(passage);
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(passage.directory, name), text);
  const child = await startOnCore(0, command, passage, signal);
  try {
    await entrant.told?.(passage, signal);
    return child;
  } catch (thrown) {
    await child.stop();
    throw thrown;
  }
}
