// Where the key that signs is, and the checkpoints that it signed: outside the store, so that a store alone can be checked against them.
import { generateKeyPairSync } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { canonicalJson } from '../../base/digest.ts';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { appendLine, readFileIfExists, writeFileAtomic } from '../../platform/files.ts';
import { checkpointIn, jsonIn } from './read.ts';
import type { Checkpoint, Signer } from './statement.ts';
import { signerFrom } from './statement.ts';

export interface CheckpointPlaces {
  /** The private key, PKCS8 in PEM, 0600; made at the first use. */
  readonly key: string;
  /** The public one, for those who verify elsewhere. */
  readonly publicKey: string;
  /** One checkpoint a line; only ever added to. */
  readonly checkpoints: string;
}

/** A line that a crash tore is passed over: it was never given to anybody. */
export async function readCheckpoints({ checkpoints }: CheckpointPlaces): Promise<readonly Checkpoint[]> {
  return ((await readFileIfExists(checkpoints)) ?? '').split('\n').flatMap((line) => checkpointIn(jsonIn(line)) ?? []);
}

/** Durable when it resolves. Errors: `disk_full`, `home_unwritable`. */
export function writeCheckpoint({ checkpoints }: CheckpointPlaces, checkpoint: Checkpoint): Promise<void> {
  return appendLine(checkpoints, canonicalJson(checkpoint));
}

/** Nothing is made up for a key that is gone. Errors: `audit_unsigned`, `disk_full`, `home_unwritable`. */
export async function openSigner(places: CheckpointPlaces, signedBefore: boolean): Promise<Signer> {
  await refuseOpen(places.key);
  const kept = await readFileIfExists(places.key);
  if (kept === undefined && signedBefore)
    throw new CodeError('audit_unsigned', `${places.key}, which signed the audit's checkpoints, is gone.`, {
      hint: `Bring it back from a copy. Without one, move ${places.checkpoints} away and keep it: a new key begins anew.`,
    });
  const pem = kept ?? newKey();
  if (kept === undefined) await writeFileAtomic(places.key, pem);
  const signer = signerFrom(pem, places.key);
  if ((await readFileIfExists(places.publicKey)) !== signer.key.pem) await writeFileAtomic(places.publicKey, signer.key.pem, 0o644);
  return signer;
}

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What others could read, others could sign with. */
async function refuseOpen(file: string): Promise<void> {
  const found = await stat(file).catch((thrown: unknown) => {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (!found || (found.mode & 0o077) === 0) return;
  const mode = (found.mode & 0o777).toString(8);
  throw new CodeError('audit_unsigned', `The key that signs the audit, ${file}, can be read by others (mode ${mode}).`, {
    hint: `Run "chmod 600 ${file}"; if somebody may have read it, move it and its checkpoints away, too: a new key is made.`,
  });
}
