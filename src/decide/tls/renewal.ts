// When a certificate is asked for: at once where there is none, at two thirds of its life, and after failures at a growing pace.
import type { Duration } from '../../base/units.ts';
import type { CertificateAttempt, CertificateSource, KeptCertificate } from '../../model/tls/certificate.ts';

/** After two thirds of its life: what is left is time for things to be put right. */
export function renewalOf({ notBefore, notAfter }: Pick<KeptCertificate, 'notBefore' | 'notAfter'>): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

/** Public authorities allow five failed validations of a host in an hour. */
const firstPause: Duration = 60_000;
const longestPause: Duration = 6 * 60 * 60_000;

/** After so many failures in a row. */
export function pauseAfter(failures: number): Duration {
  return failures === 0 ? 0 : Math.min(longestPause, firstPause * 4 ** (failures - 1));
}

export interface CertificateStanding {
  readonly source: CertificateSource;
  readonly kept: KeptCertificate | undefined;
  readonly attempt: CertificateAttempt | undefined;
}

/** When to ask for a certificate, in milliseconds since the Unix epoch; a time that has passed means now. */
export function askAt({ source, kept, attempt }: CertificateStanding): number {
  const due = kept === undefined || kept.source !== source ? 0 : renewalOf(kept);
  if (attempt === undefined || attempt.failures === 0) return due;
  return Math.max(due, attempt.at + pauseAfter(attempt.failures), attempt.notBefore ?? 0);
}
