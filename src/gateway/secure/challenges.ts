// What an ACME authority comes to see (RFC 8555 §8.3, RFC 8737): read from files when it comes, so that each process of the gateway knows it at once.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../platform/tls/identity.ts';
import { identityIn } from '../../platform/tls/identity.ts';

const prefix = '/.well-known/acme-challenge/';
/** Base64url, at least 128 bits of it; nothing that leads out of a directory. */
const tokenForm = /^[\w-]{1,200}$/;
const hostForm = /^[a-z0-9.-]{1,253}$/;

export function isChallenge(path: string): boolean {
  return path.startsWith(prefix);
}

/** The key authorization that was laid down for this path. `undefined`: an application may know it. */
export function answerAt(directory: string, path: string): string | undefined {
  const token = path.slice(prefix.length);
  return tokenForm.test(token) ? read(join(directory, 'http', token)) : undefined;
}

/** Whether an authority may come to see a certificate (TLS-ALPN-01). */
export function awaitsLook(directory: string): boolean {
  try {
    return readdirSync(join(directory, 'alpn')).length > 0;
  } catch {
    return false;
  }
}

/** The certificate that proves to hold this host. */
export function proofFor(directory: string, host: string): Identity | undefined {
  return hostForm.test(host) ? identityIn(read(join(directory, 'alpn', `${host}.pem`)) ?? '') : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
