// Settings of TLS: what the API shows, whom it lets in, and where certificates for hosts of the gateway come from.
import { z } from 'zod';

const hostForm = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** As a list in the file, as words with commas between in flags and in the environment. */
const names = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(','))], 'expected host names or addresses')
  .transform((all) => all.map((one) => one.trim()).filter((one) => one !== ''))
  .refine(
    (all) => all.every((one) => hostForm.test(one)),
    'expected host names in lower case or IPv4 addresses, such as engine.example.org',
  );

const directory = z.string().regex(/^(?:\/.+)?$/, 'expected an absolute path');

export const tlsSettings = {
  api_tls: z
    .string()
    .regex(/^(?:off|own|acme|\/.+)$/, 'expected off, own, acme, or the absolute path of a directory with cert.pem and key.pem')
    .default('off')
    .describe(
      'What the HTTP API speaks over TCP: off is for loopback only; own: TLS 1.3 with an authority that is made at its first use and kept in tls/ of the home; acme: the same until the authority of acme_directory has signed one for the host that api_names names; a directory with cert.pem and key.pem, read again when they change',
    ),
  api_names: names
    .default([])
    .describe('Host names, besides those of this machine’s loopback, that the HTTP API answers for and that its own certificate names'),
  api_clients: z
    .enum(['tokens', 'certificates'])
    .default('tokens')
    .describe('Who gets as far as a request over TCP: everybody, or (with TLS) only clients with a certificate of "codectl token certify"'),
  gateway_certificates: directory
    .default('')
    .describe('Directory with HOST.pem (certificates and key in one file) for routes with tls: file; empty: tls/files in the home'),
  acme_directory: z
    .string()
    .regex(/^https:\/\/[^\s]+$/, 'expected a URL that begins with https://')
    .default('https://acme-v02.api.letsencrypt.org/directory')
    .describe('Where certificates for routes with tls: acme, and for the API with api_tls: acme, are asked for (RFC 8555)'),
  acme_terms: z
    .enum(['open', 'agreed'])
    .default('open')
    .describe('Whether you agree to the terms of service of that authority; before it nothing is asked there'),
  acme_email: z
    .string()
    .regex(/^(?:[^\s@,]+@[^\s@,]+)?$/, 'expected an address of mail, or nothing')
    .default('')
    .describe('Whom the authority may write to; nothing means nobody'),
  acme_challenge: z
    .enum(['http-01', 'tls-alpn-01'])
    .default('http-01')
    .describe(
      'How the authority is shown that a host leads here: at port 80 or at port 443, which must lead to gateway_listen or to gateway_tls_listen',
    ),
  acme_trust: directory
    .default('')
    .describe('File with the authority (PEM) that vouches for the ACME server itself, where that is a private one'),
};

export type TlsSettings = { readonly [K in keyof typeof tlsSettings]: z.infer<(typeof tlsSettings)[K]> };

/** As it is shown to people. */
export function showTlsSettings(settings: TlsSettings): Readonly<Record<string, string>> {
  return {
    api_tls: settings.api_tls,
    api_names: settings.api_names.join(','),
    api_clients: settings.api_clients,
    gateway_certificates: settings.gateway_certificates,
    acme_directory: settings.acme_directory,
    acme_terms: settings.acme_terms,
    acme_email: settings.acme_email,
    acme_challenge: settings.acme_challenge,
    acme_trust: settings.acme_trust,
  };
}
