// The key that signs certificates: made at the first use, for its owner's eyes only, its public half beside it for everybody.
import { generateKeyPairSync } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { readFileIfExists, writeFileAtomic } from '../../platform/files.ts';
import { publicPem } from './dsse.ts';

export interface KeyPlaces {
  /** PKCS8 in PEM, 0600. */
  readonly key: string;
  /** SPKI in PEM, as cosign takes it. */
  readonly publicKey: string;
}

/** The private key in PEM. Errors: `denied` for one that others could read, `input_invalid` for what is none, `disk_full`, `home_unwritable`. */
export async function openKey({ key, publicKey }: KeyPlaces): Promise<string> {
  await refuseOpen(key);
  const kept = await readFileIfExists(key);
  const pem = kept ?? generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  if (kept === undefined) await writeFileAtomic(key, pem);
  const open = publicPem(pem);
  if ((await readFileIfExists(publicKey)) !== open) await writeFileAtomic(publicKey, open, 0o644);
  return pem;
}

/** What others could read, others could sign with. */
export async function refuseOpen(file: string): Promise<void> {
  const found = await stat(file).catch((thrown: unknown) => {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (!found || (found.mode & 0o077) === 0) return;
  throw new CodeError('denied', `The key ${file} can be read by others (mode ${(found.mode & 0o777).toString(8)}): it signs nothing.`, {
    hint: `Run "chmod 600 ${file}"; if somebody may have read it, move it away: a new one is made.`,
  });
}
