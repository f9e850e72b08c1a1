// A directory with records of OSV as people download them: JSON files, or an archive for each ecosystem (`npm/all.zip`), in any depth.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { asCodeError, systemErrorCode } from '../../../base/errors.ts';
import type { Advisory, AdvisoryHarvest, AdvisoryShelf } from '../../../model/supply/advisory.ts';
import type { AdvisedName } from '../../../model/supply/component.ts';
import type { Advisories } from '../../../ports/advisories.ts';
import { entriesOf } from './archive.ts';
import { parseRecord } from './record.ts';

/** Nobody reads more of them. */
const brokenTold = 20;
/** Records in one go; then others have their turn. */
const inOneGo = 200;

export function openOsv(directory: string): Advisories {
  return { place: directory, harvest: (wanted, signal) => harvest(directory, wanted, signal) };
}

interface Sheaf {
  readonly shelves: Map<string, AdvisoryShelf>;
  readonly advisories: Advisory[];
  readonly broken: { readonly source: string; readonly because: string }[];
}

async function harvest(directory: string, wanted: readonly AdvisedName[], signal: AbortSignal): Promise<AdvisoryHarvest | undefined> {
  const files = await filesIn(directory);
  if (files === undefined) return undefined;
  const names = new Set(wanted.map(({ ecosystem, name }) => `${shelfOf(ecosystem)} ${name}`));
  const sheaf: Sheaf = { shelves: new Map(), advisories: [], broken: [] };
  let read = 0;
  for (const file of files) {
    const source = relative(directory, file);
    try {
      for await (const { name, text } of textsOf(file)) {
        signal.throwIfAborted();
        gather(sheaf, text, name === '' ? source : `${source}/${name}`, names);
        read += 1;
        if (read % inOneGo === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (thrown) {
      signal.throwIfAborted();
      tellBroken(sheaf, source, thrown);
    }
  }
  const { shelves, advisories, broken } = sheaf;
  return { shelves: Object.fromEntries(shelves), advisories, broken };
}

function gather(sheaf: Sheaf, text: string, source: string, names: ReadonlySet<string>): void {
  let advisory: Advisory;
  try {
    advisory = parseRecord(text, source);
  } catch (thrown) {
    tellBroken(sheaf, source, thrown);
    return;
  }
  const packages = advisory.affected.flatMap((one) => (one.package ? [one.package] : []));
  for (const ecosystem of new Set(packages.map((one) => shelfOf(one.ecosystem)))) {
    const { records = 0, asOf = 0 } = sheaf.shelves.get(ecosystem) ?? {};
    sheaf.shelves.set(ecosystem, { records: records + 1, asOf: Math.max(asOf, advisory.modified) });
  }
  if (packages.some((one) => names.has(`${shelfOf(one.ecosystem)} ${one.name}`))) sheaf.advisories.push(advisory);
}

/** `Debian:12` → `Debian` */
function shelfOf(ecosystem: string): string {
  return ecosystem.split(':')[0] ?? '';
}

function tellBroken({ broken }: Sheaf, source: string, thrown: unknown): void {
  if (broken.length < brokenTold) broken.push({ source, because: asCodeError(thrown).message });
}

/** Sorted; `undefined` when there is no such directory. */
async function filesIn(directory: string): Promise<readonly string[] | undefined> {
  try {
    const all = await readdir(directory, { withFileTypes: true, recursive: true });
    return all
      .filter((one) => one.isFile() && /\.(?:json|zip)$/.test(one.name))
      .map((one) => join(one.parentPath, one.name))
      .sort();
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

async function* textsOf(file: string): AsyncGenerator<{ readonly name: string; readonly text: string }> {
  if (file.endsWith('.zip')) yield* entriesOf(file);
  else yield { name: '', text: await readFile(file, 'utf8') };
}
