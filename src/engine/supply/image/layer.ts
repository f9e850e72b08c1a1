// One layer of an image: what it lays over those below it, and what of those it takes away.
import type { TarEntry } from '../../../platform/guard/tar/read.ts';
import { entriesOfTar } from '../../../platform/guard/tar/read.ts';
import type { Budget, ByteSource } from '../../../platform/guard/tar/source.ts';
import { placeOf } from './names.ts';

export interface LayerFile {
  readonly path: string;
  /** `other`: devices and the like. */
  readonly kind: 'file' | 'link' | 'other';
  readonly size: number;
  /** Of a link: as it stands there, or, of a hard one, from the root. */
  readonly target: string;
  /** Only of what tells of packages, and within measure. */
  readonly content?: Uint8Array;
}

/** https://github.com/opencontainers/image-spec/blob/main/layer.md */
export interface Layer {
  readonly files: ReadonlyMap<string, LayerFile>;
  readonly directories: ReadonlySet<string>;
  /** Paths of lower layers that are gone, with all below them. */
  readonly gone: ReadonlySet<string>;
  /** Directories of which the lower layers show nothing. */
  readonly opaque: ReadonlySet<string>;
}

/** What may be read of an image: `kept` bytes stay in memory. */
export interface ImageBudget extends Budget {
  kept: number;
}

/** Of one file that is kept. */
const largest = 32 * 2 ** 20;
const whiteout = '.wh.';
const opaqueMark = '.wh..wh..opq';

interface Growing {
  readonly files: Map<string, LayerFile>;
  readonly directories: Set<string>;
  readonly gone: Set<string>;
  readonly opaque: Set<string>;
}

/** `tells`: whose content is kept. Throws an `Error` for what is no layer. */
export async function readLayer(source: ByteSource, budget: ImageBudget, tells: (path: string) => boolean): Promise<Layer> {
  const layer: Growing = { files: new Map(), directories: new Set(), gone: new Set(), opaque: new Set() };
  for await (const entry of entriesOfTar(source, budget)) await lay(layer, entry, budget, tells);
  // What comes behind the end of the archive is no part of it.
  for await (const _ of source.rest());
  return layer;
}

async function lay(layer: Growing, entry: TarEntry, budget: ImageBudget, tells: (path: string) => boolean): Promise<void> {
  const path = placeOf(entry.path);
  if (path === '') return;
  const at = path.lastIndexOf('/') + 1;
  const [directory, name] = [path.slice(0, Math.max(0, at - 1)), path.slice(at)];
  if (name === opaqueMark) layer.opaque.add(directory);
  // Of the file system that layers were first made with.
  else if (name.startsWith(`${whiteout}${whiteout}`)) return;
  else if (name.startsWith(whiteout)) layer.gone.add(placeOf(`${path.slice(0, at)}${name.slice(whiteout.length) || '.'}`));
  else if (entry.kind === 'directory') {
    layer.files.delete(path);
    layer.directories.add(path);
  } else {
    layer.directories.delete(path);
    layer.files.set(path, await fileOf(layer, path, entry, budget, tells));
  }
}

async function fileOf(
  { files }: Growing,
  path: string,
  entry: TarEntry,
  budget: ImageBudget,
  tells: (path: string) => boolean,
): Promise<LayerFile> {
  const { kind, size, target } = entry;
  if (kind === 'hard link') {
    const other = files.get(placeOf(target));
    return other ? { ...other, path } : { path, kind: 'link', size: 0, target: `/${placeOf(target)}` };
  }
  if (kind !== 'file') return { path, kind: kind === 'link' ? 'link' : 'other', size: 0, target };
  if (!tells(path) || size > largest || size > budget.kept) return { path, kind, size, target: '' };
  budget.kept -= size;
  const pieces: Uint8Array[] = [];
  for await (const chunk of entry.content) pieces.push(chunk);
  return { path, kind, size, target: '', content: Buffer.concat(pieces) };
}
