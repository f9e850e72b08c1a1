// Control groups: where they are found on machines of every make, and what is written, in directories that stand for the kernel's.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cgroupPids, closeCgroups, createCgroup, ranOutOfMemory, sweepCgroups } from './cgroup.ts';
import { ownCgroups } from './cgroup-mounts.ts';

describe('ownCgroups', () => {
  it('takes version 1 where a controller is there', () => {
    const mounts = [
      '30 25 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory',
      '31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:10 - cgroup cgroup rw,cpu,cpuacct',
      '32 25 0:28 / /sys/fs/cgroup/unified rw,relatime shared:11 - cgroup2 cgroup2 rw',
    ].join('\n');
    expect(ownCgroups(mounts, '4:memory:/user/1\n3:cpu,cpuacct:/\n0::/session')).toEqual({
      memory: { version: 1, directory: '/sys/fs/cgroup/memory/user/1' },
      cpu: { version: 1, directory: '/sys/fs/cgroup/cpu,cpuacct' },
    });
  });

  it('takes version 2 for all where that is what there is', () => {
    const mounts = '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
    const directory = '/sys/fs/cgroup/system.slice/codectl.service';
    expect(ownCgroups(mounts, '0::/system.slice/codectl.service\n')).toEqual({
      memory: { version: 2, directory },
      cpu: { version: 2, directory },
    });
  });

  it('follows a container whose mount shows its own part only', () => {
    const mounts = '35 24 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    expect(ownCgroups(mounts, '4:memory:/docker/abc\n').memory?.directory).toBe('/sys/fs/cgroup/memory');
    expect(ownCgroups(mounts, '4:memory:/docker/abc/inner\n').memory?.directory).toBe('/sys/fs/cgroup/memory/inner');
  });

  it('has none on a machine without', () => {
    expect(ownCgroups('', '')).toEqual({});
    expect(ownCgroups('22 1 8:1 / / rw - ext4 /dev/sda1 rw', '0::/')).toEqual({});
  });
});

describe('version 2, as files', () => {
  let own = '';
  beforeEach(async () => {
    own = await mkdtemp(join(tmpdir(), 'code-cgroup-'));
    await mkdir(join(own, 'codectl', 'home'), { recursive: true });
    for (const path of [own, join(own, 'codectl'), join(own, 'codectl', 'home')])
      await writeFile(join(path, 'cgroup.subtree_control'), '\n');
  });
  afterEach(() => rm(own, { recursive: true, force: true }));

  it('gives the controllers down and writes the limits', async () => {
    const hierarchy = { version: 2, directory: join(own, 'codectl', 'home') } as const;
    const cgroup = await createCgroup({ memory: hierarchy, cpu: hierarchy }, 'api-1', { memory: 1_000_000.5, cpu: 0.25 });
    const directory = join(own, 'codectl', 'home', 'api-1');
    expect(cgroup).toEqual({ directories: [directory], notEnforced: [] });
    expect(await readFile(join(directory, 'memory.max'), 'utf8')).toBe('1000000');
    expect(await readFile(join(directory, 'cpu.max'), 'utf8')).toBe('25000 100000');
    expect(await readFile(join(own, 'cgroup.subtree_control'), 'utf8')).toBe('+cpu');
  });

  it('holds the limit over the period that was asked for, and never below what the kernel takes', async () => {
    const cpu = { version: 2, directory: join(own, 'codectl', 'home') } as const;
    const limitOf = async (name: string) => readFile(join(cpu.directory, name, 'cpu.max'), 'utf8');
    await createCgroup({ cpu }, 'short', { cpu: 0.25, cpuPeriod: 10_000 });
    await createCgroup({ cpu }, 'tiny', { cpu: 0.01, cpuPeriod: 10_000 });
    expect([await limitOf('short'), await limitOf('tiny')]).toEqual(['2500 10000', '1000 10000']);
  });

  it('names what is not enforced, and asks for nothing when nothing is asked', async () => {
    expect(await createCgroup({}, 'api-1', { memory: 1, cpu: 1 })).toEqual({ directories: [], notEnforced: ['memory limit', 'cpu limit'] });
    expect(await createCgroup({}, 'api-1', {})).toEqual({ directories: [], notEnforced: [] });
    const nowhere = { version: 2, directory: '/proc/nowhere/codectl/home' } as const;
    expect(await createCgroup({ memory: nowhere }, 'api-1', { memory: 1 })).toEqual({ directories: [], notEnforced: ['memory limit'] });
  });

  it('reads who is inside and whether the kernel killed for memory', async () => {
    await writeFile(join(own, 'cgroup.procs'), '12\n34\n');
    await writeFile(join(own, 'memory.events'), 'low 0\noom 2\noom_kill 0\n');
    expect(await cgroupPids([own, own, '/nowhere'])).toEqual([12, 34]);
    expect(await ranOutOfMemory([own])).toBe(false);
    await writeFile(join(own, 'memory.events'), 'low 0\noom 2\noom_kill 1\n');
    expect(await ranOutOfMemory([own])).toBe(true);
  });

  it('sweeps what is not kept, and the rest when all is gone', async () => {
    const [outer, home] = [join(own, 'empty'), join(own, 'empty', 'home')];
    for (const name of ['dead', 'kept']) await mkdir(join(home, name), { recursive: true });
    const cgroups = { memory: { version: 2, directory: home } } as const;
    await sweepCgroups(cgroups, (name) => name === 'kept');
    await closeCgroups(cgroups);
    expect(await readdir(home)).toEqual(['kept']);
    await sweepCgroups(cgroups, () => false);
    await closeCgroups(cgroups);
    await expect(readdir(outer)).rejects.toThrow('ENOENT');
  });
});
