// Files in memory as the contents of an artifact.
import type { Contents } from '../../src/engine/supply/inventory/inventory.ts';

export function contentsOf(files: Readonly<Record<string, string>>): Contents {
  return {
    files: Object.entries(files).map(([path, text]) => ({ path, size: text.length })),
    read: async (path) => files[path] ?? '',
  };
}
