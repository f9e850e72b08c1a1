// One site: whether it is there, what it answers to what nobody has, what can be found, and then each probe with what came of it.
import type { ProbeResult, SiteExhibit } from '../../model/proving/probe.ts';
import type { Listed } from './crawl.ts';
import { crawl } from './crawl.ts';
import type { Ground, SiteName } from './ground.ts';
import { injectionsOf } from './injections.ts';
import type { Outcome, Probe } from './probe.ts';
import { judged, notMeasured, Untried } from './probe.ts';
import { isFine } from './seen.ts';
import type { SiteBounds, SiteDoors } from './site.ts';
import { Site } from './site.ts';

interface Visit {
  readonly name: SiteName;
  readonly target: { readonly doors: SiteDoors };
  readonly bounds: SiteBounds;
  readonly listed: readonly Listed[];
  readonly mostPages: number;
  readonly probes: readonly Probe[];
  readonly callback: Ground['callback'];
  readonly canary: Ground['canary'];
  readonly secrets: Ground['secrets'];
  readonly token: () => string;
  readonly report: (result: ProbeResult) => void;
}

export async function probeSite(visit: Visit, signal: AbortSignal): Promise<SiteExhibit> {
  const { name, probes, report } = visit;
  const site = new Site(name, visit.target.doors, visit.bounds, signal);
  const told = { site: name.name, mounts: name.mounts, pages: [], inputs: [], answersEverything: false };
  let ground: Ground;
  try {
    ground = await survey(site, visit, signal);
  } catch (thrown) {
    const because = reasonOf(thrown, signal);
    for (const probe of probes) report(resultOf(probe, name, notMeasured(because), 0));
    return { ...told, requests: site.sent, untried: because };
  }
  for (const probe of probes) {
    const before = site.sent;
    report(resultOf(probe, name, await attempt(probe, ground, signal), site.sent - before));
  }
  return {
    ...told,
    pages: ground.pages.map((seen) => `${seen.request} ${seen.status}`),
    inputs: ground.inputs.map(({ method, path, place, values }) => `${method} ${path} ${place} ${Object.keys(values).join(' ')}`),
    answersEverything: ground.answersEverything,
    requests: site.sent,
  };
}

/** Errors: `Untried` when the site does not answer. */
async function survey(site: Site, visit: Visit, signal: AbortSignal): Promise<Ground> {
  const { name, callback, canary, secrets, token, bounds } = visit;
  const strangers = [];
  for (const mount of name.mounts) strangers.push(await site.ask({ path: `${mount.replace(/\/$/, '')}/${token()}` }));
  const unserved = strangers.find(({ status }) => status === 502 || status === 503 || status === 504);
  if (unserved) throw new Untried(`${unserved.request} was answered ${unserved.status}: no instance serves it`);
  const { pages, inputs } = await crawl(site, visit.listed, visit.mostPages);
  return {
    found: [],
    site: name,
    pages,
    inputs,
    injections: injectionsOf(site, pages, inputs),
    answersEverything: strangers.some(isFine),
    missing: strangers[0],
    callback,
    canary,
    secrets,
    token,
    signal,
    patience: bounds.patience,
    ask: (wish) => site.ask(wish),
    raw: (raw) => site.raw(raw),
    plain: name.tls ? (raw) => site.plain(raw) : undefined,
    handshake: (only) => site.handshake(only),
    slow: (count, head) => site.slow(count, head),
  };
}

async function attempt(probe: Probe, ground: Ground, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted) return notMeasured('the trial was interrupted');
  if (probe.needsNotFound && ground.answersEverything) return notMeasured('the site answers 2xx to paths that nobody has');
  const found: Ground['found'] = [];
  try {
    return await probe.run({ ...ground, found });
  } catch (thrown) {
    const because = reasonOf(thrown, signal);
    return found.length > 0 ? judged(found) : notMeasured(because);
  }
}

function reasonOf(thrown: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'the trial was interrupted';
  if (thrown instanceof Untried) return thrown.message;
  throw thrown;
}

function resultOf(
  { id, title, severity, cwe, remediation }: Probe,
  { name }: SiteName,
  { word, because, evidence }: Outcome,
  tried: number,
): ProbeResult {
  return { probe: id, title, severity, cwe, site: name, word, ...(because !== undefined && { because }), tried, evidence, remediation };
}
