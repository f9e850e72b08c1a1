// Sends signals to processes whose identity was checked a moment before, and to children of our own; a stranger is never signalled.
import { systemErrorCode } from '../../base/errors.ts';
import type { ProcessIdentity } from './identity.ts';
import { isAlive } from './identity.ts';

export type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR1' | 'SIGUSR2';

/** Signals one process; false when it is gone (or its pid belongs to another by now). */
export function signalProcess(identity: ProcessIdentity, signal: Signal): boolean {
  return isAlive(identity) && send(identity.pid, signal);
}

/**
 * Signals every process of the group that this process leads. While the leader lives, its pid, and so the group's number, is its own:
 * the kernel gives neither to anybody else. False when the leader is gone; see `members.ts` for what it left behind.
 */
export function signalGroup(leader: ProcessIdentity, signal: Signal): boolean {
  return isAlive(leader) && send(-leader.pid, signal);
}

/** For children of our own, whose pid nobody else can have before we collected them. Never throws: it is called where nobody could do anything about it. */
export function killGroup(leaderPid: number): void {
  try {
    send(-leaderPid, 'SIGKILL');
  } catch {
    // What is left became another user's, and is not ours to end.
  }
}

function send(target: number, signal: Signal): boolean {
  // 0 and -1 mean "my own group" and "everybody": no wrong record may ever come to that.
  if (!Number.isSafeInteger(target) || Math.abs(target) <= 1) return false;
  try {
    return process.kill(target, signal);
  } catch (error) {
    if (systemErrorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
