// Limits on memory and CPU by Linux control groups, version 1 or 2, whichever this machine has and lets us use.
import { access, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../base/errors.ts';
import type { CgroupHome, Controller, Hierarchy } from './cgroup-mounts.ts';
import { findCgroups, makeCgroup, openHierarchy } from './cgroup-mounts.ts';

export interface Limits {
  /** Bytes, swap included. */
  readonly memory?: number;
  /** Cores, for example 0.5. */
  readonly cpu?: number;
  /** Over how many microseconds `cpu` holds on average: what is used up too early waits for the rest of it. */
  readonly cpuPeriod?: number;
}

export interface Cgroup {
  /** To be joined by writing a pid to each one's `cgroup.procs`. */
  readonly directories: readonly string[];
  /** `memory limit`, `cpu limit`: asked for, and not to be had here. */
  readonly notEnforced: readonly string[];
}

const usualPeriod = 100_000;
/** The kernel refuses quotas below 1 ms. */
const leastQuota = 1_000;

/** Makes the cgroups of one instance, also without limits. What is not permitted is named in the result, never an error. Idempotent. */
export async function createCgroup(home: CgroupHome, name: string, limits: Limits): Promise<Cgroup> {
  const { cpu, memory } = limits;
  const bytes = memory === undefined ? undefined : Math.floor(memory);
  const [forMemory, forCpu] = [
    bytes === undefined ? undefined : await limited(home, 'memory', name, (one) => limitMemory(one, bytes)),
    cpu === undefined ? undefined : await limited(home, 'cpu', name, (one) => limitCpu(one, cpu, limits.cpuPeriod)),
  ];
  // Without a limit it still says who belongs to the instance: a process can leave its session and its environment, not its cgroup.
  const forMembers = forMemory ?? forCpu ?? (await limited(home, home.memory ? 'memory' : 'cpu', name, async () => undefined));
  const directories = [...new Set([forMemory, forCpu, forMembers].filter((path) => path !== undefined))];
  const notEnforced = [
    ...(memory !== undefined && forMemory === undefined ? ['memory limit'] : []),
    ...(cpu !== undefined && forCpu === undefined ? ['cpu limit'] : []),
  ];
  return { directories, notEnforced };
}

interface Target {
  readonly version: Hierarchy['version'];
  readonly directory: string;
}

async function limited(
  home: CgroupHome,
  controller: Controller,
  name: string,
  limit: (one: Target) => Promise<void>,
): Promise<string | undefined> {
  const hierarchy = home[controller];
  if (hierarchy === undefined) return undefined;
  const directory = join(hierarchy.directory, name);
  try {
    await openHierarchy(hierarchy, controller);
    await makeCgroup(directory);
    await limit({ version: hierarchy.version, directory });
    return directory;
  } catch {
    // Another controller may use the same directory; if none does, it is empty and goes.
    await rmdir(directory).catch(() => undefined);
    return undefined;
  }
}

async function limitMemory({ version, directory }: Target, bytes: number): Promise<void> {
  if (version === 2) {
    await writeFile(join(directory, 'memory.max'), String(bytes));
    await writeIfThere(join(directory, 'memory.swap.max'), '0');
    // One process without the others is seldom worth anything: all of the instance goes, and is started afresh.
    return writeIfThere(join(directory, 'memory.oom.group'), '1');
  }
  await writeFile(join(directory, 'memory.limit_in_bytes'), String(bytes));
  await writeIfThere(join(directory, 'memory.memsw.limit_in_bytes'), String(bytes));
}

async function limitCpu({ version, directory }: Target, cores: number, period = usualPeriod): Promise<void> {
  const quota = Math.max(leastQuota, Math.round(cores * period));
  if (version === 2) return writeFile(join(directory, 'cpu.max'), `${quota} ${period}`);
  await writeFile(join(directory, 'cpu.cfs_period_us'), String(period));
  await writeFile(join(directory, 'cpu.cfs_quota_us'), String(quota));
}

async function writeIfThere(path: string, value: string): Promise<void> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) await writeFile(path, value);
}

/** Whether the kernel killed something in these cgroups because their memory was used up. */
export async function ranOutOfMemory(directories: readonly string[]): Promise<boolean> {
  return ((await memoryKills(directories)) ?? 0) > 0;
}

/** How many processes the kernel killed because the memory of these cgroups was used up; `undefined` where no controller counts them. */
export async function memoryKills(directories: readonly string[]): Promise<number | undefined> {
  const files = directories.flatMap((directory) => [join(directory, 'memory.oom_control'), join(directory, 'memory.events')]);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const counts = texts.flatMap((text) => /^oom_kill (\d+)$/m.exec(text)?.[1] ?? []);
  return counts.length === 0 ? undefined : Math.max(...counts.map(Number));
}

/** Pids of the processes in these cgroups. */
export async function cgroupPids(directories: readonly string[]): Promise<readonly number[]> {
  const texts = await Promise.all(directories.map((directory) => readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '')));
  return [...new Set(texts.flatMap((text) => text.split('\n').filter(Boolean).map(Number)))];
}

/** Removes empty cgroups; false when a process is still in one. */
export async function removeCgroups(directories: readonly string[]): Promise<boolean> {
  let all = true;
  for (const directory of directories) {
    try {
      await rmdir(directory);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') all = false;
    }
  }
  return all;
}

/** Removes what dead instances of this home left; a cgroup with a process in it cannot be removed, so nothing living is touched. */
export async function sweepCgroups(home: CgroupHome, keep: (name: string) => boolean): Promise<void> {
  for (const root of rootsOf(home)) {
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    await removeCgroups(entries.flatMap((entry) => (entry.isDirectory() && !keep(entry.name) ? [join(root, entry.name)] : [])));
  }
}

/** Removes the home's own directories, if nothing is below them. Not while an instance is being started. */
export async function closeCgroups(home: CgroupHome): Promise<void> {
  for (const root of rootsOf(home)) if (await removeCgroups([root])) await removeCgroups([dirname(root)]);
}

function rootsOf(home: CgroupHome): ReadonlySet<string> {
  return new Set([home.memory, home.cpu].flatMap((hierarchy) => hierarchy?.directory ?? []));
}

export type LimitSupport = { readonly enforced: true; readonly by: string } | { readonly enforced: false; readonly because: string };

/** Whether a memory limit can be had here; found out by making one, never by guessing from versions. */
export async function memoryLimitSupport(): Promise<LimitSupport> {
  const home = await findCgroups('probe');
  if (home.memory === undefined) return { enforced: false, because: 'this machine has no memory cgroup that this user may use' };
  const probe = await createCgroup(home, `probe-${process.pid}`, { memory: 64 * 1024 * 1024 });
  await removeCgroups(probe.directories);
  await closeCgroups(home);
  if (probe.notEnforced.length > 0) return { enforced: false, because: `${home.memory.directory} takes no limit` };
  return { enforced: true, by: `cgroup v${home.memory.version}` };
}
