// The account at an ACME server: a key that is made once for each server and kept; by it the server knows the account again.
import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { digestOf, shortDigest } from '../../../base/digest.ts';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../../../platform/files.ts';
import { makeFilePrivate } from '../../../platform/private-file.ts';
import { makePair } from '../x509.ts';
import { unavailable } from './refused.ts';
import type { AcmeSession } from './session.ts';

/** Errors: those of the disk. */
export async function accountKey(directory: string, server: string): Promise<KeyObject> {
  const place = join(directory, 'acme');
  const file = join(place, `${shortDigest(digestOf(server))}.key`);
  const kept = await readFileIfExists(file);
  if (kept !== undefined) {
    await makeFilePrivate(file);
    return createPrivateKey(kept);
  }
  const { privateKey } = await makePair();
  await ensureDirectory(place);
  await writeFileAtomic(file, privateKey);
  return createPrivateKey(privateKey);
}

/** Makes the account, or finds the one that has this key (RFC 8555 §7.3). */
export async function signIn(session: AcmeSession, email: string, signal: AbortSignal): Promise<void> {
  if (session.account !== undefined) return;
  const { newAccount, meta } = await session.directory(signal);
  if (meta?.externalAccountRequired === true)
    throw unavailable('The ACME server takes accounts only that are bound to another of its own, which is not supported.');
  const contact = email === '' ? {} : { contact: [`mailto:${email}`] };
  const { location } = await session.post('the account', newAccount, { termsOfServiceAgreed: true, ...contact }, signal);
  if (location === undefined) throw unavailable('The ACME server made an account without saying where it is.');
  session.account = location;
}
