// Who a server or client says it is: a chain of certificates with its key, as PEM; read, checked, and made into what TLS listens with.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { createSecureContext, getCACertificates } from 'node:tls';
import { CodeError } from '../../base/errors.ts';

export interface Identity {
  /** PEM, the own certificate first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

export interface IdentityFacts {
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly subject: string;
  /** Whether it may stand for this host name or address. */
  covers(host: string): boolean;
}

/** Errors: `settings_invalid` where the certificate cannot be read, or has another key; `where` says which. */
export function factsOf({ certificate, key }: Identity, where: string): IdentityFacts {
  const leaf = parse(() => new X509Certificate(certificate), `${where}: there is no certificate in PEM`);
  const secret = parse(() => createPrivateKey(key), `${where}: there is no private key in PEM that can be read`);
  if (!leaf.checkPrivateKey(secret))
    throw new CodeError('settings_invalid', `${where}: the private key is not that of the first certificate.`, {
      hint: 'Put the own certificate first, then those that signed it.',
    });
  return {
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    subject: leaf.subject,
    covers: (host) => (isAddress(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: 'never' })) !== undefined,
  };
}

function parse<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch (cause) {
    throw new CodeError('settings_invalid', `${message}.`, { hint: 'Write both in PEM, the key without a password.', cause });
  }
}

/** Whether that authority (PEM) vouches for it. */
export function isSignedBy({ certificate }: Identity, authority: string): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey);
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+(?:\.\d+){3}$/.test(host);
}

/** The blocks of a PEM text, in order. */
export function pemBlocks(text: string): readonly { readonly label: string; readonly text: string }[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g)].map(([block, label = '']) => ({
    label,
    text: `${block}\n`,
  }));
}

/** A file that has both: the blocks of certificates, and the one of the key. `undefined` where either is missing. */
export function identityIn(text: string): Identity | undefined {
  const blocks = pemBlocks(text);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.text;
  const certificate = blocks
    .filter(({ label }) => label === 'CERTIFICATE')
    .map((one) => one.text)
    .join('');
  return key === undefined || certificate === '' ? undefined : { certificate, key };
}

export type ServerContext = SecureContext;

/** For one name of several that a server has. */
export function serverContext({ certificate, key }: Identity): ServerContext {
  return createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2', ciphers: modernCiphers });
}

/** With forward secrecy and authenticated encryption only: what TLS 1.3 has, and the same of 1.2. */
export const modernCiphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Whom programs on this machine trust already, and these. */
export function trustAlso(authorities: readonly string[]): readonly string[] {
  return [...getCACertificates('default'), ...authorities];
}
