// Images for tests, made here and from nothing: Node.js with the libraries that it needs, and a program.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { entriesBelow, tarOf } from '../../src/adapters/runtimes/docker/tar.ts';
import { digestOf } from '../../src/base/digest.ts';
import type { Dockerd } from './dockerd.ts';

const run = promisify(execFile);

/** What `docker import --change` takes. */
export type Changes = readonly string[];

/** An image of the files in a directory, which is laid over `base` files; the Engine is told what it is by Dockerfile lines. */
export async function importImage(engine: Dockerd, reference: string, directory: string, changes: Changes): Promise<void> {
  const [repo = '', tag = 'latest'] = reference.split(/:(?=[^:/]+$)/);
  const query = new URLSearchParams([
    ['fromSrc', '-'],
    ['repo', repo],
    ['tag', tag],
    ...changes.map((one): [string, string] => ['changes', one]),
  ]);
  const said = await engine.send('POST', `/images/create?${query.toString()}`, undefined, tarOf(entriesBelow(directory)));
  if (said.includes('"error"')) throw new Error(said);
}

/** An image of nothing that says which architecture it is for. */
export async function foreignImage(engine: Dockerd, reference: string, architecture: string): Promise<void> {
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

/** `node` and its shared libraries, where they are on this machine. */
export async function nodeImage(engine: Dockerd, reference: string, program: string, changes: Changes = []): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'codectl-image-'));
  try {
    await layNode(root);
    await mkdir(join(root, 'app'), { recursive: true });
    await copyFile(program, join(root, 'app/server.mjs'));
    await importImage(engine, reference, root, ['ENTRYPOINT ["/bin/node"]', 'CMD ["/app/server.mjs"]', ...changes]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function layNode(root: string): Promise<void> {
  const { stdout } = await run('ldd', [process.execPath]);
  const libraries = [...stdout.matchAll(/(\/[^\s]+)\s+\(0x/g)].flatMap(([, path]) => path ?? []);
  await put(process.execPath, join(root, 'bin/node'));
  for (const library of libraries) await put(await realpath(library), join(root, library));
}

async function put(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}
