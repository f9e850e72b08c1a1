// Finds where this process may make control groups: below its own one, so that limits set from outside go on holding.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
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

/** Where `codectl/<name>` is, or will be, in each hierarchy. Makes nothing; a machine without cgroups gives `{}`. */
export async function findCgroups(name: string): Promise<CgroupHome> {
  const [mounts, own] = await Promise.all(
    ['/proc/self/mountinfo', '/proc/self/cgroup'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const found = Object.entries(ownCgroups(mounts ?? '', own ?? ''));
  return Object.fromEntries(
    found.map(([controller, { version, directory }]) => [controller, { version, directory: join(directory, 'codectl', name) }]),
  );
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

/** Makes the directory of a hierarchy so that those below it can be limited. Errors: the system's, where it is not permitted. */
export async function openHierarchy({ version, directory }: Hierarchy, controller: Controller): Promise<void> {
  const ours = dirname(directory);
  for (const path of [ours, directory]) await makeCgroup(path);
  if (version === 2) for (const path of [dirname(ours), ours, directory]) await enable(path, controller);
}

/** One level: `recursive` never ends on file systems of the kernel that answer ENOENT to a missing parent that cannot be made. */
export async function makeCgroup(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
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
  await makeCgroup(leaf);
  await writeFile(join(leaf, 'cgroup.procs'), String(process.pid));
}
