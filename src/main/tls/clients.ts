// Certificates for clients, by the engine's own authority; it is opened, or made, when somebody first asks for one.
import { openAuthority } from '../../adapters/certificates/own/authority.ts';
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import type { ClientCertificates } from '../../operations/services.ts';

const usual = 90 * 24 * 60 * 60_000;

export function clientCertificates(directory: string, clock: Clock): ClientCertificates {
  return {
    admit: async ({ token, publicKey, life = usual, until = Number.POSITIVE_INFINITY }) => {
      const authority = await openAuthority(directory, clock);
      const now = clock.now();
      const expiresAt = Math.min(now + life, until);
      if (expiresAt <= now) throw new CodeError('input_invalid', `The token ${token} has expired: its certificate would be for nothing.`);
      const certificate = await authority.admit(token, publicKey, expiresAt - now);
      return { certificate, authority: authority.certificate, expiresAt };
    },
  };
}
