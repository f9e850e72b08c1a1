// What the kernel tells of this machine: processes without their arguments, disks, interfaces, and what listens.
import { readFile, statfs } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { listPids, readStat, residentBytes, ticksPerSecond } from '../process/proc.ts';
import { parseRows } from '../watch/rows.ts';

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly user: number;
  readonly state: string;
  readonly cpuSeconds: number;
  readonly memory: number;
}

/** Those that end meanwhile are left out. */
export async function processFacts(): Promise<readonly ProcessFacts[]> {
  const found = await Promise.all(listPids().map(async (pid) => factsOf(pid)));
  return found.filter((one) => one !== undefined);
}

async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  const status = await text(`/proc/${pid}/status`);
  const stat = readStat(pid);
  if (status === undefined || !stat) return undefined;
  const of = (name: string): string => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const { parent, state, ownTicks } = stat;
  return {
    pid,
    parent,
    state,
    name: of('Name'),
    user: Number(of('Uid')),
    cpuSeconds: ownTicks / ticksPerSecond,
    memory: residentBytes(pid),
  };
}

export interface DiskFacts {
  readonly device: string;
  readonly mount: string;
  readonly kind: string;
  readonly size: number;
  readonly free: number;
  readonly filesUsed?: number;
}

/** What holds files: one of each device, the shortest place where it is mounted; what is only in memory and of the kernel is left out. */
export async function diskFacts(): Promise<readonly DiskFacts[]> {
  const mounts = ((await text('/proc/self/mounts')) ?? '').split('\n').flatMap((line) => {
    const [device = '', mount = '', kind = ''] = line.split(' ').map(unescaped);
    return device.startsWith('/') || kind === 'overlay' || kind === 'zfs' || kind.startsWith('nfs') ? [{ device, mount, kind }] : [];
  });
  const shortest = new Map<string, (typeof mounts)[number]>();
  for (const one of mounts.toSorted((a, b) => a.mount.length - b.mount.length))
    if (!shortest.has(one.device)) shortest.set(one.device, one);
  const found = await Promise.all(
    [...shortest.values()].map(async (one): Promise<DiskFacts | undefined> => {
      const facts = await statfs(one.mount).catch(() => undefined);
      if (!facts || facts.blocks === 0) return undefined;
      const filesUsed = facts.files === 0 ? undefined : (facts.files - facts.ffree) / facts.files;
      return { ...one, size: facts.blocks * facts.bsize, free: facts.bavail * facts.bsize, ...(filesUsed !== undefined && { filesUsed }) };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** Blanks and backslashes stand there as octal numbers (man 5 proc). */
function unescaped(field: string): string {
  return field.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

interface InterfaceFacts {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly received?: number;
  readonly sent?: number;
}

export async function networkFacts(): Promise<{ readonly interfaces: readonly InterfaceFacts[]; readonly listening: readonly string[] }> {
  const counted = countersIn((await text('/proc/net/dev')) ?? '');
  const interfaces = Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    addresses: addresses.map(({ cidr, address }) => cidr ?? address),
    ...counted.get(name),
  }));
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => text(`/proc/net/${name}`)));
  const rows = tables.flatMap((table) => parseRows(table ?? '')).filter(({ state }) => state === 'listening');
  const shown = rows.map(({ local: { host, port } }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return { interfaces, listening: [...new Set(shown)].toSorted() };
}

function countersIn(table: string): ReadonlyMap<string, { readonly received: number; readonly sent: number }> {
  const rows = table.split('\n').flatMap((line): [string, { received: number; sent: number }][] => {
    const [name, rest] = line.split(':');
    const fields = rest?.trim().split(/\s+/).map(Number) ?? [];
    return name === undefined || fields.length < 9 ? [] : [[name.trim(), { received: fields[0] ?? 0, sent: fields[8] ?? 0 }]];
  });
  return new Map(rows);
}

async function text(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
