// Whom faults of processes may befall: processes that carry the mark of this home and of the instance, and the engine's own by their written identity.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { digestOf, shortDigest } from '../../../base/digest.ts';
import { jsonIn } from '../../../base/json.ts';
import type { FaultTarget } from '../../../model/proving/fault.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { isAlive, parseIdentity } from '../../../platform/process/identity.ts';
import { census } from '../../../platform/process/members.ts';
import { environmentOf } from '../../../platform/process/proc.ts';

export interface ProcessFaultsOptions {
  /** The engine's directory. */
  readonly home: string;
  readonly clock: Clock;
  /** Starts the daemon of this home again, unless it runs. */
  readonly restartDaemon: () => Promise<void>;
}

export interface Site extends ProcessFaultsOptions {
  /** Marks every process of this home. */
  readonly homeId: string;
}

export function siteOf(options: ProcessFaultsOptions): Site {
  return { ...options, homeId: shortDigest(digestOf(resolve(options.home)), 16) };
}

/** The application's processes: all that carry the instance's mark but its launcher, which has to write down how it ended. */
export async function processesOf(site: Site, instance: string): Promise<readonly ProcessIdentity[]> {
  const all = await census();
  const marked = all.filter(({ mark }) => mark?.home === site.homeId && mark.instance === instance);
  return marked.filter(({ identity, session }) => identity.pid !== session).map(({ identity }) => identity);
}

/** Who may be hit for this target, looked up anew each time: of an instance its processes, of the engine the one that wrote down who it is. */
export async function victimsOf(site: Site, target: FaultTarget): Promise<readonly ProcessIdentity[]> {
  if (target.kind === 'instance') return processesOf(site, target.id);
  const files = target.kind === 'daemon' ? ['daemon.json'] : ['gateway/gateway.json', 'gateway/2/gateway.json'];
  const written = await Promise.all(files.map((file) => readFile(join(site.home, file), 'utf8').catch(() => '')));
  const known = written.flatMap((text) => parseIdentity((jsonIn(text) as { identity?: unknown } | undefined)?.identity) ?? []);
  return known.filter((identity) => identity.pid === target.pid && isAlive(identity));
}

export interface Relative {
  readonly instance: string;
  readonly identity: ProcessIdentity;
}

const told = ['CODE_APPLICATION', 'CODE_ENVIRONMENT', 'CODE_SERVICE'] as const;

/** What an instance is, as its processes were told. */
export type Introduction = Readonly<Record<string, string>>;

export function introductionOf({ pid }: ProcessIdentity): Introduction {
  return environmentOf(pid, told) ?? {};
}

/** Processes, without launchers, of all instances of the same service in the same environment. */
export async function relativesOf(site: Site, like: Introduction): Promise<readonly Relative[]> {
  const all = await census();
  return all.flatMap(({ identity, session, mark }): readonly Relative[] => {
    if (mark?.home !== site.homeId || identity.pid === session) return [];
    const found = introductionOf(identity);
    return told.every((name) => like[name] !== undefined && found[name] === like[name]) ? [{ instance: mark.instance, identity }] : [];
  });
}
