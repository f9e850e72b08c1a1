// The directories that services run from: built once however many ask at once, checked before every use, mended in place.
import { dirname, join } from 'node:path';
import type { Digest } from '../../../base/digest.ts';
import { hasCode } from '../../../base/errors.ts';
import type { Tree } from '../../../model/tree.ts';
import {
  ensureDirectory,
  readFileIfExists,
  removeIfExists,
  removeTree,
  renameDirectory,
  writeFileAtomic,
} from '../../../platform/files.ts';
import { touchIfExists } from '../../../platform/tree/blob-file.ts';
import { buildTree, mendPath } from '../../../platform/tree/build.ts';
import { createPlacer } from '../../../platform/tree/place.ts';
import type { SnapshotDamage } from '../../../ports/artifacts.ts';
import type { Log } from '../../../ports/log.ts';
import type { StampBook } from './compare.ts';
import { compareTree } from './compare.ts';
import type { Layout } from './layout.ts';
import { asidePath, blobPath, isDigest, makingPath, treePath } from './layout.ts';
import { requireListing } from './listings.ts';

/** A build that several callers wait for; it is given up when the last of them has lost interest. */
interface Build {
  readonly path: Promise<string>;
  readonly controller: AbortController;
  waiting: number;
}

const treeMode = 0o555;

export class Trees {
  readonly #layout: Layout;
  readonly #log: Log | undefined;
  readonly #place = createPlacer();
  readonly #builds = new Map<Digest, Build>();
  readonly #turns = new Map<Digest, Promise<unknown>>();
  /** What is known of the files of each tree: a service that runs as root can write to them between two uses. */
  readonly #books = new Map<Digest, StampBook>();

  constructor(layout: Layout, log: Log | undefined) {
    this.#layout = layout;
    this.#log = log;
  }

  async materialise(digest: Digest, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const build = this.#builds.get(digest) ?? this.#begin(digest);
    build.waiting += 1;
    try {
      return await untilAborted(build.path, signal);
    } finally {
      build.waiting -= 1;
      if (build.waiting === 0) {
        this.#forget(digest, build);
        build.controller.abort();
      }
    }
  }

  async verify(digest: Digest, signal: AbortSignal): Promise<SnapshotDamage | undefined> {
    const tree = await requireListing(this.#layout, digest);
    const [first] = await compareTree(treePath(this.#layout, digest), tree, signal);
    return first;
  }

  repair(digest: Digest, signal: AbortSignal): Promise<readonly SnapshotDamage[]> {
    return this.#inTurn(digest, async () => this.#mend(digest, await requireListing(this.#layout, digest), signal));
  }

  /** Runs when nobody builds or mends this tree; for those who remove it. */
  exclusively<T>(digest: Digest, work: () => Promise<T>): Promise<T> {
    this.#books.delete(digest);
    return this.#inTurn(digest, work);
  }

  #begin(digest: Digest): Build {
    const controller = new AbortController();
    const path = this.#inTurn(digest, () => this.#make(digest, controller.signal));
    const build: Build = { path, controller, waiting: 0 };
    this.#builds.set(digest, build);
    // Whoever still waits sees the failure through `path`; when nobody does, it is not news.
    path.catch(() => undefined).finally(() => this.#forget(digest, build));
    return build;
  }

  #forget(digest: Digest, build: Build): void {
    if (this.#builds.get(digest) === build) this.#builds.delete(digest);
  }

  async #make(digest: Digest, signal: AbortSignal): Promise<string> {
    const path = treePath(this.#layout, digest);
    const there = await touchIfExists(path, treeMode);
    const tree = await requireListing(this.#layout, digest);
    await (there ? this.#mend(digest, tree, signal) : this.#build(digest, tree, signal));
    return path;
  }

  async #build(digest: Digest, tree: Tree, signal: AbortSignal): Promise<void> {
    const making = makingPath(this.#layout, digest);
    await ensureDirectory(this.#layout.trees);
    await this.#closeOff();
    try {
      const begun = performance.now();
      const placed = await this.#withSoundBlobs(() => buildTree(making, this.#source(tree), signal));
      // Another process may have been faster; its directory is as good as this one.
      if (await renameDirectory(making, treePath(this.#layout, digest)))
        this.#log?.info({ digest, ...placed, elapsed: Math.round(performance.now() - begun) }, 'made the directory of a snapshot');
      else await removeTree(making);
    } catch (error) {
      await removeTree(making);
      throw error;
    }
  }

  /** Node.js looks upwards for a package.json to learn how to read a file: it must not find one of whoever owns the directories above. */
  async #closeOff(): Promise<void> {
    const border = join(dirname(this.#layout.trees), 'package.json');
    if ((await readFileIfExists(border)) === undefined) await writeFileAtomic(border, '{}\n');
  }

  async #mend(digest: Digest, tree: Tree, signal: AbortSignal): Promise<readonly SnapshotDamage[]> {
    const root = treePath(this.#layout, digest);
    const damages = await compareTree(root, tree, signal, this.#bookOf(digest));
    if (damages.length === 0) return damages;
    this.#log?.warn({ digest, damages: damages.slice(0, 10), count: damages.length }, 'mending a snapshot that changed on disk');
    if (damages[0]?.path === '') {
      await this.#build(digest, tree, signal);
      return damages;
    }
    const wanted = new Map(tree.entries.map((entry) => [entry.path, entry]));
    const aside = asidePath(this.#layout, digest);
    const source = this.#source(tree);
    await this.#withSoundBlobs(async () => {
      for (const { path } of damages) await mendPath({ root, path, aside }, wanted.get(path), source, signal);
    });
    return damages;
  }

  #bookOf(digest: Digest): StampBook {
    const book = this.#books.get(digest) ?? new Map();
    this.#books.set(digest, book);
    return book;
  }

  #source(tree: Tree) {
    return { entries: tree.entries, place: this.#place, blobPath: (digest: Digest) => blobPath(this.#layout, digest) };
  }

  /** A content that turned out to be damaged is removed: then `missing` names it, and the next deploy stores it anew. */
  async #withSoundBlobs<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const digest = hasCode(error, 'artifact_corrupt') ? error.details['digest'] : undefined;
      if (isDigest(digest)) {
        this.#log?.error({ digest }, 'removing a stored content that no longer has its digest');
        await removeIfExists(blobPath(this.#layout, digest));
      }
      throw error;
    }
  }

  async #inTurn<T>(digest: Digest, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(digest) ?? Promise.resolve()).then(work, work);
    this.#turns.set(digest, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(digest) === turn) this.#turns.delete(digest);
    }
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
