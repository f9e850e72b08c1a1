// The key of this home, and signatures by others.
import { CodeError } from '../../../base/errors.ts';
import { readFileIfExists, writeFileAtomic } from '../../../platform/files.ts';
import { envelopeText, publicPem, signed, trustedKey } from '../../../proving/certificate/dsse.ts';
import { openKey, refuseOpen } from '../../../proving/certificate/keys.ts';
import { readCertificate } from '../../../proving/certificate/verify.ts';
import type { Certifying } from '../../../surfaces/cli/certify/certifying.ts';
import { keyPlaces } from './places.ts';

export const keys: Pick<Certifying, 'sign' | 'key'> = {
  sign: async (file, key) => {
    const { envelope } = await readCertificate(file);
    await refuseOpen(key);
    const pem = await readFileIfExists(key);
    if (pem === undefined)
      throw new CodeError('usage', `There is no file ${key}.`, { hint: 'openssl genpkey -algorithm ed25519 -out key.pem' });
    const both = signed(Buffer.from(envelope.payload, 'base64'), pem, envelope.signatures);
    await writeFileAtomic(file, envelopeText(both), 0o644);
    return trustedKey(publicPem(pem)).id;
  },
  key: async (home) => {
    const pem = publicPem(await openKey(keyPlaces(home)));
    return { id: trustedKey(pem).id, pem };
  },
};
