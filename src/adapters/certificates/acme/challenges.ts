// Lays down what an ACME authority comes to see, where the gateway's processes find it, and takes it away again.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ensureDirectory, removeIfExists, writeFileAtomic } from '../../../platform/files.ts';
import { makePair, proofCertificate } from '../x509.ts';
import { unavailable } from './refused.ts';

export type ChallengeKind = 'http-01' | 'tls-alpn-01';

export interface Proof {
  readonly host: string;
  readonly token: string;
  /** The key authorization (RFC 8555 §8.1). */
  readonly authorization: string;
}

/** It becomes the name of a file: nothing else than base64url, with the 128 bits that a token has at least. */
const tokenForm = /^[\w-]{22,200}$/;
const day = 24 * 60 * 60_000;

/** Returns how to take it away. Errors: `certificate_unavailable`, those of the disk. */
export async function layDown(directory: string, kind: ChallengeKind, proof: Proof, now: number): Promise<() => Promise<void>> {
  if (!tokenForm.test(proof.token)) throw unavailable('The ACME server gave a token that is none.');
  const place = kind === 'http-01' ? join(directory, 'challenges', 'http') : join(directory, 'challenges', 'alpn');
  const file = join(place, kind === 'http-01' ? proof.token : `${proof.host}.pem`);
  await ensureDirectory(place);
  await writeFileAtomic(file, kind === 'http-01' ? proof.authorization : await certificateFor(proof, now));
  return async () => void (await removeIfExists(file));
}

async function certificateFor({ host, authorization }: Proof, now: number): Promise<string> {
  const pair = await makePair();
  const digest = createHash('sha256').update(authorization).digest();
  return `${await proofCertificate(host, digest, pair, { from: now - day, until: now + day })}${pair.privateKey}`;
}
