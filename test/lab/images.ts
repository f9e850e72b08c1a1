// Images for tests, made here and from nothing: Node.js with a program, and one for another machine.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entriesBelow, tarOf } from '../../src/adapters/runtimes/docker/tar.ts';
import { digestOf } from '../../src/base/digest.ts';
import type { DockerEngine } from '../../tools/docker/engine.ts';
import type { Changes } from '../../tools/docker/images.ts';
import { nodeImage } from '../../tools/docker/images.ts';

/** Answers with its version, slowly if it is asked to, and in headers with its version and its instance. */
export const program = fileURLToPath(new URL('program.mjs', import.meta.url));

/** Node.js that runs this program. */
export function programImage(engine: DockerEngine, reference: string, program: string, changes: Changes = []): Promise<void> {
  return nodeImage(engine, reference, ['CMD ["/app/server.mjs"]', ...changes], async (root) => {
    await mkdir(join(root, 'app'), { recursive: true });
    await copyFile(program, join(root, 'app/server.mjs'));
  });
}

/** An image of nothing that says which architecture it is for. */
export async function foreignImage(engine: DockerEngine, reference: string, architecture: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'codectl-image-'));
  const layer = Buffer.alloc(1024);
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }];
  try {
    await writeFile(join(root, 'layer.tar'), layer);
    await writeFile(join(root, 'config.json'), JSON.stringify({ architecture, os: 'linux', config: { Cmd: ['/nothing'] }, rootfs }));
    await writeFile(join(root, 'manifest.json'), JSON.stringify(manifest));
    const said = await engine.send('POST', '/images/load', undefined, tarOf(entriesBelow(root)));
    if (!said.includes(reference)) throw new Error(said);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
