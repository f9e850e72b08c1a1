// A program that lives as long as we want it to: for trials, which start servers and must leave none behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duration } from '../../base/units.ts';
import { listPids, readStat, ticksPerSecond } from './proc.ts';
import { killGroup } from './signal.ts';
import { refuseWords, spawnError } from './spawn.ts';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Child {
  readonly pid: number;
  /** The last of what it said, both streams together. */
  output(): string;
  hasEnded(): boolean;
  /** SIGTERM, then SIGKILL to its whole group after the grace; resolves when it is gone. */
  stop(grace?: Duration): Promise<void>;
}

/** It leads a group of its own and goes when we go in order; keeps its last 16 KiB of output. Errors: `source_missing`, `runtime_unavailable`. */
export async function startChild({ command, args, cwd, env }: ChildCommand): Promise<Child> {
  refuseWords({ command, args, env });
  const child = spawn(command, [...args], { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (text: string): void => void (output = (output + text).slice(-16_384));
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const gone = once(child, 'exit').catch(() => undefined);
  await once(child, 'spawn').catch((thrown: unknown) => {
    throw spawnError(thrown, command, cwd);
  });
  const pid = child.pid ?? 0;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const atExit = (): void => killGroup(pid);
  process.once('exit', atExit);
  void gone.then(() => process.off('exit', atExit));
  return {
    pid,
    output: () => output,
    hasEnded,
    stop: async (grace = 5_000) => {
      if (hasEnded()) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => killGroup(pid), grace);
      await gone;
      clearTimeout(late);
    },
  };
}

/** Seconds of CPU that a process and all that descend from it have used so far; those of ended ones count once they were collected. */
export function cpuSecondsOfFamily(pid: number): number {
  const all = listPids().flatMap((one) => readStat(one) ?? []);
  const family = new Set([pid]);
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  const ticks = all.filter((one) => family.has(one.pid)).map((one) => one.ownTicks + one.childTicks);
  return ticks.reduce((sum, one) => sum + one, 0) / ticksPerSecond;
}
