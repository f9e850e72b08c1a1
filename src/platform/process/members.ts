// Every process that belongs to something we started: in its session, with its mark in the environment, or in its cgroup.
import { uptime } from 'node:os';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { ProcessIdentity } from './identity.ts';
import { identityIn, isAlive } from './identity.ts';
import type { Mark } from './mark.ts';
import { markOf } from './mark.ts';
import { listPids, readStat, ticksPerSecond } from './proc.ts';
import { signalProcess } from './signal.ts';

export interface Family {
  readonly leader: ProcessIdentity;
  readonly mark: Mark;
  /** Pids that are known to belong to it by other means (its cgroup). */
  readonly others: readonly number[];
}

export interface Resident {
  readonly identity: ProcessIdentity;
  readonly group: number;
  readonly session: number;
  readonly mark: Mark | undefined;
}

let asked: Promise<readonly Resident[]> | undefined;

/**
 * Every living process of the machine but this one. The look begins after the call, and all who call in one turn of the event loop share
 * it: it costs some 20 µs for each process, and many instances are often watched at once.
 */
export function census(): Promise<readonly Resident[]> {
  asked ??= endOfTurn().then(() => {
    asked = undefined;
    return look();
  });
  return asked;
}

/**
 * What the environments of those said that live for a while. It changes when a process becomes another program, which ours do in their
 * first moments; and whoever becomes another program later belongs to whom he belonged to.
 */
let settledMarks: ReadonlyMap<string, Mark | undefined> = new Map();
/** Seconds. */
const settledAfter = 10;

function look(): readonly Resident[] {
  const settled = new Map<string, Mark | undefined>();
  const oldest = (uptime() - settledAfter) * ticksPerSecond;
  const residents = listPids().flatMap((pid): readonly Resident[] => {
    const stat = pid === process.pid ? undefined : readStat(pid);
    if (stat === undefined) return [];
    const identity = identityIn(stat);
    if (identity === undefined) return [];
    const key = `${pid} ${stat.startTime}`;
    const mark = settledMarks.has(key) ? settledMarks.get(key) : markOf(pid);
    if (Number(stat.startTime) < oldest) settled.set(key, mark);
    return [{ identity, group: stat.group, session: stat.session, mark }];
  });
  settledMarks = settled;
  return residents;
}

/**
 * The living members, leader included. A session's number is no proof once its leader is gone (the kernel may give it to a stranger),
 * so from then on only the mark and `others` count.
 */
export async function membersOf(family: Family): Promise<readonly Resident[]> {
  const { leader, mark, others } = family;
  const residents = await census();
  const trusted = isAlive(leader);
  return residents.filter(
    (one) =>
      (trusted && one.session === leader.pid) ||
      others.includes(one.identity.pid) ||
      (one.mark?.home === mark.home && one.mark.instance === mark.instance),
  );
}

/** Kills all but the one to be spared; returns how many were told. Call again until it returns 0: they may fork meanwhile. */
export async function killMembers(family: Family, spare?: ProcessIdentity): Promise<number> {
  const members = await membersOf(family);
  return members.filter(({ identity }) => identity.pid !== spare?.pid && signalProcess(identity, 'SIGKILL')).length;
}
