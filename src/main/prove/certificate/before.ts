// What a new certificate continues, and the source that it speaks of.
import { join } from 'node:path';
import { digestOf } from '../../../base/digest.ts';
import { linesOf, sourceDigest, sourceIn } from '../../../decide/certify/source.ts';
import type { Readiness1 } from '../../../model/readiness/certificate.ts';
import { readFileIfExists } from '../../../platform/files.ts';
import type { BookedTrial } from '../../../proving/certificate/issue.ts';
import { readCertificate } from '../../../proving/certificate/verify.ts';
import { newestOf } from './places.ts';

export async function certifiedSource(directory: string, own: BookedTrial | undefined): Promise<Readiness1['source']> {
  const exhibit = own?.exhibits.find(({ name }) => name === 'source.json');
  if (!exhibit) return undefined;
  const found = sourceIn(JSON.parse((await readFileIfExists(join(directory, exhibit.name))) ?? 'null'));
  return found && { digest: sourceDigest(found), files: found.files.length, lines: linesOf(found), exhibit: exhibit.name };
}

/** Of the environment's newest certificate: its digest, and the link of the chain that it ended with. */
export async function previousOf(root: string, scope: { readonly application: string; readonly environment: string }) {
  const file = newestOf(root, scope);
  const text = await readFileIfExists(file);
  if (text === undefined) return undefined;
  const { attempts } = (await readCertificate(file)).statement.predicate;
  const last = attempts.at(-1);
  return last && { digest: digestOf(text), after: { sequence: last.sequence, hash: last.hash } };
}
