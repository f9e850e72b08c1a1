// Snapshots and contents that somebody changed behind the store's back: the next use starts from the true content.
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Digest } from '../../src/base/digest.ts';
import { digestOf } from '../../src/base/digest.ts';
import type { Shelf } from './kit.ts';
import { keep, noSignal, shelf, sourceOf, tamper } from './kit.ts';

const big = 'b'.repeat(200_000);

function blobPath({ directory }: Shelf, digest: Digest): string {
  return join(directory, 'blobs/sha256', digest.slice(7, 9), digest.slice(9));
}

describe('H2 a snapshot that a service changed', () => {
  it.each([
    ['young', 0],
    ['old enough for its stamps to be trusted', 60_000],
  ])('is whole again at the next start, also in the same daemon: %s', async (_, ahead) => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ahead);
    onTestFinished(() => now.mockRestore());
    const { artifacts } = await shelf();
    const digest = await keep(await sourceOf({ 'server.js': 'true', 'lib/other.js': 'other' }), artifacts);
    const root = await artifacts.materialise(digest, noSignal);
    await artifacts.materialise(digest, noSignal);
    await artifacts.materialise(digest, noSignal);
    await tamper(join(root, 'server.js'), 'evil');
    expect(await artifacts.materialise(digest, noSignal)).toBe(root);
    expect(await readFile(join(root, 'server.js'), 'utf8')).toBe('true');
    expect(await artifacts.verify(digest, noSignal)).toBeUndefined();
  });
});

describe('H3 a stored content that was changed', () => {
  it('in its size is found when the tree is stored, and travels again with the next deploy', async () => {
    const kept = await shelf();
    const from = await sourceOf({ 'big.dat': big });
    const digest = await keep(from, kept.artifacts);
    const root = await kept.artifacts.materialise(digest, noSignal);
    await tamper(blobPath(kept, digestOf(big)), 'four');
    await tamper(join(root, 'big.dat'), 'four');
    await keep(from, kept.again()).catch(() => undefined);
    expect(await keep(from, kept.again())).toBe(digest);
    await kept.again().materialise(digest, noSignal);
    expect(await readFile(join(root, 'big.dat'), 'utf8')).toBe(big);
  });

  it('since it was last seen travels again with the same deploy, even at its old size', async () => {
    const kept = await shelf();
    const from = await sourceOf({ 'big.dat': big });
    const digest = await keep(from, kept.artifacts);
    await tamper(blobPath(kept, digestOf(big)), 'B'.repeat(big.length));
    expect(await kept.artifacts.missing([digestOf(big)])).toEqual([digestOf(big)]);
    expect(await keep(from, kept.artifacts)).toBe(digest);
    expect(await readFile(blobPath(kept, digestOf(big)), 'utf8')).toBe(big);
  });

  it.runIf(process.getuid?.() === 0)('cannot be changed through a snapshot by root, whom no mode stops', async () => {
    const kept = await shelf();
    const digest = await keep(await sourceOf({ 'big.dat': big }), kept.artifacts);
    const root = await kept.artifacts.materialise(digest, noSignal);
    await writeFile(join(root, 'big.dat'), 'four');
    expect((await stat(blobPath(kept, digestOf(big)))).size).toBe(big.length);
    await kept.artifacts.materialise(digest, noSignal);
    expect(await readFile(join(root, 'big.dat'), 'utf8')).toBe(big);
  });

  it('only in its times stays', async () => {
    const kept = await shelf();
    await keep(await sourceOf({ 'big.dat': big }), kept.artifacts);
    await tamper(blobPath(kept, digestOf(big)), big);
    await chmod(blobPath(kept, digestOf(big)), 0o400);
    expect(await kept.artifacts.missing([digestOf(big)])).toEqual([]);
  });
});
