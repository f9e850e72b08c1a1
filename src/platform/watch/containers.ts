// Who runs in a container, seen from the machine that it runs on: the processes that share its first one's process namespace.
import { readFile, readlink } from 'node:fs/promises';
import { ownCgroups } from '../process/cgroup-mounts.ts';
import { listPids } from '../process/proc.ts';

/** One look at the whole machine, for as many containers as there are. */
export async function processesByNamespace(): Promise<ReadonlyMap<string, readonly number[]>> {
  const pairs = await Promise.all(listPids().map(async (pid) => [await namespaceOf(pid), pid] as const));
  const groups = Map.groupBy(pairs, ([namespace]) => namespace ?? '');
  return new Map([...groups].map(([namespace, all]) => [namespace, all.map(([, pid]) => pid)]));
}

/** `undefined` for one that has ended, or may not be looked at. */
export function namespaceOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

/** Where the kernel counts what its memory does; `undefined` where no such place can be seen from here. */
export async function memoryCgroupOf(pid: number): Promise<string | undefined> {
  const [mounts = '', own = ''] = await Promise.all(
    ['/proc/self/mountinfo', `/proc/${pid}/cgroup`].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return ownCgroups(mounts, own).memory?.directory;
}
