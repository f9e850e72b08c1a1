// Where a client's words can lead the server or another client: calls to addresses, redirects, links, foreign origins.
import { setTimeout as pause } from 'node:timers/promises';
import type { ProbeEvidence } from '../../../model/proving/probe.ts';
import type { Ground } from '../ground.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged, notMeasured } from '../probe.ts';
import { evidenceOf, pieceAround } from '../seen.ts';

/** For whoever calls later than they answer. */
const afterwards = 2_000;
const callingFields = ['Referer', 'X-Forwarded-Host', 'X-Wap-Profile', 'X-Callback-Url', 'X-Webhook-Url', 'Forwarded', 'True-Client-IP'];
const mostPages = 10;

export const outward: readonly Probe[] = [
  {
    id: 'ssrf.callback',
    title: 'The server does not call addresses that a client names',
    severity: 'high',
    cwe: 918,
    remediation:
      'Call addresses from a list only; else resolve first, and refuse private, loopback and link-local addresses, redirects included.',
    run: callbacks,
  },
  {
    id: 'redirect.open',
    title: 'The site does not send its visitors to addresses that a client names',
    severity: 'medium',
    cwe: 601,
    remediation: 'Redirect to paths of the site only, and check that they begin with one slash.',
    run: redirects,
  },
  {
    id: 'host.forwarded',
    title: 'Links do not follow fields about the host that a client sends',
    severity: 'medium',
    cwe: 644,
    remediation: 'Make links from a configured address; believe X-Forwarded-Host from a proxy of your own only.',
    run: forwarded,
  },
  {
    id: 'host.rewrite',
    title: 'Fields of a client do not change which path is answered',
    severity: 'high',
    cwe: 436,
    remediation: 'Ignore X-Original-URL and X-Rewrite-URL from clients.',
    needsNotFound: true,
    run: async (ground) => {
      const { found } = ground;
      for (const { path, status } of ground.pages.filter((one) => one.status < 300).slice(0, mostPages))
        for (const field of ['X-Original-URL', 'X-Rewrite-URL']) {
          const seen = await ground.ask({ path, fields: { [field]: `/${ground.token()}` } });
          // The twin: the same path without the field, once more.
          if (seen.status === 404 && (await ground.ask({ path })).status === status)
            found.push(evidenceOf(seen, `${field}: /…`, `with ${field} another path was answered`));
        }
      return judged(found);
    },
  },
  {
    id: 'cors.reflection',
    title: 'Foreign origins may not read what a visitor may',
    severity: 'high',
    cwe: 942,
    remediation: 'Answer Access-Control-Allow-Origin from a list of origins, and Allow-Credentials to these only.',
    run: origins,
  },
];

async function callbacks(ground: Ground): Promise<Outcome> {
  const { callback } = ground;
  if (typeof callback === 'string') return notMeasured(callback);
  const places = new Map<string, ProbeEvidence>();
  for (const injection of ground.injections) {
    const urls = new Map(injection.names.map((name) => [name, `${injection.where} ${name}`]));
    const seen = await injection.send((name) => callback.urlFor(urls.get(name) ?? ''));
    for (const [name, place] of urls) places.set(place, evidenceOf(seen, name, `an address in ${name} was called by the server`));
  }
  for (const { path } of ground.pages.slice(0, mostPages))
    for (const field of callingFields) {
      const place = `GET ${path} field ${field}`;
      const seen = await ground.ask({ path, fields: { [field]: callback.urlFor(place) } });
      places.set(place, evidenceOf(seen, field, `an address in the field ${field} was called by the server`));
    }
  await pause(afterwards, undefined, { signal: ground.signal });
  return judged([...new Set(callback.calls)].flatMap((place) => places.get(place) ?? []));
}

async function redirects(ground: Ground): Promise<Outcome> {
  const { found } = ground;
  const canary = `${ground.token()}.invalid`;
  for (const injection of ground.injections)
    for (const value of [`https://${canary}/`, `//${canary}/`, `/\\${canary}/`, `https:${canary}/`]) {
      const seen = await injection.send(() => value);
      const to = seen.field('location') ?? '';
      if (leadsTo(canary, to, seen.status)) found.push(evidenceOf(seen, `Location: ${to}`, 'it leads to a foreign host'));
    }
  for (const mount of ground.site.mounts.filter((one) => one === '/')) {
    const seen = await ground.ask({ path: `${mount}/${canary}/%2e%2e` });
    const to = seen.field('location') ?? '';
    if (leadsTo(canary, to, seen.status))
      found.push(evidenceOf(seen, `Location: ${to}`, 'a path with two slashes leads to a foreign host'));
  }
  return judged(found);
}

/** As a browser reads it: backslashes are slashes, and a missing scheme is its own. */
function leadsTo(canary: string, location: string, status: number): boolean {
  return status >= 300 && status < 400 && URL.parse(location, 'https://site.invalid')?.hostname === canary;
}

async function forwarded(ground: Ground): Promise<Outcome> {
  const { found } = ground;
  for (const { path } of ground.pages.slice(0, mostPages))
    for (const field of ['X-Forwarded-Host', 'X-Host', 'X-Forwarded-Server', 'Forwarded']) {
      const canary = `${ground.token()}.invalid`;
      const seen = await ground.ask({ path, fields: { [field]: field === 'Forwarded' ? `host=${canary}` : canary } });
      const link = new RegExp(`//${canary.replace('.', '\\.')}`);
      const shown = link.test(seen.body) ? pieceAround(seen.body, link) : (seen.field('location') ?? '');
      if (link.test(shown)) found.push(evidenceOf(seen, shown, `a link follows ${field}`));
    }
  return judged(found);
}

async function origins(ground: Ground): Promise<Outcome> {
  const { found } = ground;
  for (const { path } of ground.pages.slice(0, mostPages))
    for (const origin of [`https://${ground.token()}.invalid`, 'null', `https://${ground.site.host}.${ground.token()}.invalid`]) {
      const seen = await ground.ask({ path, fields: { Origin: origin } });
      const allowed = seen.field('access-control-allow-origin');
      // Without credentials it is what * says: nothing that a stranger could not ask for himself.
      if (allowed === origin && seen.field('access-control-allow-credentials') === 'true')
        found.push(evidenceOf(seen, `Access-Control-Allow-Origin: ${origin}`, 'any origin may read what the visitor may'));
    }
  return judged(found);
}
