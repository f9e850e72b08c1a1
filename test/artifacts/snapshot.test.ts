// Snapshots: what goes in comes out, nothing changes them, and damage is found and mended.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/base/digest.ts';
import { digestOf } from '../../src/base/digest.ts';
import { removeTree } from '../../src/platform/files.ts';
import { scanDirectory } from '../../src/platform/tree/scan.ts';
import type { Content, Contents, Shelf } from './kit.ts';
import { inside, keep, noSignal, shelf, sourceOf, swap, tamper, write } from './kit.ts';

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'c d',
    '.hidden',
    '-rf',
    '__proto__',
    'constructor',
    'naïve',
    '日本',
    "it's",
    'a.b',
    'a-b',
    '$HOME',
    '%2e',
    'new\nline',
    'C:',
  ),
  fc.stringMatching(/^[a-z]{1,8}$/),
);
const content: fc.Arbitrary<Content> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string().map((run) => ({ run })),
  fc.constant(null),
  fc.constantFrom('.', 'a', 'b/c', './a').map((link) => ({ link })),
);
/** Directories of up to three levels; a path that conflicts with an earlier one is dropped. */
const contents: fc.Arbitrary<Contents> = fc
  .array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), content), { maxLength: 15 })
  .map((list) => {
    const kept = new Map<string, Content>();
    for (const [names, what] of list) {
      const path = names.join('/');
      const conflict = [...kept.keys()].some((other) => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`));
      if (!conflict) kept.set(path, what);
    }
    return Object.fromEntries(kept);
  });

function blobPath({ directory }: Shelf, digest: Digest): string {
  return join(directory, 'blobs/sha256', digest.slice(7, 9), digest.slice(9));
}

describe('a snapshot', () => {
  it('comes out as it went in, whatever is in it', async () => {
    const { artifacts } = await shelf();
    await fc.assert(
      fc.asyncProperty(contents, async (wanted) => {
        const source = await sourceOf(wanted);
        const digest = await keep(source, artifacts);
        const path = await artifacts.materialise(digest, noSignal);
        expect((await scanDirectory(path, {}, noSignal)).tree).toEqual((await scanDirectory(source, {}, noSignal)).tree);
        expect(await keep(path, artifacts)).toBe(digest);
        expect(await artifacts.verify(digest, noSignal)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it('does not change when its source does', async () => {
    const source = await sourceOf({ 'app.js': 'one', 'lib/x': 'x', big: 'b'.repeat(200_000) });
    const { artifacts } = await shelf();
    const digest = await keep(source, artifacts);
    await writeFile(join(source, 'app.js'), 'two');
    await writeFile(join(source, 'big'), 'changed');
    await rm(join(source, 'lib'), { recursive: true });
    const path = await artifacts.materialise(digest, noSignal);
    expect(await readFile(join(path, 'app.js'), 'utf8')).toBe('one');
    expect(await readFile(join(path, 'lib/x'), 'utf8')).toBe('x');
    expect(await readFile(join(path, 'big'), 'utf8')).toBe('b'.repeat(200_000));
    expect(await keep(source, artifacts)).not.toBe(digest);
  });

  it('is read-only, and its executables run', async () => {
    const source = await sourceOf({
      'bin/hello': { run: '#!/bin/sh\necho hello\n' },
      'lib/same-content': '#!/bin/sh\necho hello\n',
      big: 'b'.repeat(200_000),
    });
    const { artifacts } = await shelf();
    const path = await artifacts.materialise(await keep(source, artifacts), noSignal);
    const modes = await Promise.all(
      ['', 'bin', 'bin/hello', 'lib/same-content', 'big'].map(async (at) => (await stat(join(path, at))).mode & 0o777),
    );
    expect(modes).toEqual([0o555, 0o555, 0o555, 0o444, 0o444]);
    expect(execFileSync(join(path, 'bin/hello'), { encoding: 'utf8' })).toBe('hello\n');
  });

  it('is stored once, and only contents that are missing travel', async () => {
    const { artifacts } = await shelf();
    const digest = await keep(await sourceOf({ a: 'same', b: 'same', c: 'other' }), artifacts);
    expect(await artifacts.hasTree(digest)).toBe(true);
    expect(await artifacts.hasTree(digestOf('never stored'))).toBe(false);
    const asked = [digestOf('same'), digestOf('new'), digestOf('other'), digestOf('new')];
    expect(await artifacts.missing(asked)).toEqual([digestOf('new')]);
    expect(await keep(await sourceOf({ a: 'same', b: 'same', c: 'other' }), artifacts)).toBe(digest);
  });

  it('is built once for all who ask at the same time, also by other processes', async () => {
    const kept = await shelf();
    const digest = await keep(
      await sourceOf(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`d${i % 7}/f${i}`, `${i}`]))),
      kept.artifacts,
    );
    const [second, third] = [kept.again(), kept.again()];
    const four = (store: typeof second) => Array.from({ length: 4 }, () => store.materialise(digest, noSignal));
    const paths = await Promise.all([kept.artifacts, second, third].flatMap(four));
    expect(new Set(paths).size).toBe(1);
    expect(await readdir(join(kept.directory, 'trees'))).toEqual([digest.slice(7)]);
    expect(await kept.artifacts.verify(digest, noSignal)).toBeUndefined();
  });

  it('is still built for the others when one of them gives up, and leaves no rest when all do', async () => {
    const kept = await shelf();
    const digest = await keep(await sourceOf(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, `${i}`]))), kept.artifacts);
    const [first, second] = [new AbortController(), new AbortController()];
    const alone = kept.artifacts.materialise(digest, first.signal);
    first.abort();
    await expect(alone).rejects.toMatchObject({ name: 'AbortError' });
    const third = new AbortController();
    const waiting = [kept.artifacts.materialise(digest, second.signal), kept.artifacts.materialise(digest, third.signal)];
    second.abort();
    await expect(waiting[0]).rejects.toMatchObject({ name: 'AbortError' });
    const path = await waiting[1];
    expect(await readdir(join(kept.directory, 'trees'))).toEqual([digest.slice(7)]);
    expect(await readdir(path ?? '')).toHaveLength(300);
  });

  it('that was never stored is named', async () => {
    const { artifacts } = await shelf();
    const digest = digestOf('never stored');
    await expect(artifacts.materialise(digest, noSignal)).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringContaining(digest),
    });
  });
});

describe('damage', () => {
  const source = {
    'a/app.js': 'app',
    'a/run': { run: '#!/bin/sh\n' },
    'b/link': { link: '../a/app.js' },
    'c/d/deep': 'deep',
    empty: null,
  } as const;
  const damages: readonly [string, string, string, (path: string) => Promise<unknown>][] = [
    ['a changed content', 'a/app.js', 'content', (path) => tamper(join(path, 'a/app.js'), 'APP')],
    ['a longer content', 'a/app.js', 'content', (path) => tamper(join(path, 'a/app.js'), 'app and more')],
    ['a lost mode', 'a/run', 'executable', (path) => chmod(join(path, 'a/run'), 0o444)],
    ['a removed file', 'c/d/deep', 'missing', (path) => inside(join(path, 'c/d'), () => unlink(join(path, 'c/d/deep')))],
    ['a removed directory', 'c', 'missing', (path) => inside(path, () => removeTree(join(path, 'c')))],
    ['an added file', 'a/extra', 'unexpected', (path) => inside(join(path, 'a'), () => writeFile(join(path, 'a/extra'), 'data'))],
    ['an added directory', 'z', 'unexpected', (path) => inside(path, () => mkdir(join(path, 'z/y'), { recursive: true }))],
    [
      'another link target',
      'b/link',
      'target',
      (path) =>
        inside(join(path, 'b'), async () => {
          await unlink(join(path, 'b/link'));
          await symlink('/etc/passwd', join(path, 'b/link'));
        }),
    ],
    [
      'a directory that became a link to a look-alike elsewhere',
      'c',
      'kind',
      async (path) => {
        const elsewhere = await sourceOf({ 'd/deep': 'deep' });
        await inside(path, async () => {
          await removeTree(join(path, 'c'));
          await symlink(elsewhere, join(path, 'c'));
        });
      },
    ],
    [
      'a file that became a directory',
      'a/app.js',
      'kind',
      (path) =>
        inside(join(path, 'a'), async () => {
          await unlink(join(path, 'a/app.js'));
          await mkdir(join(path, 'a/app.js'));
        }),
    ],
    ['everything gone', '', 'missing', removeTree],
  ];

  it.each(damages)('is found and mended: %s', async (_, path, what, damage) => {
    const { artifacts } = await shelf();
    const digest = await keep(await sourceOf(source), artifacts);
    const root = await artifacts.materialise(digest, noSignal);
    expect(await artifacts.verify(digest, noSignal)).toBeUndefined();
    await damage(root);
    expect(await artifacts.verify(digest, noSignal)).toEqual({ path, what });
    expect(await artifacts.repair(digest, noSignal)).toContainEqual({ path, what });
    expect(await artifacts.verify(digest, noSignal)).toBeUndefined();
    expect(await keep(root, artifacts)).toBe(digest);
    expect(await artifacts.repair(digest, noSignal)).toEqual([]);
    expect((await stat(join(root, 'c/d'))).mode & 0o777).toBe(0o555);
  });

  it('of many paths is named in order and mended at once', async () => {
    const { artifacts } = await shelf();
    const digest = await keep(await sourceOf(source), artifacts);
    const root = await artifacts.materialise(digest, noSignal);
    for (const [, path, , damage] of damages) if (path !== '' && path !== 'c' && path !== 'a/app.js') await damage(root);
    expect(await artifacts.verify(digest, noSignal)).toEqual({ path: 'a/extra', what: 'unexpected' });
    expect((await artifacts.repair(digest, noSignal)).map(({ path }) => path)).toEqual(['a/extra', 'a/run', 'b/link', 'c/d/deep', 'z']);
    expect(await keep(root, artifacts)).toBe(digest);
  });

  it('is mended in place, so that a service that runs there keeps its directory', async () => {
    const { artifacts } = await shelf();
    const digest = await keep(await sourceOf(source), artifacts);
    const root = await artifacts.materialise(digest, noSignal);
    const before = await stat(root, { bigint: true });
    await swap(join(root, 'a/app.js'), 'other');
    await artifacts.repair(digest, noSignal);
    expect((await stat(root, { bigint: true })).ino).toBe(before.ino);
    expect(await readFile(join(root, 'a/app.js'), 'utf8')).toBe('app');
  });

  it('that consists of data somebody put there is moved aside, not deleted', async () => {
    const kept = await shelf();
    const digest = await keep(await sourceOf(source), kept.artifacts);
    const root = await kept.artifacts.materialise(digest, noSignal);
    await inside(root, () => write(root, { 'data/orders.db': 'precious' }));
    await kept.artifacts.repair(digest, noSignal);
    const aside = execFileSync('grep', ['-rl', 'precious', join(kept.directory, 'aside')], { encoding: 'utf8' });
    expect(aside.trim()).toMatch(/orders\.db$/);
    expect((await readdir(root)).sort()).toEqual(['a', 'b', 'c', 'empty']);
  });

  it('from before this process, as after a power cut, is mended before the first use', async () => {
    const kept = await shelf();
    const digest = await keep(await sourceOf(source), kept.artifacts);
    const root = await kept.artifacts.materialise(digest, noSignal);
    await tamper(join(root, 'a/app.js'), '');
    expect(await kept.again().materialise(digest, noSignal)).toBe(root);
    expect(await readFile(join(root, 'a/app.js'), 'utf8')).toBe('app');
  });

  it('of a large file reaches the stored content through its hard link, is named as such, and healed by the next deploy', async () => {
    const kept = await shelf();
    const big = 'b'.repeat(200_000);
    const from = await sourceOf({ big });
    const digest = await keep(from, kept.artifacts);
    const root = await kept.artifacts.materialise(digest, noSignal);
    // Both names, as a write through a hard link does it; done by hand so that it holds on file systems with reflinks too.
    await tamper(join(root, 'big'), 'B'.repeat(200_000));
    await tamper(blobPath(kept, digestOf(big)), 'B'.repeat(200_000));
    expect(await kept.artifacts.verify(digest, noSignal)).toEqual({ path: 'big', what: 'content' });
    await expect(kept.artifacts.repair(digest, noSignal)).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringContaining('big'),
    });
    expect(await kept.artifacts.missing([digestOf(big)])).toEqual([digestOf(big)]);
    await expect(kept.artifacts.repair(digest, noSignal)).rejects.toMatchObject({ code: 'artifact_missing' });
    expect(await keep(from, kept.artifacts)).toBe(digest);
    await kept.artifacts.repair(digest, noSignal);
    expect(await readFile(join(root, 'big'), 'utf8')).toBe(big);
  });

  it('of a stored content never reaches a service', async () => {
    const kept = await shelf();
    const digest = await keep(await sourceOf({ 'app.js': 'app' }), kept.artifacts);
    await tamper(blobPath(kept, digestOf('app')), 'APP');
    await expect(kept.artifacts.materialise(digest, noSignal)).rejects.toMatchObject({
      code: 'artifact_corrupt',
      details: { digest: digestOf('app') },
    });
    expect(await readdir(join(kept.directory, 'trees'))).toEqual([]);
  });

  it('of a listing is named', async () => {
    const kept = await shelf();
    const digest = await keep(await sourceOf({ 'app.js': 'app' }), kept.artifacts);
    await tamper(join(kept.directory, 'listings', `${digest.slice(7)}.json`), '{"entries":[]}');
    await expect(kept.artifacts.materialise(digest, noSignal)).rejects.toMatchObject({ code: 'artifact_corrupt' });
  });
});

describe('a tree of more than a thousand files', () => {
  it('shares its contents with the store, and is as whole as a small one', async () => {
    const kept = await shelf();
    const many = Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [`d${i % 10}/f${i}`, String(i % 2)]));
    const digest = await keep(await sourceOf({ ...many, 'z/to': { link: '../d0' } }), kept.artifacts);
    const root = await kept.artifacts.materialise(digest, noSignal);
    expect(await readlink(join(root, 'z/to'))).toBe('../d0');
    expect(await kept.artifacts.verify(digest, noSignal)).toBeUndefined();
    expect((await stat(blobPath(kept, digestOf('1')))).nlink + (await stat(blobPath(kept, digestOf('0')))).nlink).toBeOneOf([2, 1_202]);
  });
});
