// Raw evidence on disk: one JSON file for each exhibit, the same content always the same bytes.
import { dirname, join } from 'node:path';
import { canonicalJson, digestOf } from '../base/digest.ts';
import type { Exhibit } from '../model/proving/trial.ts';
import { ensureDirectory, writeFileAtomic } from '../platform/files.ts';

/** `name`: `phases/moderate.json`, relative to the directory, which need not be there. Errors: `disk_full`, `home_unwritable`. */
export async function writeExhibit(directory: string, name: string, content: object): Promise<Exhibit> {
  const file = join(directory, name);
  const text = `${canonicalJson(content)}\n`;
  await ensureDirectory(dirname(file));
  await writeFileAtomic(file, text);
  return { name, digest: digestOf(text), bytes: Buffer.byteLength(text) };
}
