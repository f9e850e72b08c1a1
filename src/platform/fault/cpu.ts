// The CPU cgroup of a running process: how much of a processor it may have, and how often it had to wait for more (`man 7 cgroups`).
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hierarchy } from '../process/cgroup-mounts.ts';
import { ownCgroups } from '../process/cgroup-mounts.ts';

/** Microseconds of CPU time in each period; as the kernel writes them. */
export interface CpuShare {
  /** `-1` or `max`: as much as there is. */
  readonly quota: string;
  readonly period: string;
}

/** `undefined` where the machine has no such cgroups, or the process is gone. */
export async function cpuGroupOf(pid: number): Promise<Hierarchy | undefined> {
  const [mounts, own] = await Promise.all(['/proc/self/mountinfo', `/proc/${pid}/cgroup`].map((file) => textOf(file)));
  return ownCgroups(mounts ?? '', own ?? '').cpu;
}

/** `undefined`: the cgroup is gone. */
export async function cpuShare({ version, directory }: Hierarchy): Promise<CpuShare | undefined> {
  if (version === 2) {
    const [quota, period] = (await textOf(join(directory, 'cpu.max'))).split(/\s+/);
    return quota && period ? { quota, period } : undefined;
  }
  const [quota = '', period = ''] = await Promise.all(
    ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map(async (name) => (await textOf(join(directory, name))).trim()),
  );
  return quota === '' || period === '' ? undefined : { quota, period };
}

/** Errors: the system's. */
export async function shareCpu({ version, directory }: Hierarchy, { quota, period }: CpuShare): Promise<void> {
  if (version === 2) return writeFile(join(directory, 'cpu.max'), `${quota} ${period}`);
  // Between two writes it must be within its parent's share, too: first what can only take away.
  await writeFile(join(directory, 'cpu.cfs_quota_us'), '1000');
  await writeFile(join(directory, 'cpu.cfs_period_us'), period);
  await writeFile(join(directory, 'cpu.cfs_quota_us'), quota);
}

/** In how many periods it had to wait; `undefined`: the cgroup is gone. */
export async function cpuThrottles({ directory }: Hierarchy): Promise<number | undefined> {
  const [, count] = /^nr_throttled (\d+)$/m.exec(await textOf(join(directory, 'cpu.stat'))) ?? [];
  return count === undefined ? undefined : Number(count);
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
