// A certificate of an ACME authority for the HTTP API: asked for like those of routes, and shown as soon as it is there.
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import type { CertificateReport } from '../../engine/certificates/keeper.ts';
import type { Finding } from '../../operations/services.ts';
import { readFileIfExists } from '../../platform/files.ts';
import type { Identity } from '../../platform/tls/identity.ts';
import { factsOf, identityIn } from '../../platform/tls/identity.ts';
import type { TlsSettings } from './settings.ts';

type Wish = Pick<TlsSettings, 'api_tls' | 'api_names' | 'acme_terms'> & { readonly gateway_tls_listen: unknown };

/** The host whose certificate the API shows; `undefined`: it shows another. Errors: `settings_invalid` where none could be had. */
export function acmeHostOf({
  api_tls: wanted,
  api_names: names,
  acme_terms: terms,
  gateway_tls_listen: gateway,
}: Wish): string | undefined {
  if (wanted !== 'acme') return undefined;
  const [host] = names;
  if (host === undefined || names.length > 1 || isIP(host) !== 0)
    throw refused(
      `a certificate is for one host name, and api_names has ${names.length === 0 ? 'none' : names.join(',')}`,
      'api_names=HOST',
    );
  if (terms !== 'agreed') throw refused('nobody agreed to the terms of the authority yet', 'acme_terms=agreed');
  if (gateway === 'off')
    throw refused('the gateway answers the authority, and it takes no requests over TLS', 'gateway_tls_listen=HOST:PORT');
  return host;
}

function refused(because: string, set: string): CodeError {
  return new CodeError('settings_invalid', `api_tls: acme cannot be had: ${because}.`, { hint: `Add --set ${set}.` });
}

/** What is kept for that host, while it holds; `undefined`: nothing is. `directory`: `tls/` of the home. */
export async function keptForApi(directory: string, host: string, clock: Clock): Promise<Identity | undefined> {
  const text = (await readFileIfExists(join(directory, 'hosts', `${host}.pem`))) ?? '';
  const kept = text.startsWith('# acme\n') ? identityIn(text) : undefined;
  if (!kept) return undefined;
  const { notBefore, notAfter, covers } = factsOf(kept, host);
  return notBefore <= clock.now() && clock.now() < notAfter && covers(host) ? kept : undefined;
}

/** Until there is one, clients meet a certificate that they do not believe, so it is said why. */
export function apiCertificateFinding(host: string, reports: readonly CertificateReport[]): Finding {
  const subject = 'certificate of the API';
  const { notAfter, problem } = reports.find((one) => one.host === host) ?? {};
  const until = notAfter === undefined ? undefined : `${host}, until ${new Date(notAfter).toISOString()}`;
  if (until !== undefined && problem === undefined) return { subject, state: 'ok', message: until };
  const hint = `See that ${host} leads to this machine, and look at acme_directory and acme_challenge (codectl settings); it is asked for again by itself.`;
  if (until !== undefined) return { subject, state: 'limited', message: `${until}; the next one could not be had: ${problem}`, hint };
  return {
    subject,
    state: 'limited',
    message: `there is none for ${host} yet, so the engine’s own is shown${problem === undefined ? '' : `: ${problem}`}`,
    hint,
  };
}
