// A security trial of one application: each of its sites is looked at, then every probe is tried on it, one after the other.
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeResult, SecurityExhibit, SiteExhibit } from '../../model/proving/probe.ts';
import type { Callback } from '../../platform/attack/callback.ts';
import { openCallback } from '../../platform/attack/callback.ts';
import { exchange } from '../../platform/attack/wire.ts';
import { removeIfExists, writeFileAtomic } from '../../platform/files.ts';
import type { Listed } from './crawl.ts';
import type { Ground, SiteName } from './ground.ts';
import type { Probe } from './probe.ts';
import { probes } from './registry.ts';
import type { SiteBounds, SiteDoors } from './site.ts';
import { probeSite } from './visit.ts';

export interface SecurityTarget {
  readonly runtime: string;
  readonly sites: readonly SiteName[];
  readonly doors: SiteDoors;
}

export interface SecurityWish {
  readonly target: SecurityTarget;
  readonly listed: readonly Listed[];
  readonly mostPages: number;
  readonly bounds: SiteBounds;
  readonly secrets: Ground['secrets'];
  /** Only these, by id; absent: all. */
  readonly only?: readonly string[];
  /** Told as each is done. */
  readonly progress: (result: ProbeResult) => void;
}

export type SecurityOutcome = Omit<SecurityExhibit, 'supply' | 'shipped' | 'watch'>;

/** What was seen until then, where the signal ends it; throws nothing but defects. */
export async function proveSecurity(wish: SecurityWish, signal: AbortSignal): Promise<SecurityOutcome> {
  const startedAt = Date.now();
  const results: ProbeResult[] = [];
  const sites: SiteExhibit[] = [];
  const chosen: readonly Probe[] = probes.filter(({ id }) => wish.only === undefined || wish.only.includes(id));
  const callback = await listenFor(wish.target.runtime, signal);
  const canary = { path: join(tmpdir(), `codectl-canary-${word()}.txt`), text: `canary-${word()}` };
  await writeFileAtomic(canary.path, `${canary.text}\n`, 0o644);
  try {
    for (const name of wish.target.sites)
      sites.push(await probeSite({ ...wish, name, probes: chosen, callback, canary, token: word, report: keep }, signal));
  } finally {
    if (typeof callback !== 'string') callback.close();
    await removeIfExists(canary.path);
  }
  return {
    format: 'security-probes/1',
    startedAt,
    endedAt: Date.now(),
    runtime: wish.target.runtime,
    interrupted: signal.aborted,
    sites,
    results,
  };

  function keep(result: ProbeResult): void {
    results.push(result);
    wish.progress(result);
  }
}

/** A listener that was seen to be reached from here, or why there is none. */
async function listenFor(runtime: string, signal: AbortSignal): Promise<Callback | string> {
  if (runtime !== 'process') return `on ${runtime} the application does not reach a listener on this machine's loopback`;
  const callback = await openCallback();
  const url = new URL(callback.urlFor('self'));
  const text = `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`;
  const door = { host: '127.0.0.1', port: Number(url.port) };
  const seen = await exchange(door, { pieces: [text], answers: 1, most: 10_000, timeout: 60_000 }, signal).catch(() => undefined);
  if (seen && callback.calls.includes('self')) return callback;
  callback.close();
  return 'a listener of ours was not reached even from here';
}

function word(): string {
  return `q${randomBytes(6).toString('hex')}`;
}
