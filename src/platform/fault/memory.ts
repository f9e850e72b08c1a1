// The memory cgroup of a running process: its limit, what is used of it, and how often it was hit.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownCgroups } from '../process/cgroup-mounts.ts';

export interface MemoryGroup {
  readonly directory: string;
  /** Bytes; absent: there is none. */
  readonly limit?: number;
}

/** `undefined` where the machine has no such cgroups, or the process is gone. */
export async function memoryGroupOf(pid: number): Promise<MemoryGroup | undefined> {
  const [mounts, own] = await Promise.all(
    ['/proc/self/mountinfo', `/proc/${pid}/cgroup`].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const found = ownCgroups(mounts ?? '', own ?? '').memory;
  if (found === undefined) return undefined;
  const text = await numberIn(found.directory, ['memory.max', 'memory.limit_in_bytes']);
  // Version 1 says "none" with the largest number of pages there is.
  const limit = text === undefined || text > 2 ** 60 ? undefined : text;
  return { directory: found.directory, ...(limit !== undefined && { limit }) };
}

/** How often the limit was hit, and how many processes died of it; `undefined` when the cgroup is gone. */
export async function memoryHits(directory: string): Promise<{ readonly hits: number; readonly kills: number } | undefined> {
  const [events, control] = await Promise.all([textIn(directory, 'memory.events'), textIn(directory, 'memory.oom_control')]);
  const failures = await numberIn(directory, ['memory.failcnt']);
  const hits = failures ?? Number(/^max (\d+)$/m.exec(events)?.[1] ?? Number.NaN);
  if (Number.isNaN(hits)) return undefined;
  return { hits, kills: Number(/^oom_kill (\d+)$/m.exec(`${events}\n${control}`)?.[1] ?? 0) };
}

async function numberIn(directory: string, names: readonly string[]): Promise<number | undefined> {
  const texts = await Promise.all(names.map((name) => textIn(directory, name)));
  const found = texts.find((text) => /^\d+\s*$/.test(text));
  return found === undefined ? undefined : Number(found);
}

function textIn(directory: string, name: string): Promise<string> {
  return readFile(join(directory, name), 'utf8').catch(() => '');
}
