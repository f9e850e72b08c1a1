// The envelope: each value under a random key of its own, that key under the engine's; what is moved to another place does not open.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Sealed, SealedValue, SecretVersion } from '../../../model/secrets/secret.ts';

export interface EngineKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Whose value it is: part of what is authenticated. */
export type Place = Pick<SecretVersion, 'scope' | 'name' | 'version'>;

const cipher = 'aes-256-gcm';
export const keyBytes = 32;

export function engineKey(bytes: Uint8Array): EngineKey {
  return { id: createHash('sha256').update('codectl engine key').update(bytes).digest('hex').slice(0, 12), bytes };
}

export function newEngineKey(): EngineKey {
  return engineKey(randomBytes(keyBytes));
}

export function sealValue(key: EngineKey, place: Place, value: string): SealedValue {
  const own = randomBytes(keyBytes);
  return {
    key: key.id,
    wrapped: seal(key.bytes, contextOf('key', place), own),
    value: seal(own, contextOf('value', place), Buffer.from(value)),
  };
}

/** Throws where the key is another, or anything was changed or moved. */
export function openValue(key: EngineKey, place: Place, sealed: SealedValue): string {
  const own = open(key.bytes, contextOf('key', place), sealed.wrapped);
  return open(own, contextOf('value', place), sealed.value).toString('utf8');
}

/** The same value, unread, under another key of the engine. Throws as `openValue`. */
export function rewrap(from: EngineKey, to: EngineKey, place: Place, sealed: SealedValue): SealedValue {
  const own = open(from.bytes, contextOf('key', place), sealed.wrapped);
  return { ...sealed, key: to.id, wrapped: seal(to.bytes, contextOf('key', place), own) };
}

/** As JSON, so that no two places give the same text. */
function contextOf(what: 'key' | 'value', { scope, name, version }: Place): Buffer {
  return Buffer.from(JSON.stringify(['codectl secret', what, scope.application, scope.environment, name, version]));
}

function seal(key: Uint8Array, context: Uint8Array, text: Uint8Array): Sealed {
  const nonce = randomBytes(12);
  const sealing = createCipheriv(cipher, key, nonce);
  sealing.setAAD(context);
  const sealed = Buffer.concat([sealing.update(text), sealing.final()]);
  return { nonce: nonce.toString('base64'), text: sealed.toString('base64'), tag: sealing.getAuthTag().toString('base64') };
}

function open(key: Uint8Array, context: Uint8Array, { nonce, text, tag }: Sealed): Buffer {
  const opening = createDecipheriv(cipher, key, Buffer.from(nonce, 'base64'), { authTagLength: 16 });
  opening.setAAD(context);
  opening.setAuthTag(Buffer.from(tag, 'base64'));
  return Buffer.concat([opening.update(Buffer.from(text, 'base64')), opening.final()]);
}
