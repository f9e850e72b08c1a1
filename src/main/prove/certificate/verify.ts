// `certificate verify`: which keys are trusted, and what it is held against.
import { CodeError } from '../../../base/errors.ts';
import { criteriaDigest } from '../../../decide/certify/assemble.ts';
import { recompute } from '../../../decide/certify/recompute.ts';
import { levelText } from '../../../decide/certify/render/text.ts';
import { readFileIfExists } from '../../../platform/files.ts';
import { trustedKey } from '../../../proving/certificate/dsse.ts';
import { verifyCertificate } from '../../../proving/certificate/verify.ts';
import type { Certifying } from '../../../surfaces/cli/certify/certifying.ts';
import { keyPlaces } from './places.ts';
import { presentOf } from './present.ts';

export const verify: Certifying['verify'] = async ({ file, evidence, keys, home, readiness, ...here }) => {
  const wanted = keys.length > 0 ? keys : [keyPlaces(home).publicKey];
  const pems = await Promise.all(wanted.map((one) => readFileIfExists(one)));
  const missing = wanted.find((_, at) => pems[at] === undefined);
  if (keys.length > 0 && missing !== undefined)
    throw new CodeError('usage', `There is no public key ${missing}.`, { hint: 'Give --key FILE.' });
  const verified = await verifyCertificate({
    file,
    ...(evidence !== undefined && { evidence }),
    keys: pems.flatMap((pem) => (pem === undefined ? [] : [trustedKey(pem)])),
    ...(readiness && { criteria: criteriaDigest(readiness) }),
    present: await presentOf(here),
    now: Date.now(),
    recompute,
  });
  const { word, steps, statement } = verified;
  return { word, holds: word === 'valid' || word === 'review_due', steps, headline: statement && levelText(statement) };
};
