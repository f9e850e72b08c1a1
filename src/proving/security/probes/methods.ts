// Methods that no client of a site uses, and what they should not be able to do.
import type { Ground } from '../ground.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged, notMeasured, passed, Untried } from '../probe.ts';
import { evidenceOf, isFine, pieceAround } from '../seen.ts';
import { beneath } from './paths.ts';

const mostPages = 10;
/** One that there is not, and two that are known to parsers and not meant by pages. */
const strange = ['QZXW', 'PROPFIND', 'REPORT'];

export const methods: readonly Probe[] = [
  {
    id: 'methods.trace',
    title: 'TRACE does not send a request back',
    severity: 'medium',
    cwe: 693,
    remediation: 'Refuse TRACE with 405.',
    run: async (ground) => {
      const { found } = ground;
      for (const path of ground.site.mounts) {
        const token = ground.token();
        const seen = await ground.ask({ method: 'TRACE', path, fields: { 'X-Trace': token } });
        // The twin: whoever repeats this field to GET repeats it always, and TRACE is not why.
        const twin = await ground.ask({ path, fields: { 'X-Trace': token } });
        if (seen.body.includes(token) && !twin.body.includes(token))
          found.push(evidenceOf(seen, pieceAround(seen.body, token), 'the request came back with its fields'));
      }
      return judged(found);
    },
  },
  {
    id: 'methods.unknown',
    title: 'A method that nobody knows is not treated as GET',
    severity: 'low',
    cwe: 650,
    remediation: 'Answer methods that a path does not have with 405 or 501.',
    run: async (ground) => {
      const { found } = ground;
      const fine = ground.pages.filter((seen) => isFine(seen) && seen.body.length > 0).slice(0, mostPages);
      if (fine.length === 0) return notMeasured('no path answered GET with content');
      for (const { path, body } of fine)
        for (const method of strange) {
          const seen = await ground.ask({ method, path });
          if (isFine(seen) && alike(seen.body, body)) found.push(evidenceOf(seen, seen.body, 'answered as GET is'));
        }
      return judged(found);
    },
  },
  {
    id: 'methods.tampering',
    title: 'What is closed to GET is closed to other methods',
    severity: 'high',
    cwe: 650,
    remediation: 'Check rights before the method is looked at, and ignore X-HTTP-Method-Override.',
    run: tampering,
  },
  {
    id: 'methods.write',
    title: 'Nobody can put files on the site',
    severity: 'critical',
    cwe: 434,
    remediation: 'Refuse PUT and DELETE where nothing is meant to be stored.',
    needsNotFound: true,
    run: async (ground) => {
      const { found } = ground;
      for (const mount of ground.site.mounts) {
        const token = ground.token();
        const path = beneath(mount, `${token}.txt`);
        if (isFine(await ground.ask({ path }))) continue;
        await ground.ask({ method: 'PUT', path, body: { type: 'text/plain', text: token } });
        const seen = await ground.ask({ path });
        if (!isFine(seen) || !seen.body.includes(token)) continue;
        found.push(evidenceOf(seen, seen.body, 'what PUT brought was there for GET'));
        await ground.ask({ method: 'DELETE', path });
      }
      return judged(found);
    },
  },
];

async function tampering(ground: Ground): Promise<Outcome> {
  const closed = await closedPaths(ground);
  if (closed.length === 0) return notMeasured('no path answered 401 or 403');
  const { found } = ground;
  for (const path of closed) {
    const ways = [
      { method: 'HEAD' },
      { method: 'POST', body: { type: 'text/plain', text: '' } },
      ...strange.map((method) => ({ method })),
      { method: 'OPTIONS' },
      { method: 'POST', fields: { 'X-HTTP-Method-Override': 'GET' }, body: { type: 'text/plain', text: '' } },
    ];
    for (const way of ways) {
      // OPTIONS may be answered to anybody, as long as there is no content in it.
      const seen = await ground.ask({ path, ...way });
      const opened = way.method === 'OPTIONS' ? isFine(seen) && seen.body.length > 200 : isFine(seen);
      if (opened) found.push(evidenceOf(seen, seen.body, `GET is refused, and ${JSON.stringify(way.method)} is not`));
    }
  }
  return found.length === 0 ? passed : judged(found);
}

async function closedPaths(ground: Ground): Promise<readonly string[]> {
  const known = ground.pages.filter(({ status }) => status === 401 || status === 403).map(({ path }) => path);
  const guessed: string[] = [];
  for (const mount of ground.site.mounts)
    for (const name of ['admin', 'internal', 'manage']) {
      const path = beneath(mount, name);
      try {
        const { status } = await ground.ask({ path });
        if (status === 401 || status === 403) guessed.push(path);
      } catch (thrown) {
        if (!(thrown instanceof Untried)) throw thrown;
      }
    }
  return [...new Set([...known, ...guessed])].slice(0, mostPages);
}

/** Pages with a time or a number in them are never the same twice. */
function alike(one: string, other: string): boolean {
  const bare = (text: string) => text.replaceAll(/\d+/g, '0').slice(0, 2_000);
  return bare(one) === bare(other);
}
