// Layers laid over one another: what of each can still be seen, as overlayfs shows it (a file hides what lies below its name, and whiteouts).
import type { Layer, LayerFile } from './layer.ts';
import { above } from './names.ts';

/** In one go; then others have their turn. */
const inOneGo = 5_000;

/** From the lowest to the topmost. */
export async function overlaid(layers: readonly Layer[], signal: AbortSignal): Promise<ReadonlyMap<string, LayerFile>> {
  const seen = new Map<string, LayerFile>();
  const over: Over = { covered: new Set(), opaque: new Set(), directories: new Set() };
  let looked = 0;
  for (const layer of layers.toReversed()) {
    for (const file of layer.files.values()) {
      if (!isHidden(file.path, over)) seen.set(file.path, file);
      looked += 1;
      if (looked % inOneGo === 0) await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
    cover(over, layer);
  }
  return seen;
}

/** What the layers above hide. */
interface Over {
  /** With all below them. */
  readonly covered: Set<string>;
  /** Only what is below them. */
  readonly opaque: Set<string>;
  /** They show through, but hide a file of their name. */
  readonly directories: Set<string>;
}

function isHidden(path: string, { covered, opaque, directories }: Over): boolean {
  if (covered.has(path) || directories.has(path) || opaque.has('')) return true;
  for (const directory of above(path)) if (covered.has(directory) || opaque.has(directory)) return true;
  return false;
}

function cover({ covered, opaque, directories }: Over, layer: Layer): void {
  for (const path of layer.gone) covered.add(path);
  for (const path of layer.opaque) opaque.add(path);
  for (const path of layer.directories) directories.add(path);
  for (const path of [...layer.files.keys(), ...layer.directories, ...layer.opaque])
    for (const directory of above(path)) directories.add(directory);
  for (const path of layer.files.keys()) covered.add(path);
}
