// Pruning: what no release needs goes, what is needed or was just asked for stays.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/base/digest.ts';
import { digestOf } from '../../src/base/digest.ts';
import type { Shelf } from './kit.ts';
import { clockAhead, inside, keep, noSignal, shelf, sourceOf, tamper, write } from './kit.ts';

const later = clockAhead(11 * 60_000);
const muchLater = clockAhead(25 * 3_600_000);

async function blobsOf({ directory }: Shelf): Promise<string[]> {
  const found = await readdir(join(directory, 'blobs/sha256'), { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => `sha256:${one.parentPath.slice(-2)}${one.name}`);
}

function digests(...texts: readonly string[]): Digest[] {
  return texts.map((text) => digestOf(text)).sort();
}

describe('prune', () => {
  it('O-09 removes trees that are not kept, and contents that no kept tree names', async () => {
    const kept = await shelf();
    const old = await keep(await sourceOf({ shared: 'shared', old: 'old' }), kept.artifacts);
    const live = await keep(await sourceOf({ shared: 'shared', live: 'live' }), kept.artifacts);
    await kept.artifacts.materialise(old, noSignal);
    const path = await kept.artifacts.materialise(live, noSignal);
    const freed = await kept.again({ clock: later }).prune(new Set([live]));
    expect(freed.trees).toBe(1);
    // What the store itself held of it at least: its content, its copy in the directory, its listing.
    expect(freed.bytes).toBeGreaterThan(3);
    expect(await kept.artifacts.hasTree(old)).toBe(false);
    expect(await readdir(join(kept.directory, 'trees'))).toEqual([live.slice(7)]);
    expect((await blobsOf(kept)).sort()).toEqual(digests('shared', 'live'));
    expect(await kept.artifacts.verify(live, noSignal)).toBeUndefined();
    expect(await kept.artifacts.materialise(live, noSignal)).toBe(path);
    expect(await kept.again({ clock: later }).prune(new Set([live]))).toEqual({ trees: 0, bytes: 0 });
  });

  it('leaves what was stored within the grace, though nothing names it yet', async () => {
    const kept = await shelf();
    const fresh = await keep(await sourceOf({ a: 'a' }), kept.artifacts);
    await kept.artifacts.putBlob(digestOf('on its way'), chunk('on its way'));
    expect(await kept.artifacts.prune(new Set())).toEqual({ trees: 0, bytes: 0 });
    expect(await kept.artifacts.hasTree(fresh)).toBe(true);
    expect((await blobsOf(kept)).sort()).toEqual(digests('a', 'on its way'));
    await kept.again({ clock: later }).prune(new Set());
    expect(await blobsOf(kept)).toEqual([]);
  });

  it.each([
    ['asked for by missing', (kept: Shelf) => kept.artifacts.missing(digests('a'))],
    ['stored once more', (kept: Shelf) => kept.artifacts.putBlob(digestOf('a'), chunk('a'))],
  ])('leaves an old content that was %s just now, so that its tree can follow', async (_, ask) => {
    const kept = await shelf({ grace: 0 });
    await kept.artifacts.putBlob(digestOf('a'), chunk('a'));
    await kept.artifacts.putBlob(digestOf('forgotten'), chunk('forgotten'));
    // The file system's clock cannot be set: let it leave the stores behind, then prune as of a moment between them and the question.
    const stored = Date.now();
    await expect.poll(() => Date.now(), { interval: 10 }).toBeGreaterThan(stored + 100);
    const between = kept.again({ clock: { now: () => stored + 50, sleep: () => Promise.resolve() } });
    await ask(kept);
    await between.prune(new Set());
    expect(await blobsOf(kept)).toEqual(digests('a'));
  });

  it('leaves a tree that was materialised just now', async () => {
    const kept = await shelf();
    const digest = await keep(await sourceOf({ a: 'a' }), kept.artifacts);
    await kept.artifacts.materialise(digest, noSignal);
    await kept.artifacts.prune(new Set());
    expect(await kept.artifacts.verify(digest, noSignal)).toBeUndefined();
  });

  it('can go on while trees are stored and materialised, and loses none of them', async () => {
    const kept = await shelf();
    const sweeper = kept.again();
    const done = new AbortController();
    const sweeping = (async () => {
      while (!done.signal.aborted) await sweeper.prune(new Set());
    })();
    const sources = await Promise.all(Array.from({ length: 10 }, (_, i) => sourceOf({ shared: 'shared', own: `${i}` })));
    const digestsOfAll = await Promise.all(sources.map((source) => keep(source, kept.artifacts)));
    await Promise.all(digestsOfAll.map((digest) => kept.artifacts.materialise(digest, noSignal)));
    done.abort();
    await sweeping;
    for (const digest of digestsOfAll) expect(await kept.artifacts.verify(digest, noSignal)).toBeUndefined();
  });

  it('removes no content while the listing of a kept tree is damaged', async () => {
    const kept = await shelf();
    const live = await keep(await sourceOf({ a: 'a' }), kept.artifacts);
    await tamper(join(kept.directory, 'listings', `${live.slice(7)}.json`), '{"entries":[]}');
    await expect(kept.again({ clock: later }).prune(new Set([live]))).rejects.toMatchObject({ code: 'artifact_corrupt' });
    expect(await blobsOf(kept)).toEqual(digests('a'));
  });

  it('sweeps what crashes left half-made, but not what may still be going on', async () => {
    const kept = await shelf();
    const live = await keep(await sourceOf({ a: 'a' }), kept.artifacts);
    await kept.artifacts.materialise(live, noSignal);
    await mkdir(join(kept.directory, 'trees', `${'0'.repeat(64)}.abc.making`, 'deep'), { recursive: true });
    await writeFile(join(kept.directory, 'incoming/half'), 'half');
    await kept.again({ clock: later }).prune(new Set([live]));
    expect(await readdir(join(kept.directory, 'incoming'))).toEqual(['half']);
    await kept.again({ clock: muchLater }).prune(new Set([live]));
    expect(await readdir(join(kept.directory, 'incoming'))).toEqual([]);
    expect(await readdir(join(kept.directory, 'trees'))).toEqual([live.slice(7)]);
  });

  it('keeps what was put aside from a tree as long as the tree', async () => {
    const kept = await shelf();
    const live = await keep(await sourceOf({ a: 'a' }), kept.artifacts);
    const root = await kept.artifacts.materialise(live, noSignal);
    await inside(root, () => write(root, { data: 'precious' }));
    await kept.artifacts.repair(live, noSignal);
    await kept.again({ clock: later }).prune(new Set([live]));
    expect(await readdir(join(kept.directory, 'aside'))).toHaveLength(1);
    await kept.again({ clock: later }).prune(new Set());
    expect(await readdir(join(kept.directory, 'aside'))).toEqual([]);
    expect(await kept.artifacts.hasTree(live)).toBe(false);
  });

  it('of a store that is not there yet frees nothing', async () => {
    const { artifacts } = await shelf();
    expect(await artifacts.prune(new Set())).toEqual({ trees: 0, bytes: 0 });
  });
});

async function* chunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
