// Signed words about where the audit's chain ends: Ed25519 over canonical JSON (RFC 8785), checked anywhere with the public key.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { ChainHead } from '../../base/chain.ts';
import { canonicalJson } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';

/** The type is part of what is signed: no word can be taken for another. */
export const checkpointType = 'codectl.audit.checkpoint.v1';
export const exportType = 'codectl.audit.export.v1';

/** The chain ended there and then. */
export interface CheckpointStatement extends ChainHead {
  readonly type: typeof checkpointType;
  /** 1, 2, 3 … without gaps. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** SHA-256 of the checkpoint before, as it was signed; 64 zeros for the first. */
  readonly previous: string;
}

/** An export holds the records from one to another, each of them. */
export interface ExportStatement extends ChainHead {
  readonly type: typeof exportType;
  /** Number of the first record; one more than `sequence` where there are none. */
  readonly from: number;
  /** Hash of the record before the first. */
  readonly previous: string;
  readonly at: number;
}

export type Signed<T> = T & {
  /** Id of the key. */
  readonly key: string;
  /** Base64. */
  readonly signature: string;
};

export type Checkpoint = Signed<CheckpointStatement>;
export type ExportHead = Signed<ExportStatement>;

export interface Signer {
  readonly key: PublicKey;
  sign<T extends object>(statement: T): Signed<T>;
}

export interface PublicKey {
  /** The first 16 hexadecimal digits of the SHA-256 of the key itself (SPKI, DER). */
  readonly id: string;
  /** SPKI, PEM. */
  readonly pem: string;
  verify(signed: Signed<object>): boolean;
}

/** Errors: `audit_unsigned` when it is no private Ed25519 key in PEM. */
export function signerFrom(pem: string, where: string): Signer {
  const secret = keyFrom(() => createPrivateKey(pem), where, 'private');
  const key = publicKeyOf(createPublicKey(secret));
  return {
    key,
    sign: (statement) => {
      const said = { ...statement, key: key.id };
      return { ...said, signature: sign(null, Buffer.from(canonicalJson(said)), secret).toString('base64') };
    },
  };
}

/** Errors: `audit_unsigned` when it is no public Ed25519 key in PEM. */
export function publicKeyFrom(pem: string, where: string): PublicKey {
  // Of a private key Node would give the public one: then somebody carries the wrong file around.
  if (pem.includes('PRIVATE KEY')) throw wrongKey(where, 'public');
  return publicKeyOf(keyFrom(() => createPublicKey(pem), where, 'public'));
}

/** Of one checkpoint, for the next. */
export function digestOfCheckpoint(checkpoint: Checkpoint): string {
  return createHash('sha256').update(canonicalJson(checkpoint)).digest('hex');
}

function publicKeyOf(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    id: createHash('sha256').update(der).digest('hex').slice(0, 16),
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    verify: ({ signature, ...said }) => verify(null, Buffer.from(canonicalJson(said)), key, Buffer.from(signature, 'base64')),
  };
}

function keyFrom(read: () => KeyObject, where: string, kind: 'private' | 'public'): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === 'ed25519' && key.type === kind) return key;
  } catch {
    // Told below, without what stood there.
  }
  throw wrongKey(where, kind);
}

function wrongKey(where: string, kind: string): CodeError {
  return new CodeError('audit_unsigned', `${where} holds no ${kind} Ed25519 key in PEM.`, {
    hint:
      kind === 'public'
        ? 'Give the engine’s public key: "codectl audit key" prints it.'
        : 'Bring the key back from a copy; with another one nobody can check what was signed before.',
  });
}
