// Evidence on disk, each file named by its digest: written once, and read back with suspicion – links, other files, too many and too large ones are told.
import { createHash } from 'node:crypto';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import type { Bytes } from '../../base/units.ts';
import type { Exhibits } from '../../decide/prove/figures/exhibits.ts';
import type { Exhibit } from '../../model/proving/trial.ts';
import type { CertifiedTrial } from '../../model/readiness/certificate.ts';
import { ensureDirectory, writeFileAtomic } from '../../platform/files.ts';
import { openBeneath } from '../../platform/guard/beneath.ts';
import { parseJson } from '../../platform/guard/document/json.ts';

/** More is not looked at: whoever wants to be believed can do with less. */
export const largestExhibit: Bytes = 64 * 1024 ** 2;
const largestBundle: Bytes = 1024 ** 3;
const mostFiles = 20_000;
const limits = { size: largestExhibit, depth: 64, values: 8_000_000 };

export interface ReadBundle {
  /** Trial → its exhibits, parsed. */
  readonly exhibits: ReadonlyMap<string, Exhibits>;
  readonly files: number;
}

/** `sha256:ab…` → `ab….json` */
export function fileOf({ digest }: Pick<Exhibit, 'digest'>): string {
  return `${digest.slice('sha256:'.length)}.json`;
}

/** `contents`: by digest. */
export async function writeBundle(directory: string, contents: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await ensureDirectory(directory, 0o755);
  for (const [digest, content] of contents) await writeFileAtomic(join(directory, fileOf({ digest })), content, 0o644);
}

/** What a trial left behind, as it is named there. Errors: `input_invalid` for what is no exhibit any more. */
export async function readTrialFile(directory: string, exhibit: Exhibit): Promise<Uint8Array> {
  const problem = (said: string) =>
    new CodeError('input_invalid', `${directory}/${exhibit.name} ${said}.`, {
      hint: 'Run the trial again: its evidence is not what it was.',
    });
  if (exhibit.bytes > largestExhibit) throw problem(`has ${exhibit.bytes} bytes, and at most ${largestExhibit} are looked at`);
  const content = await readWhole(directory, exhibit.name, exhibit.bytes).catch((thrown: unknown) => {
    throw systemErrorCode(thrown) === 'ENOENT' ? problem('is missing') : thrown;
  });
  if (content === undefined || digestOf(content) !== exhibit.digest) throw problem('is not what the trial wrote down');
  return content;
}

/** All exhibits of all trials, or the first thing that is wrong with the directory, in one sentence. */
export async function readBundle(directory: string, trials: readonly CertifiedTrial[]): Promise<ReadBundle | { readonly problem: string }> {
  const wanted = new Map(trials.flatMap(({ id, exhibits }) => exhibits.map((one) => [fileOf(one), `${one.name} of trial ${id}`] as const)));
  if (wanted.size > mostFiles)
    return { problem: `the certificate names ${wanted.size} files of evidence, and at most ${mostFiles} are looked at` };
  const strange = await strangeEntry(directory, new Set(wanted.keys()));
  if (strange !== undefined) return { problem: strange };
  const total = trials.flatMap(({ exhibits }) => exhibits).reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > largestBundle)
    return { problem: `the certificate names ${total} bytes of evidence, and at most ${largestBundle} are looked at` };
  const read = new Map<string, Exhibits>();
  for (const { id, exhibits } of trials) {
    const mine: (readonly [string, unknown])[] = [];
    for (const one of exhibits) {
      const content = await contentOf(directory, one);
      if ('problem' in content) return { problem: `${fileOf(one)} (${one.name} of trial ${id}) ${content.problem}` };
      mine.push([one.name, content.value]);
    }
    // Whatever an exhibit is called, it is one: `__proto__` would be none.
    read.set(id, Object.fromEntries(mine));
  }
  return { exhibits: read, files: wanted.size };
}

async function contentOf(directory: string, exhibit: Exhibit): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  const { bytes, digest } = exhibit;
  if (bytes > largestExhibit) return { problem: `has ${bytes} bytes, and at most ${largestExhibit} are looked at` };
  try {
    const content = await readWhole(directory, fileOf(exhibit), bytes);
    if (content === undefined) return { problem: `has another length than ${bytes} bytes` };
    const found = digestOf(content);
    if (found !== digest) return { problem: `was changed: its digest is ${found}` };
    return { value: parseJson(Buffer.from(content).toString('utf8'), limits, fileOf(exhibit)) };
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return { problem: 'is missing' };
    if (thrown instanceof CodeError) return { problem: `cannot be read: ${thrown.message}` };
    throw thrown;
  }
}

/** Undefined where it is longer or shorter than that. */
async function readWhole(directory: string, name: string, bytes: Bytes): Promise<Uint8Array | undefined> {
  const file = await openBeneath(directory, name);
  try {
    if ((await file.stat()).size !== bytes) return undefined;
    const content = Buffer.alloc(bytes);
    let at = 0;
    while (at < bytes) {
      const { bytesRead } = await file.read(content, at, bytes - at, at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
    }
    return content;
  } finally {
    await file.close();
  }
}

/** Anything that is not an exhibit of the certificate: what nobody signed could be taken for what somebody did. */
async function strangeEntry(directory: string, wanted: ReadonlySet<string>): Promise<string | undefined> {
  let count = 0;
  try {
    for await (const entry of await opendir(directory)) {
      count += 1;
      if (count > mostFiles) return `there are more than ${mostFiles} files in ${directory}`;
      const found = await lstat(join(directory, entry.name));
      if (found.isSymbolicLink()) return `${entry.name} is a link`;
      if (!found.isFile()) return `${entry.name} is no plain file`;
      if (!wanted.has(entry.name)) return `${entry.name} is there, and the certificate does not know it`;
    }
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return `there is no directory ${directory}`;
    if (systemErrorCode(thrown) === 'ENOTDIR') return `${directory} is no directory`;
    throw thrown;
  }
  return undefined;
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
