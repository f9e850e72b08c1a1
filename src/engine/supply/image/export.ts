// The archive that an Engine makes of an image (docker save, OCI image layout): its layers, and the list that says in which order they lie.
import type { Transform } from 'node:stream';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { isSteep } from '../../../platform/guard/archive.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import { beginsTar } from '../../../platform/guard/tar/head.ts';
import type { TarEntry } from '../../../platform/guard/tar/read.ts';
import { entriesOfTar } from '../../../platform/guard/tar/read.ts';
import { ByteSource } from '../../../platform/guard/tar/source.ts';
import type { ImageBudget, Layer } from './layer.ts';
import { readLayer } from './layer.ts';
import { ledTo, placeOf } from './names.ts';

/** Of all layers together; whoever ships more is told that it was not read. */
export const imageLimits: ImageBudget = { entries: 1_000_000, bytes: 64 * 2 ** 30, kept: 256 * 2 ** 20 };
/** Says which parts are the layers of the image; comes last. */
const list = 'manifest.json';
const largestList = 4 * 2 ** 20;
const shape = { size: largestList, depth: 16, values: 100_000 };
/** Of an image that nobody means to run. */
const mostLayers = 1_000;
const mostHops = 8;
/** What was counted where it came in. */
const counted = { entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

interface Parts {
  readonly layers: Map<string, Layer>;
  /** A layer that comes twice is a link to where it came first. */
  readonly links: Map<string, string>;
  list?: string;
}

/**
 * From the lowest to the topmost. The list comes last, so each part that looks like a layer is read as one; only what `tells` is kept of it.
 * Throws an `Error` with the reason for what is no such archive, is damaged, or is larger than the limits.
 */
export async function layersOf(
  chunks: AsyncIterable<Uint8Array>,
  tells: (path: string) => boolean,
  signal: AbortSignal,
  limits: ImageBudget = imageLimits,
): Promise<readonly Layer[]> {
  const budget = { ...limits };
  const parts: Parts = { layers: new Map(), links: new Map() };
  const source = new ByteSource(chunks, budget);
  for await (const entry of entriesOfTar(source, budget)) {
    signal.throwIfAborted();
    await take(parts, entry, budget, tells);
  }
  return inOrder(parts);
}

async function take(parts: Parts, entry: TarEntry, budget: ImageBudget, tells: (path: string) => boolean): Promise<void> {
  const path = placeOf(entry.path);
  if (entry.kind === 'link') parts.links.set(path, ledTo(path, entry.target));
  if (entry.kind === 'hard link') parts.links.set(path, placeOf(entry.target));
  if (entry.kind !== 'file') return;
  const source = new ByteSource(entry.content, counted);
  const begin = await source.peek(512);
  const unpacking = packing(begin);
  if (unpacking) {
    const plain = new ByteSource(unpacked(source.rest(), unpacking()), budget);
    parts.layers.set(path, await readLayer(plain, budget, tells));
  } else if (beginsTar(begin)) parts.layers.set(path, await readLayer(source, budget, tells));
  else if (path === list && entry.size <= largestList) parts.list = Buffer.from(await source.take(entry.size)).toString('utf8');
}

function packing(begin: Uint8Array): (() => Transform) | undefined {
  const starts = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => begin[at] === byte);
  if (starts(0x1f, 0x8b)) return createGunzip;
  return starts(0x28, 0xb5, 0x2f, 0xfd) ? createZstdDecompress : undefined;
}

async function* unpacked(packed: AsyncIterable<Uint8Array>, through: Transform): AsyncGenerator<Uint8Array> {
  let [taken, given] = [0, 0];
  const measured = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of packed) {
      taken += chunk.length;
      yield chunk;
    }
  };
  // What goes wrong is thrown where it is read.
  pipeline(Readable.from(measured(), { objectMode: false }), through, () => undefined);
  for await (const chunk of through) {
    if (!(chunk instanceof Uint8Array)) continue;
    given += chunk.length;
    if (isSteep(given, taken)) throw new Error(`a layer of it unpacks to ${given} bytes from ${taken}: it is a bomb, or as good as one`);
    yield chunk;
  }
}

function inOrder({ layers, links, list: text }: Parts): readonly Layer[] {
  if (text === undefined) throw new Error('it has no manifest.json, so that nobody knows the order of its layers');
  return layersIn(parseJson(text, shape, list)).map((name) => {
    let path = placeOf(name);
    for (let hops = 0; hops < mostHops && links.has(path); hops += 1) path = links.get(path) ?? path;
    const layer = layers.get(path);
    if (layer) return layer;
    throw new Error(`its manifest.json names the layer ${JSON.stringify(name.slice(0, 200))}, which is not there or is no archive`);
  });
}

function layersIn(manifest: unknown): readonly string[] {
  const images: readonly unknown[] = Array.isArray(manifest) ? manifest : [];
  if (images.length !== 1) throw new Error(`its manifest.json tells of ${images.length} images instead of one`);
  const [image] = images;
  const names: unknown = typeof image === 'object' && image !== null && 'Layers' in image ? image.Layers : undefined;
  if (!Array.isArray(names) || names.length > mostLayers || !names.every((name) => typeof name === 'string'))
    throw new Error('its manifest.json has no list of layers');
  return names;
}
