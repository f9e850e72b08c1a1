// Certificates for hosts of routes: where they are kept in the home, and by which settings new ones are asked for.
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Certificates } from '../../ports/certificates.ts';
import { certificates } from '../adapters.ts';
import type { Home } from '../home.ts';
import type { TlsSettings } from './settings.ts';

/** `directory`: what the engine keeps; `given`: what an operator lays down. */
export function certificatePlaces({ tls }: Pick<Home, 'tls'>, { gateway_certificates: given }: Pick<TlsSettings, 'gateway_certificates'>) {
  return { directory: tls, given: given === '' ? join(tls, 'files') : given };
}

export function certificatesFor(home: Pick<Home, 'tls'>, settings: TlsSettings, clock: Clock): Certificates {
  return certificates.files({
    ...certificatePlaces(home, settings),
    clock,
    acme: {
      url: settings.acme_directory,
      agreed: settings.acme_terms === 'agreed',
      email: settings.acme_email,
      challenge: settings.acme_challenge,
      trustFile: settings.acme_trust,
    },
  });
}
