// Canonical JSON (RFC 8785 for the values we use: no floats beyond IEEE round-trip, no undefined) and SHA-256 digests of it.
import { createHash } from 'node:crypto';

/** `sha256:` followed by 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

/** Serialises with sorted keys and without white space; members that are `undefined` are left out. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  let members = '';
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export function digestOfJson(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}

/** The first `length` hexadecimal digits: enough for people to tell two releases apart. */
export function shortDigest(digest: Digest, length = 12): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + length);
}
