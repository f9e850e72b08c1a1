// Every process that belongs to something we started: in its session, with its mark in the environment, or in its cgroup.
import type { ProcessIdentity } from './identity.ts';
import { identityOf, isAlive } from './identity.ts';
import { carriesMark, listPids, readStat } from './proc.ts';
import { signalProcess } from './signal.ts';

export interface Family {
  readonly leader: ProcessIdentity;
  /** Variables that only this family has in its environment; finds those who left the session. */
  readonly mark: Readonly<Record<string, string>>;
  /** Pids that are known to belong to it by other means (its cgroup). */
  readonly others: readonly number[];
}

/**
 * The living members, leader included. A session's number is no proof once its leader is gone (the kernel may give it to a stranger),
 * so from then on only the mark and `others` count. One scan of /proc, some 20 µs for each process of the machine.
 */
export function membersOf(family: Family): readonly ProcessIdentity[] {
  const trusted = isAlive(family.leader);
  return listPids().flatMap((pid) => {
    if (pid === process.pid) return [];
    const identity = identityOf(pid);
    const belongs =
      identity &&
      ((trusted && readStat(pid)?.session === family.leader.pid) || family.others.includes(pid) || carriesMark(pid, family.mark));
    return belongs ? [identity] : [];
  });
}

/** Kills all but those to be spared; returns how many were told. Call again until it returns 0: they may fork meanwhile. */
export function killMembers(family: Family, spare?: ProcessIdentity): number {
  return membersOf(family).filter((one) => one.pid !== spare?.pid && signalProcess(one, 'SIGKILL')).length;
}
