// `token certify`: a key that is made here and never leaves this machine, and the certificate that lets its holder in as the token.
import { generateKeyPairSync } from 'node:crypto';
import { CodeError } from '../../../base/errors.ts';
import { parseDuration } from '../../../base/units.ts';
import { writeFileAtomic } from '../../../platform/files.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function certify(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [id] = given.arguments;
  const named = given.text('out');
  if (named === undefined) throw new CodeError('usage', '--out is missing: where the key and its certificate go.');
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const answer = await (await session.api()).call('tokens.certify', {
    id,
    public_key: publicKey,
    expires_in_ms: lifeOf(given.text('expires')),
  });
  const file = session.path(named);
  await writeFileAtomic(file, `${answer.certificate}${privateKey}${answer.authority}`);
  out.document({ id: answer.id, name: answer.name, expires_at: answer.expires_at, file });
  out.text(`${file} lets its holder in as ${answer.id} (${answer.name}) until ${answer.expires_at}.`);
  out.aside(`Use it with --host https://… --token-file ${named}; "codectl token revoke ${answer.id}" makes it useless.`);
  return exit.ok;
}

function lifeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const life = parseDuration(text);
  if (life !== undefined && life >= 60_000) return life;
  throw new CodeError('usage', `--expires: ${JSON.stringify(text)} is not a time of at least 1m.`, {
    hint: 'Write it as in --expires 90d',
  });
}
