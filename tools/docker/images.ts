// Images made here and from nothing, where no registry is asked: Node.js of this machine with the libraries that it needs.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { entriesBelow, tarOf } from '../../src/adapters/runtimes/docker/tar.ts';
import { librariesIn } from '../../src/proving/bench/contenders/swarm/image.ts';
import type { DockerEngine } from './engine.ts';

const run = promisify(execFile);

/** What `docker import --change` takes. */
export type Changes = readonly string[];

/** An image of the files in a directory; the Engine is told what it is by Dockerfile lines. */
async function importImage(engine: DockerEngine, reference: string, directory: string, changes: Changes): Promise<void> {
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

/** `node` and its shared libraries, where they are on this machine; `add` puts more beside them. */
export async function nodeImage(
  engine: DockerEngine,
  reference: string,
  changes: Changes,
  add: (root: string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'codectl-image-'));
  try {
    await layNode(root);
    await add(root);
    await importImage(engine, reference, root, ['ENTRYPOINT ["/bin/node"]', ...changes]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function layNode(root: string): Promise<void> {
  const { stdout } = await run('ldd', [process.execPath]);
  await put(process.execPath, join(root, 'bin/node'));
  for (const library of librariesIn(stdout)) await put(await realpath(library), join(root, library));
}

async function put(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}
