// Reads Linux's /proc: what a process is, whose child it is and what it uses. Everything here is synchronous: a read takes microseconds.
import { readdirSync, readFileSync } from 'node:fs';

/** `man 5 proc`, /proc/<pid>/stat. Times are in clock ticks (100 a second on every Linux). */
export interface ProcessStat {
  readonly pid: number;
  /** One letter: R, S, D, Z (ended, not yet collected), T, X … */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Since the machine booted, in ticks; with the pid it names one process for the life of the machine. */
  readonly startTime: string;
  /** User and system time of the process, and of its children that ended and were collected. */
  readonly ownTicks: number;
  readonly childTicks: number;
}

export const ticksPerSecond = 100;

/** `undefined` when there is no such process (or no /proc). */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readProc(pid, 'stat');
  return text === undefined ? undefined : parseStat(pid, text);
}

/** The command's name stands in parentheses and may itself hold spaces and parentheses: fields count from the last one. */
export function parseStat(pid: number, text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  if (!state || !startTime) return undefined;
  const number = (index: number) => Number(fields[index - 3]);
  return {
    pid,
    state,
    parent: number(4),
    group: number(5),
    session: number(6),
    startTime,
    ownTicks: number(14) + number(15),
    childTicks: number(16) + number(17),
  };
}

/** Every process of the machine (of this pid namespace). Empty without /proc. */
export function listPids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Resident memory in bytes, 0 when it cannot be known. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '')?.[1];
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}

/** The environment that a process was started with, or only some of it; `undefined` for other users' processes and for ended ones. */
export function environmentOf(pid: number, only?: readonly string[]): Readonly<Record<string, string>> | undefined {
  const text = readProc(pid, 'environ');
  if (text === undefined) return undefined;
  // Most processes have none of what is asked for: no need to take their environment apart.
  if (only && !only.some((name) => text.includes(`${name}=`))) return {};
  const pairs = text.split('\0').flatMap((pair): [string, string][] => {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals);
    return equals > 0 && (only === undefined || only.includes(name)) ? [[name, pair.slice(equals + 1)]] : [];
  });
  return Object.fromEntries(pairs);
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
