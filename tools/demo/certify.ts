// `npm run demo -- certify`: the sample shop is certified, its certificate is checked, and one flipped byte of it is found.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codectl } from './codectl.ts';

export interface CertifyStory {
  readonly home: string;
  readonly manifest: string;
  /** What is to go wrong, and how orders are written and read. */
  readonly experiments: string;
  /** Where the certificate is written. */
  readonly out: string;
  readonly title: (text: string) => void;
  readonly say: (text: string) => void;
}

/** Of a shop that is live, with a release before it. */
export async function certifyStory({ home, manifest, experiments, out, title, say }: CertifyStory): Promise<void> {
  title('Certifying the shop: trials under load, faults, a rollback and back, judged by criteria');
  const began = performance.now();
  const asked = ['--path', '/api/products', '--experiment', experiments];
  const code = await codectl(home, ['certify', 'shop', '--profile', 'quick', ...asked, '--file', manifest, '--out', out]);
  if (code !== 0 && code !== 13) throw new Error(`codectl certify ended with ${code}, expected 0 or 13`);
  say(`time ${((performance.now() - began) / 1000).toFixed(0)} s; ${code === 0 ? 'certified' : 'not certified, for the reasons above'}`);
  const file = join(out, 'certificate.intoto.json');
  title('Checking the certificate: every figure again, from its evidence');
  if ((await codectl(home, ['certificate', 'verify', file])) !== 0) throw new Error('the certificate does not hold');
  title('The same with one byte flipped');
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  const spoilt = join(out, 'spoilt.intoto.json');
  await writeFile(spoilt, flipped);
  if ((await codectl(home, ['certificate', 'verify', spoilt, '--evidence', join(out, 'evidence')])) !== 13)
    throw new Error('a flipped byte was not found');
}
