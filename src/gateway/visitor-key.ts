// The key that seals visitors' cookies: made once, shared by all processes of one gateway, there again after a restart.
import { randomBytes } from 'node:crypto';
import { randomText } from '../base/ids.ts';
import { readFileIfExists, removeIfExists, writeFileAtomic } from '../platform/files.ts';
import { publishFile, renameIfExists } from '../platform/private-file.ts';
import { Seal } from './traits/seal.ts';

const size = 32;

/** Several processes may come at once: whoever is first names the file, and the others take what is in it. Errors: `disk_full`, `home_unwritable`. */
export async function openSeal(file: string): Promise<Seal> {
  const kept = await keyIn(file);
  if (kept) return new Seal(kept);
  const made = randomBytes(size);
  const text = `${made.toString('base64')}\n`;
  if ((await readFileIfExists(file)) !== undefined) await putAside(file);
  const beside = `${file}.${randomText(8)}`;
  await writeFileAtomic(beside, text);
  await publishFile(beside, file);
  return new Seal((await keyIn(file)) ?? made);
}

/** Makes room where a file is damaged. Another process may have done so a moment ago: its whole key is put back. */
async function putAside(file: string): Promise<void> {
  const aside = `${file}.${randomText(8)}`;
  if (!(await renameIfExists(file, aside))) return;
  if (await keyIn(aside)) await publishFile(aside, file);
  else await removeIfExists(aside);
}

/** Undefined for what is not a whole key: visitors then get new cookies, which costs them their side and nothing else. */
async function keyIn(file: string): Promise<Buffer | undefined> {
  const key = Buffer.from((await readFileIfExists(file))?.trim() ?? '', 'base64');
  return key.length === size ? key : undefined;
}
