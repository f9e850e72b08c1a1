// The plug for certificates: files of the operator, the engine's own authority, and an ACME server; each puts them where the gateway reads.
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { CertificateSource } from '../../model/tls/certificate.ts';
import type { Certificates } from '../../ports/certificates.ts';
import { accountKey, signIn } from './acme/account.ts';
import type { ChallengeKind } from './acme/challenges.ts';
import { orderCertificate } from './acme/order.ts';
import { AcmeSession } from './acme/session.ts';
import { openAuthority } from './own/authority.ts';
import { CertificateFiles } from './shelf/files.ts';

const ownLife = 90 * 24 * 60 * 60_000;

export interface CertificateOptions {
  /** What the engine keeps. */
  readonly directory: string;
  /** What an operator lays down. */
  readonly given: string;
  readonly clock: Clock;
  readonly acme: AcmeOptions;
}

export interface AcmeOptions {
  /** URL of the server's directory. */
  readonly url: string;
  readonly agreed: boolean;
  readonly email: string;
  readonly challenge: ChallengeKind;
  /** File with the authority of the server itself; empty: those that programs here believe. */
  readonly trustFile: string;
}

export function createCertificates({ directory, given, clock, acme }: CertificateOptions): Certificates {
  const files = new CertificateFiles(directory, given);
  let session: Promise<AcmeSession> | undefined;
  const byAcme = async (host: string, signal: AbortSignal) => {
    // Told of a failure, the next one begins anew: accounts end, and files change.
    try {
      const opened = await (session ??= openSession(directory, acme, clock));
      await signIn(opened, acme.email, signal);
      return await orderCertificate({ session: opened, clock, directory, challenge: acme.challenge }, host, signal);
    } catch (thrown) {
      session = undefined;
      throw thrown;
    }
  };
  return {
    sources: acme.agreed ? ['acme', 'own', 'file'] : ['own', 'file'],
    lacks: (source) => (source === 'acme' && !acme.agreed ? termsOpen(acme.url) : undefined),
    kept: () => files.list(),
    attempts: () => files.attempts(),
    note: (attempt) => files.note(attempt),
    obtain: async (host, source, signal) => {
      if (source === 'own') return files.keep(host, source, await (await openAuthority(directory, clock)).serve([host], ownLife));
      if (source === 'acme' && acme.agreed) return files.keep(host, source, await byAcme(host, signal));
      throw new CodeError('unsupported', `A certificate for ${host} cannot be asked for: ${reasonFor(source, acme.url)}.`);
    },
  };
}

async function openSession(directory: string, { url, trustFile }: AcmeOptions, clock: Clock): Promise<AcmeSession> {
  const trust =
    trustFile === ''
      ? undefined
      : await readFile(trustFile, 'utf8').catch((thrown: unknown) => {
          throw new CodeError('settings_invalid', `acme_trust: ${asCodeError(thrown).message}`, { cause: thrown });
        });
  return new AcmeSession({ url, trust, key: await accountKey(directory, url), now: () => clock.now() });
}

function reasonFor(source: CertificateSource, url: string): string {
  return source === 'acme' ? termsOpen(url) : 'it is a file that you lay down';
}

function termsOpen(url: string): string {
  return `nobody agreed to the terms of ${new URL(url).host} yet (codectl up --set acme_terms=agreed)`;
}
