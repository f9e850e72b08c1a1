// What containers said before they were removed: their last lines, kept in the home for whoever asks later.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, readFileIfExists, removeIfExists, writeFileAtomic } from '../../../platform/files.ts';
import type { Line } from './look/frames.ts';
import { framesOf, linesIn } from './look/frames.ts';
import type { Site } from './site.ts';

export type Kept = readonly Line[];

/** Lines of one container that are kept, and how many containers they are kept of. */
const mostLines = 2_000;
const mostOutputs = 200;
/** What is said already comes at once, unless it is asked of a machine that is gone. Milliseconds. */
const patience = 15_000;

/** Before what it ran in is removed; `path`: where the Engine tells its output. What cannot be kept is told, and lost: it must not keep the container. */
export async function keepOutput(site: Site, id: string, path: string): Promise<void> {
  await (await keepingOutput(site, id, path))();
}

/** The same in two parts: what it says until its end (`follow`) is heard from now on, and written when that is awaited. */
export async function keepingOutput(site: Site, id: string, path: string, follow = false): Promise<() => Promise<void>> {
  const lost = (error: unknown): void => site.log.warn({ instance: id, error: String(error) }, 'could not keep the output of a container');
  try {
    const query = { stdout: true, stderr: true, tail: mostLines, follow };
    const { signal } = site.lifetime;
    const enough = follow ? signal : AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const answer = await site.engine.stream({ method: 'GET', path, query, unhurried: follow }, enough);
    const written = write(site, id, answer.chunks).catch(lost);
    return () => written;
  } catch (error) {
    lost(error);
    return async () => undefined;
  }
}

async function write(site: Site, id: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const lines: string[] = [];
  for await (const { stream, text } of linesIn(framesOf(chunks))) {
    lines.push(`${stream} ${text}`);
    if (lines.length > 2 * mostLines) lines.splice(0, mostLines);
  }
  await ensureDirectory(site.outputs);
  await writeFileAtomic(fileOf(site, id), lines.slice(-mostLines).join('\n'));
  await sweep(site);
}

/** Undefined while its container is there. */
export async function readKept(site: Site, id: string): Promise<Kept | undefined> {
  const text = await readFileIfExists(fileOf(site, id));
  if (text === undefined) return undefined;
  const lines = text === '' ? [] : text.split('\n');
  return lines.map((line) => ({ stream: line.startsWith('err ') ? 'err' : 'out', text: line.slice(4) }));
}

function fileOf({ outputs }: Site, id: string): string {
  return join(outputs, `${id}.log`);
}

async function sweep({ outputs }: Site): Promise<void> {
  const names = await readdir(outputs);
  if (names.length <= mostOutputs) return;
  const ages = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(outputs, name))).mtimeMs })));
  const old = ages.toSorted((a, b) => b.at - a.at).slice(mostOutputs);
  for (const { name } of old) await removeIfExists(join(outputs, name));
}
