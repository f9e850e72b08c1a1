// What `--token-file` holds: a token, and, in PEM, a client's certificate with its key and the authorities to trust. Any of these may be missing.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import { readFileIfExists } from '../../../platform/files.ts';
import type { ClientTls } from '../../../platform/http/client.ts';
import { factsOf, pemBlocks, trustAlso } from '../../../platform/tls/identity.ts';

export interface Credentials {
  readonly token?: string;
  readonly identity?: { readonly certificate: string; readonly key: string };
  /** PEM. */
  readonly authorities: string;
}

/** Errors: `usage`. */
export async function readCredentials(file: string): Promise<Credentials> {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new CodeError('usage', `--token-file: ${asCodeError(thrown).message}`, { cause: thrown });
  });
  const blocks = pemBlocks(text);
  const rest = blocks.reduce((left, block) => left.replace(block.text.trimEnd(), ''), text).trim();
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map((one) => one.text);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.text;
  if ((rest === '' && key === undefined) || /\s/.test(rest))
    throw new CodeError('usage', `--token-file: ${file} must contain one token, or a key with its certificate (PEM), and nothing else.`);
  const token = rest === '' ? {} : { token: rest };
  if (key === undefined) return { ...token, authorities: certificates.join('') };
  const [certificate = '', ...authorities] = certificates;
  // Says what is wrong with them before a server does, in fewer words.
  factsOf({ certificate, key }, `--token-file: ${file}`);
  return { ...token, identity: { certificate, key }, authorities: authorities.join('') };
}

/** How a daemon that answers by TLS is believed: by what all programs here trust, by what the file says, and by the authority of the own home. */
export async function clientTls(home: string, { identity, authorities }: Credentials): Promise<ClientTls> {
  const own = (await readFileIfExists(join(home, 'tls', 'ca.pem'))) ?? '';
  const known = pemBlocks(`${authorities}${own}`).map(({ text }) => text);
  return {
    ...(known.length > 0 && { ca: trustAlso(known) }),
    ...(identity && { cert: identity.certificate, key: identity.key }),
  };
}
