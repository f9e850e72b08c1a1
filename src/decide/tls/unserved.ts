// Routes that ask for TLS where there is none to be had: refused when planned, so that nobody believes they are safe.
import type { ApplicationSpec } from '../../model/service.ts';
import type { CertificateSource } from '../../model/tls/certificate.ts';

/** What must be known of certificates here. */
export interface CertificateFacts {
  readonly sources: readonly CertificateSource[];
  lacks(source: CertificateSource): string | undefined;
}

/** `certificates` absent: the gateway has no address for TLS. */
export function unservedRoutes(
  { services }: Pick<ApplicationSpec, 'services'>,
  certificates: CertificateFacts | undefined,
): readonly string[] {
  return services.flatMap(({ name, routes }) =>
    routes.flatMap(({ tls }, index) => {
      if (!tls || certificates?.sources.includes(tls.certificate) === true) return [];
      const because = certificates
        ? (certificates.lacks(tls.certificate) ?? 'there is no such source of certificates here')
        : 'the gateway takes no requests over TLS yet (codectl up --set gateway_tls_listen=HOST:PORT)';
      return [`services.${name}.routes[${index}].tls: ${because}`];
    }),
  );
}
