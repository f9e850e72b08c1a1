// Holds programs to equal slices of the processor: in a trial that compares one of a kind with two, on a machine with too few cores for all.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closeCgroups, createCgroup, removeCgroups } from './cgroup.ts';
import type { CgroupHome } from './cgroup-mounts.ts';
import { findCgroups } from './cgroup-mounts.ts';

/** Short beside what a request may take, long beside the millisecond below which the kernel takes no quota. */
const period = 10_000;

export class CpuSlices {
  readonly #home: CgroupHome;
  readonly #made: string[] = [];

  private constructor(home: CgroupHome) {
    this.#home = home;
  }

  static async open(): Promise<CpuSlices> {
    return new CpuSlices(await findCgroups(`slices-${process.pid}`));
  }

  /** From now on the process gets at most this part of a core; false where there is no such limit to be had. */
  async hold(pid: number, cores: number): Promise<boolean> {
    const { directories, notEnforced } = await createCgroup(this.#home, String(pid), { cpu: cores, cpuPeriod: period });
    this.#made.push(...directories);
    if (notEnforced.length > 0) return false;
    try {
      for (const directory of directories) await writeFile(join(directory, 'cgroup.procs'), String(pid));
      return true;
    } catch {
      return false;
    }
  }

  /** Call when the processes are gone. */
  async end(): Promise<void> {
    await removeCgroups(this.#made);
    await closeCgroups(this.#home);
  }
}
