// Which process a pid means: pids are used again, so a process is named by its pid, its start time and the machine's boot.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ProcessStat } from './proc.ts';
import { readStat } from './proc.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot from /proc; the text of `ps -o lstart=` where there is no /proc. Compared, never calculated with. */
  readonly startTime: string;
  /** Empty where the system has no boot id. */
  readonly bootId: string;
}

/** The identity of a process that runs now; `undefined` when there is none, or when it ended and only waits to be collected. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  return named(pid, startTimeOf(pid, false));
}

/** The identity in what was just read of a process; `undefined` when it ended and only waits to be collected. */
export function identityIn(stat: ProcessStat): ProcessIdentity | undefined {
  return named(stat.pid, hasEnded(stat) ? undefined : stat.startTime);
}

/** The identity of a child that was not collected yet, also when it ended already. */
export function identityOfChild(pid: number): ProcessIdentity | undefined {
  return named(pid, startTimeOf(pid, true));
}

/** Whether that very process still runs; a stranger that got the same pid later is not it. One read of /proc. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && startTimeOf(identity.pid, false) === identity.startTime;
}

/** Reads an identity that was kept as JSON; `undefined` when it is none. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startTime, bootId } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return typeof startTime === 'string' && typeof bootId === 'string' ? { pid, startTime, bootId } : undefined;
}

function named(pid: number, startTime: string | undefined): ProcessIdentity | undefined {
  return startTime === undefined ? undefined : { pid, startTime, bootId: bootId() };
}

function startTimeOf(pid: number, alsoEnded: boolean): string | undefined {
  if (bootId() === '') return startTimeFromPs(pid, alsoEnded);
  const stat = readStat(pid);
  return stat === undefined || (hasEnded(stat) && !alsoEnded) ? undefined : stat.startTime;
}

const hasEnded = ({ state }: ProcessStat): boolean => state === 'Z' || state === 'X';

/** macOS and the BSDs: slower, and exact to a second only. */
function startTimeFromPs(pid: number, alsoEnded: boolean): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [, state, startTime] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? '') ?? [];
  return state?.startsWith('Z') && !alsoEnded ? undefined : startTime;
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readBootId();
  return knownBootId;
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
