// TLS as clients meet it: whether it is there, kept to, current, and shown for this host.
import { isLoopback } from '../../../platform/loopback.ts';
import type { Ground } from '../ground.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged, notMeasured, passed } from '../probe.ts';
import { evidenceOf, seenOf } from '../seen.ts';

const noTls = notMeasured('the route has no TLS');
const halfYear = 15_768_000;
const evidence = (request: string, answered: string, piece: string, because: string) => ({ request, answered, piece, because });

export const transport: readonly Probe[] = [
  {
    id: 'tls.offered',
    title: 'The site is reached by TLS',
    severity: 'high',
    cwe: 319,
    remediation: 'Give its routes `tls: own`, `tls: acme` or `tls: files` in the manifest.',
    run: ({ site, pages: [first] }) => {
      if (site.tls) return Promise.resolve(passed);
      if (isLoopback(hostOf(site.host)))
        return Promise.resolve(notMeasured(`${site.host} names this machine only, and nothing of it travels`));
      return Promise.resolve(judged(first ? [evidenceOf(first, 'http', 'everything travels readable')] : []));
    },
  },
  {
    id: 'tls.hsts',
    title: 'Browsers are told to come by TLS only',
    severity: 'medium',
    cwe: 319,
    remediation: `Answer over TLS with Strict-Transport-Security: max-age=${halfYear} or longer.`,
    run: ({ site, pages }) => {
      if (!site.tls) return Promise.resolve(noTls);
      const found = pages.flatMap((seen) => {
        const value = seen.field('strict-transport-security');
        const age = Number(/max-age="?(\d{1,12})/i.exec(value ?? '')?.[1] ?? 0);
        if (age >= halfYear) return [];
        return [evidenceOf(seen, value ?? '', value === undefined ? 'Strict-Transport-Security is missing' : `max-age is ${age} s`)];
      });
      return Promise.resolve(judged(found));
    },
  },
  {
    id: 'tls.protocols',
    title: 'TLS 1.0 and 1.1 are refused',
    severity: 'high',
    cwe: 326,
    remediation: 'Offer TLS 1.2 and 1.3 only.',
    run: oldVersions,
  },
  {
    id: 'tls.certificate',
    title: 'The certificate is for this host, and in time',
    severity: 'high',
    cwe: 295,
    remediation: 'Renew the certificate, with the name of the route in it.',
    run: certificate,
  },
  {
    id: 'tls.redirect',
    title: 'Plain HTTP leads to TLS and shows nothing itself',
    severity: 'medium',
    cwe: 319,
    remediation: 'Answer plain requests of the host with a redirect to https://, or not at all.',
    run: async ({ site, plain }) => {
      if (!plain) return noTls;
      const path = site.mounts[0] ?? '/';
      const { answers } = await plain({ pieces: [`GET ${path} HTTP/1.1\r\nHost: ${site.host}\r\nConnection: close\r\n\r\n`] });
      const [answer] = answers;
      if (!answer || answer.status < 200 || answer.status >= 300) return passed;
      return judged([evidenceOf(seenOf(`GET http://${site.host}${path}`, path, answer), '', 'served without TLS')]);
    },
  },
];

async function oldVersions({ site, handshake }: Ground): Promise<Outcome> {
  if (!site.tls) return noTls;
  const twins = [await handshake('TLSv1.2'), await handshake('TLSv1.3')];
  if (twins.every(({ peer }) => peer === undefined)) return notMeasured('no handshake of TLS 1.2 or 1.3 came about either');
  const old = ['TLSv1', 'TLSv1.1'] as const;
  const found = [];
  for (const version of old) {
    const { peer } = await handshake(version);
    if (peer) found.push(evidence(`a handshake with ${version} only`, peer.protocol, peer.protocol, `${version} was accepted`));
  }
  return judged(found);
}

async function certificate({ site, handshake }: Ground): Promise<Outcome> {
  if (!site.tls) return noTls;
  const { peer } = (await handshake('TLSv1.3')).peer ? await handshake('TLSv1.3') : await handshake('TLSv1.2');
  if (!peer) return notMeasured('no handshake came about');
  const now = Date.now();
  const host = hostOf(site.host);
  const names = peer.names.split(', ').map((one) => one.replace(/^(?:DNS|IP Address):/, '').toLowerCase());
  const complaints = [
    ...(Date.parse(peer.validTo) < now ? [`it ended at ${peer.validTo}`] : []),
    ...(Date.parse(peer.validFrom) > now ? [`it begins at ${peer.validFrom}`] : []),
    ...(names.some((name) => fits(name, host)) ? [] : [`it is for ${peer.names}`]),
  ];
  return judged(complaints.map((because) => evidence('a handshake', peer.protocol, peer.names, because)));
}

function fits(name: string, host: string): boolean {
  return name === host || (name.startsWith('*.') && host.split('.').slice(1).join('.') === name.slice(2));
}

function hostOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
