// Every process that belongs to something we started: in its session, with its mark in the environment, or in its cgroup.
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { ProcessIdentity } from './identity.ts';
import { identityOf, isAlive } from './identity.ts';
import type { Mark } from './mark.ts';
import { markOf } from './mark.ts';
import { listPids, readStat } from './proc.ts';
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
    return listPids().flatMap(resident);
  });
  return asked;
}

function resident(pid: number): readonly Resident[] {
  const identity = pid === process.pid ? undefined : identityOf(pid);
  const stat = identity && readStat(pid);
  return identity && stat ? [{ identity, group: stat.group, session: stat.session, mark: markOf(pid) }] : [];
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
