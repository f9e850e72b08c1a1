// Certificates for the hosts of routes: where they may come from here, which are kept, and one more asked for.
import type { CertificateAttempt, CertificateSource, KeptCertificate } from '../model/tls/certificate.ts';

export interface Certificates {
  /** What a route may name here. */
  readonly sources: readonly CertificateSource[];
  /** Why another cannot be had, with the next step. */
  lacks(source: CertificateSource): string | undefined;
  /** All that can be served, also those that an operator laid down. */
  kept(): Promise<readonly KeptCertificate[]>;
  attempts(): Promise<readonly CertificateAttempt[]>;
  /** Asks, and puts what comes where the data plane finds it. Errors: `certificate_unavailable` (details: retry_after_ms), and those of the disk. */
  obtain(host: string, source: CertificateSource, signal: AbortSignal): Promise<KeptCertificate>;
  /** Remembers a failure; one without failures forgets them. */
  note(attempt: CertificateAttempt): Promise<void>;
}
