// Secrets: values that services are given and that nobody reads back. Kept by application, environment and name, each version by itself, sealed.
import type { Scope } from '../instance.ts';

/** As it is stored. Without `sealed`: with this version it was removed. */
export interface SecretVersion {
  readonly scope: Scope;
  readonly name: string;
  /** 1, 2, 3 … */
  readonly version: number;
  readonly at: number;
  /** Who set or removed it. */
  readonly by: string;
  readonly sealed?: SealedValue;
}

/** A value under a key of its own, and that key under the engine's. */
export interface SealedValue {
  /** Id of the engine's key. */
  readonly key: string;
  readonly wrapped: Sealed;
  readonly value: Sealed;
}

/** AES-256-GCM; each member in base64. */
export interface Sealed {
  readonly nonce: string;
  readonly text: string;
  readonly tag: string;
}

/** What is told of a secret: everything but its value. */
export interface SecretFacts {
  readonly scope: Scope;
  readonly name: string;
  readonly version: number;
  readonly at: number;
  readonly by: string;
}

/** The names that environment variables may have. */
export const secretName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Bytes of UTF-8. */
export const largestSecret = 65_536;

/** Why a text cannot be a secret, if it cannot. */
export function secretProblem(value: string): string | undefined {
  if (value === '') return 'it is empty';
  if (value.includes('\0')) return 'it has a NUL character in it, which no environment can hold';
  if (!value.isWellFormed()) return 'it is no text';
  const bytes = Buffer.byteLength(value);
  return bytes > largestSecret ? `it has ${bytes} bytes, and at most ${largestSecret} are kept` : undefined;
}
