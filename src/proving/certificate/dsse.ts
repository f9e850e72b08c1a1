// DSSE: an envelope around a payload, signed as PAE(type, payload) by Ed25519 keys; written in one way only, so that no byte of it can be another.
import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { canonicalJson } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import { payloadType } from '../../model/readiness/certificate.ts';

export interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export interface TrustedKey {
  /** SHA-256 of the SPKI, DER, in hexadecimal digits. */
  readonly id: string;
  readonly pem: string;
  readonly key: KeyObject;
}

/** Pre-authentication encoding of the DSSE protocol, version 1. */
export function pae(type: string, payload: Uint8Array): Buffer {
  const typed = Buffer.from(type);
  return Buffer.concat([Buffer.from(`DSSEv1 ${typed.length} ${type} ${payload.length} `), payload]);
}

/** Errors: `input_invalid` for what is no private Ed25519 key in PEM. */
export function signed(payload: Uint8Array, pem: string, before: Envelope['signatures'] = []): Envelope {
  const secret = keyIn(() => createPrivateKey(pem), 'private');
  const { id } = publicKey(createPublicKey(secret));
  const sig = sign(null, pae(payloadType, payload), secret).toString('base64');
  const others = before.filter(({ keyid }) => keyid !== id);
  return { payload: Buffer.from(payload).toString('base64'), payloadType, signatures: [...others, { keyid: id, sig }] };
}

/** Errors: `input_invalid` for what is no public Ed25519 key in PEM. */
export function trustedKey(pem: string): TrustedKey {
  if (pem.includes('PRIVATE KEY')) throw wrongKey('public');
  return publicKey(keyIn(() => createPublicKey(pem), 'public'));
}

export function publicPem(pem: string): string {
  return publicKey(createPublicKey(keyIn(() => createPrivateKey(pem), 'private'))).pem;
}

/** The one way in which an envelope is written. */
export function envelopeText({ payload, payloadType: type, signatures }: Envelope): string {
  return `${canonicalJson({ payload, payloadType: type, signatures })}\n`;
}

export type EnvelopeProblem = { readonly word: 'tampered' | 'untrusted_key' | 'unreadable'; readonly problem: string };

/** An envelope as it was parsed, which must be written as we write it. */
export function envelopeProblem(text: string, parsed: unknown): EnvelopeProblem | undefined {
  if (!isEnvelope(parsed)) return { word: 'unreadable', problem: 'it is no DSSE envelope: payload, payloadType and signatures are wanted' };
  const again = envelopeText(parsed);
  if (text !== again) return { word: 'tampered', problem: `byte ${firstDifference(text, again)} is not as it was written` };
  if (parsed.payloadType !== payloadType) return { word: 'tampered', problem: `its payload is of the type ${parsed.payloadType}` };
  if (Buffer.from(parsed.payload, 'base64').toString('base64') !== parsed.payload)
    return { word: 'tampered', problem: 'its payload is not written in base64 as it was' };
  return undefined;
}

/** Every signature must be by a key that is trusted, and hold; one is enough, none is not. */
export function signatureProblem(
  { payload, payloadType: type, signatures }: Envelope,
  keys: readonly TrustedKey[],
): EnvelopeProblem | undefined {
  if (signatures.length === 0) return { word: 'tampered', problem: 'nobody signed it' };
  if (new Set(signatures.map(({ keyid }) => keyid)).size < signatures.length)
    return { word: 'tampered', problem: 'one key signed it twice' };
  const message = pae(type, Buffer.from(payload, 'base64'));
  for (const [at, { keyid, sig }] of signatures.entries()) {
    const trusted = keys.find(({ id }) => id === keyid);
    const bytes = Buffer.from(sig, 'base64');
    const who = `signature ${at + 1} of ${signatures.length}`;
    if (!trusted) {
      // Not by the name of a key that it claims: a flipped digit of that is no other key.
      const really = keys.some(({ key }) => verify(null, message, key, bytes));
      if (really) return { word: 'tampered', problem: `${who} names the key ${keyid.slice(0, 16)}, and is by another one` };
      return { word: 'untrusted_key', problem: `${who} is by a key that is not trusted here (${keyid.slice(0, 16)})` };
    }
    if (bytes.toString('base64') !== sig || !verify(null, message, trusted.key, bytes))
      return { word: 'tampered', problem: `${who} does not fit the payload` };
  }
  return undefined;
}

/** Of the first byte in which two texts differ, from 0. */
export function firstDifference(one: string, other: string): number {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) if (a[at] !== b[at]) return at;
  return shared;
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false;
  const { payload, payloadType: type, signatures } = value as Partial<Record<keyof Envelope, unknown>>;
  const list: readonly unknown[] = Array.isArray(signatures) ? signatures : [undefined];
  const isSignature = (one: unknown) =>
    typeof one === 'object' &&
    one !== null &&
    'keyid' in one &&
    'sig' in one &&
    typeof one.keyid === 'string' &&
    typeof one.sig === 'string';
  return typeof payload === 'string' && typeof type === 'string' && list.length <= 16 && list.every(isSignature);
}

function publicKey(key: KeyObject): TrustedKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('hex'), pem: key.export({ type: 'spki', format: 'pem' }).toString(), key };
}

function keyIn(read: () => KeyObject, kind: 'private' | 'public'): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === 'ed25519' && key.type === kind) return key;
  } catch {
    // Told below, without what stood there.
  }
  throw wrongKey(kind);
}

function wrongKey(kind: string): CodeError {
  return new CodeError('input_invalid', `There is no ${kind} Ed25519 key in PEM.`, {
    hint:
      kind === 'public' ? 'Give the public key of whoever signed: "codectl certificate key" prints this engine’s.' : 'Give the key itself.',
  });
}
