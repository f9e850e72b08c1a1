// Who steps back while the processor is short: what starts, plans and copies makes room for what serves.
import { readdirSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { readStat } from './proc.ts';

/** Nice values, the load of a trial (which stands for clients on machines of their own) before all else; each is about a quarter more or less than the next: 10 gets a tenth of what 0 gets, where both want more than there is. */
export const nice = { outside: -10, serving: -5, usual: 0, planning: 3, starting: 10 } as const;

let allowed: boolean | undefined;

/** Whether we may take back a step; whoever may not should not have others step back. */
export function mayRaise(): boolean {
  allowed ??= tryRaise();
  return allowed;
}

function tryRaise(): boolean {
  if (process.platform !== 'linux') return false;
  const before = getPriority();
  try {
    setPriority(0, before - 1);
    setPriority(0, before);
    return true;
  } catch {
    return false;
  }
}

/**
 * Of all threads of a process. Linux may share the processor between sessions first (autogroup): then it is the session that counts, and
 * its value is set if the process leads it. What is not permitted stays as it is. Never throws.
 */
export function setNice(pid: number, value: number): void {
  for (const thread of threadsOf(pid)) attempt(() => setPriority(thread, value));
  if (readStat(pid)?.session === pid) attempt(() => writeFileSync(`/proc/${pid}/autogroup`, String(value)));
}

/**
 * This process plans: from now on it stands behind who serves. Whoever it starts begins there, too, hence only where they can be brought
 * back. It never comes forward by this.
 */
export function stepBack(): void {
  if (mayRaise() && getPriority() < nice.planning) setNice(process.pid, nice.planning);
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // It has ended, or is not ours to set.
  }
}
