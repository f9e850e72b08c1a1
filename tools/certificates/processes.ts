// The sample shop, on processes of this machine.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subject } from './subject.ts';

export async function openProcesses(workplace: string): Promise<Subject> {
  const shop = join(workplace, 'shop');
  await cp(fileURLToPath(new URL('../../examples/shop', import.meta.url)), shop, { recursive: true });
  const module = join(shop, 'api/version.js');
  const original = await readFile(module, 'utf8');
  return {
    application: 'shop',
    manifest: join(shop, 'code.yaml'),
    settings: [],
    wishes: ['--path', '/api/products', '--experiment', join(shop, 'experiments.yaml')],
    edit: (version) => writeFile(module, original.replace(/['"]v?1[^'"]*['"]/, `'${version}'`)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
