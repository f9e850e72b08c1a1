// Directories to take snapshots of, and a store to keep them in; everything is gone after the test.
import { chmod, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DirectoryArtifacts, DirectoryArtifactsOptions } from '../../src/adapters/artifacts/directory/directory.ts';
import { createDirectoryArtifacts } from '../../src/adapters/artifacts/directory/directory.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Digest } from '../../src/base/digest.ts';
import { removeTree } from '../../src/platform/files.ts';
import { scanDirectory } from '../../src/platform/tree/scan.ts';
import { uploadTree } from '../../src/platform/tree/upload.ts';

export const noSignal = new AbortController().signal;

/** What to write: text, bytes, `{ run }` for an executable, `{ link }` for a symbolic link, `null` for an empty directory. */
export type Content = string | Uint8Array | { readonly run: string } | { readonly link: string } | null;
export type Contents = Readonly<Record<string, Content>>;

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'code-artifacts-'));
  onTestFinished(() => removeTree(directory));
  return directory;
}

export async function write(root: string, contents: Contents): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    if (content === null) await mkdir(target, { recursive: true });
    else if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(target, content);
    else if ('link' in content) await symlink(content.link, target);
    else await writeFile(target, content.run, { mode: 0o755 });
  }
}

export async function sourceOf(contents: Contents): Promise<string> {
  const source = join(await temporaryDirectory(), 'source');
  await mkdir(source);
  await write(source, contents);
  return source;
}

export interface Shelf {
  readonly directory: string;
  readonly artifacts: DirectoryArtifacts;
  /** The same directory as another process sees it. */
  again(options?: Partial<DirectoryArtifactsOptions>): DirectoryArtifacts;
}

export async function shelf(options: Partial<DirectoryArtifactsOptions> = {}): Promise<Shelf> {
  const directory = join(await temporaryDirectory(), 'artifacts');
  const again = (more: Partial<DirectoryArtifactsOptions> = {}) => createDirectoryArtifacts({ directory, ...options, ...more });
  return { directory, artifacts: again(), again };
}

/** Scans and stores a directory. */
export async function keep(source: string, artifacts: DirectoryArtifacts): Promise<Digest> {
  return (await uploadTree(await scanDirectory(source, {}, noSignal), artifacts, noSignal)).digest;
}

export function clockAhead(ms: number): Clock {
  return { now: () => Date.now() + ms, sleep: () => Promise.resolve() };
}

/** Changes a file of a snapshot behind the store's back, as root or a determined owner can. */
export async function tamper(path: string, text: string): Promise<void> {
  await chmod(path, 0o644);
  await writeFile(path, text);
  await chmod(path, 0o444);
}

/** Replaces what is at a path without touching the inode that was there. */
export async function swap(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await chmod(directory, 0o755);
  await writeFile(`${path}.new`, text, { mode: 0o444 });
  await rename(`${path}.new`, path);
  await chmod(directory, 0o555);
}

/** Writes or removes something in a read-only directory. */
export async function inside(directory: string, work: () => Promise<unknown>): Promise<void> {
  await chmod(directory, 0o755);
  await work();
  await chmod(directory, 0o555);
}
