// TLS of a route as the manifest describes it.
import { z } from 'zod';
import type { RouteTls } from '../../../tls/certificate.ts';
import { certificateSources } from '../../../tls/certificate.ts';
import { choice, mapping, oneOf } from '../words.ts';

const short = choice(certificateSources).transform((certificate): RouteTls => ({ certificate, redirect: true }));

const long = mapping('Routes: tls', '{ certificate: acme, redirect: false }', {
  certificate: choice(certificateSources).meta({
    description:
      'Where the certificate of the host comes from: `acme` asks an authority for it (the setting `acme_directory`), `own` is by the engine’s own authority, `file` is a file HOST.pem that you lay down (`gateway_certificates`).',
    example: 'acme',
  }),
  redirect: z
    .boolean({ error: ({ input }) => `expected true or false, got ${typeof input}` })
    .prefault(true)
    .meta({
      description: 'Requests without TLS are sent on (308) as soon as there is a certificate.',
      expects: '`true` or `false`',
      example: true,
    }),
  hsts: z
    .boolean({ error: ({ input }) => `expected true or false, got ${typeof input}` })
    .optional()
    .meta({
      description:
        'Browsers are told to come by TLS only, for a year (`Strict-Transport-Security: max-age=31536000`); what the application says itself counts more. By default where requests without TLS are sent on and the certificate is not by the engine’s own authority.',
      expects: '`true` or `false`',
      example: false,
    }),
});

export const tls = z
  .union([short, long], {
    error: ({ input }) => `${oneOf(certificateSources, input)}, or a mapping such as \`{ certificate: acme, redirect: false }\``,
  })
  .meta({ expects: '`acme`, `own`, `file` or a mapping', example: 'acme' });
