// Finds where this process may make control groups: below its own one, so that limits set from outside go on holding.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { systemErrorCode } from '../../base/errors.ts';

export type Controller = 'memory' | 'cpu';

export interface Hierarchy {
  readonly version: 1 | 2;
  /** Below it one directory for each instance. */
  readonly directory: string;
}

/** A controller that is absent or not permitted is left out. */
export type CgroupHome = Readonly<Partial<Record<Controller, Hierarchy>>>;

const controllers: readonly Controller[] = ['memory', 'cpu'];

/** Makes `codectl/<name>` in each usable hierarchy. Nothing here is an error: a machine without cgroups gives `{}`. */
export async function findCgroups(name: string): Promise<CgroupHome> {
  const [mounts, own] = await Promise.all(
    ['/proc/self/mountinfo', '/proc/self/cgroup'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return openCgroups(ownCgroups(mounts ?? '', own ?? ''), name);
}

/** `man 7 cgroups`: our own directory in each hierarchy that has the controller; version 1 holds a controller or leaves it to version 2. */
export function ownCgroups(mountinfo: string, selfCgroup: string): CgroupHome {
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  const paths = selfCgroup.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  const found = controllers.flatMap((controller): [Controller, Hierarchy][] => {
    const first = mounts.find((mount) => mount.type === 'cgroup' && mount.options.includes(controller));
    const mount = first ?? mounts.find(({ type }) => type === 'cgroup2');
    const path = paths.find(([, names]) => (first ? names?.split(',').includes(controller) : names === ''))?.[2];
    if (mount === undefined || path === undefined) return [];
    // In a container the mount may show a part of the tree only; a path outside of it is not ours to use.
    const below = relative(mount.root, path);
    const directory = below.startsWith('..') ? mount.point : join(mount.point, below);
    return [[controller, { version: first ? 1 : 2, directory }]];
  });
  return Object.fromEntries(found);
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** `man 5 proc_pid_mountinfo`: id parent major:minor root point options… - type source super-options */
function parseMount(line: string): readonly Mount[] {
  const [before, after] = line.split(' - ');
  const [, , , root, point] = before?.split(' ') ?? [];
  const [type, , options] = after?.split(' ') ?? [];
  return root && point && type ? [{ root, point, type, options: options?.split(',') ?? [] }] : [];
}

/** Makes `codectl/<name>` below each directory, and leaves out what is refused. */
export async function openCgroups(own: CgroupHome, name: string): Promise<CgroupHome> {
  const opened = await Promise.all(
    controllers.map(async (controller): Promise<[Controller, Hierarchy][]> => {
      const hierarchy = own[controller];
      if (hierarchy === undefined) return [];
      const directory = await openOne(hierarchy, controller, name).catch(() => undefined);
      return directory === undefined ? [] : [[controller, { version: hierarchy.version, directory }]];
    }),
  );
  return Object.fromEntries(opened.flat());
}

async function openOne({ version, directory }: Hierarchy, controller: Controller, name: string): Promise<string> {
  const ours = join(directory, 'codectl');
  const home = join(ours, name);
  await mkdir(home, { recursive: true });
  if (version === 2) for (const path of [directory, ours, home]) await enable(path, controller);
  return home;
}

/** Version 2 gives a controller to children only when the parent says so, and only where no process sits in the parent itself. */
async function enable(directory: string, controller: Controller): Promise<void> {
  const control = join(directory, 'cgroup.subtree_control');
  if ((await readFile(control, 'utf8')).trim().split(' ').includes(controller)) return;
  try {
    await writeFile(control, `+${controller}`);
  } catch (error) {
    if (systemErrorCode(error) !== 'EBUSY') throw error;
    await moveAside(directory);
    await writeFile(control, `+${controller}`);
  }
}

/** Moves this process to a leaf of its own, if nobody else would have to move. */
async function moveAside(directory: string): Promise<void> {
  const inside = (await readFile(join(directory, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean);
  if (inside.some((pid) => pid !== String(process.pid))) return;
  const leaf = join(directory, 'codectl-engine');
  await mkdir(leaf, { recursive: true });
  await writeFile(join(leaf, 'cgroup.procs'), String(process.pid));
}
