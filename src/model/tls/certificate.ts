// Certificates of hosts that the gateway serves: where each comes from, how long it holds, and how asking for it went.

/** `file`: laid down by the operator; `own`: by the engine's own authority; `acme`: by one that is asked by RFC 8555. */
export const certificateSources = ['acme', 'own', 'file'] as const;
export type CertificateSource = (typeof certificateSources)[number];

/** What a route says of TLS. */
export interface RouteTls {
  readonly certificate: CertificateSource;
  /** Requests without TLS are sent on to TLS as soon as there is a certificate. */
  readonly redirect: boolean;
  /** Whether browsers are told to come by TLS only (HSTS, RFC 6797); absent: as `isStrict` has it. */
  readonly hsts?: boolean;
}

/**
 * A browser that was told keeps to it for a year: only where requests without TLS would be sent on anyhow, and where the certificate is by
 * somebody whom browsers believe. At names of this machine it would bind every other program there, whatever its port.
 */
export function isStrict(host: string, { certificate, redirect, hsts }: RouteTls): boolean {
  return hsts ?? (redirect && certificate !== 'own' && !/(?:^|\.)localhost$/i.test(host));
}

/** Times in milliseconds since the Unix epoch. */
export interface KeptCertificate {
  readonly host: string;
  readonly source: CertificateSource;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** How asking went since the last time that it went well. */
export interface CertificateAttempt {
  readonly host: string;
  /** In a row. */
  readonly failures: number;
  readonly at: number;
  readonly because: string;
  /** The authority asked to be left alone until then. */
  readonly notBefore?: number;
}
