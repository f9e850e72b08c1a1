// The public keys whose signatures count: the *.pem and *.pub of a directory, each named by its file, read at each use.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asCodeError, CodeError } from '../../base/errors.ts';
import { publicKey } from '../../engine/supply/signatures/verify.ts';
import type { NamedKey, Trust } from '../../ports/trust.ts';

const hint = 'Put public keys there: ECDSA on P-256 (cosign.pub) or Ed25519, as PEM ("-----BEGIN PUBLIC KEY-----").';

/** A key that cannot be used is an error at each use: left out it would look like a signature that does not fit. */
export function keysIn(directory: string): Trust {
  return {
    keys: async () => {
      const names = await readdir(directory).catch((thrown: unknown) => {
        throw new CodeError('settings_invalid', `trusted_keys: ${asCodeError(thrown).message}`, { hint, cause: thrown });
      });
      const files = names.filter((name) => /\.(?:pem|pub)$/.test(name)).sort();
      return Promise.all(
        files.map(async (name): Promise<NamedKey> => ({ name, pem: usable(name, await readFile(join(directory, name), 'utf8')) })),
      );
    },
  };
}

function usable(name: string, pem: string): string {
  if (publicKey(pem)) return pem;
  throw new CodeError('settings_invalid', `trusted_keys: ${name} is no public key that is known here.`, { hint });
}
