// A process that fills the memory of a control group, and ends by itself: when its time is over, or when whoever began it is gone.

import { cgroupPids } from '../process/cgroup.ts';
import { environmentOf } from '../process/proc.ts';
import type { DetachedProcess } from '../process/spawn.ts';
import { spawnDetached } from '../process/spawn.ts';

/** Joins first, so that all of its memory counts; then asks for more in small steps, and touches it. */
const script = `
const { writeFileSync } = require('node:fs');
const [group, bytes, lasts, parent] = process.argv.slice(1);
writeFileSync(group + '/cgroup.procs', String(process.pid));
try { writeFileSync('/proc/self/oom_score_adj', '-900'); } catch {}
const held = [];
const over = Date.now() + Number(lasts);
let left = Number(bytes);
setInterval(() => {
  if (Date.now() > over) process.exit(0);
  try { process.kill(Number(parent), 0); } catch { process.exit(0); }
  for (let step = 0; step < 4 && left > 0; step += 1, left -= 1048576) held.push(Buffer.alloc(1048576, 1));
}, 5);
`;

/** In its environment: whoever else is in the cgroup belongs there. */
const mark = 'CODE_FAULT_HOG';

export interface HogOptions {
  /** The directory of a memory cgroup. */
  readonly group: string;
  readonly bytes: number;
  /** Milliseconds. */
  readonly lasts: number;
}

/** Errors: those of `spawnDetached`. */
export function startHog({ group, bytes, lasts }: HogOptions): Promise<DetachedProcess> {
  const args = ['-e', script, group, String(bytes), String(lasts), String(process.pid)];
  return spawnDetached({ command: process.execPath, args, cwd: '/', env: { [mark]: '1' }, stdout: '/dev/null', stderr: '/dev/null' });
}

/** Those that are in a cgroup, whoever began them. */
export async function hogsIn(group: string): Promise<readonly number[]> {
  return (await cgroupPids([group])).filter((pid) => environmentOf(pid, [mark])?.[mark] === '1');
}
