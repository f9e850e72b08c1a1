// Scanning: what a snapshot takes, what it leaves out, what it refuses, and that unchanged files are not read again.
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { hashFile } from '../../src/platform/tree/hash-file.ts';
import type { ScanOptions } from '../../src/platform/tree/scan.ts';
import { scanDirectory } from '../../src/platform/tree/scan.ts';
import { uploadTree } from '../../src/platform/tree/upload.ts';
import { clockAhead, noSignal, shelf, sourceOf, temporaryDirectory, write } from './kit.ts';

async function pathsOf(source: string, options: ScanOptions = {}): Promise<string[]> {
  return (await scanDirectory(source, options, noSignal)).tree.entries.map(({ path }) => path);
}

describe('scan', () => {
  it('lists files, links, directories and modes, sorted, with digests and sizes', async () => {
    const source = await sourceOf({ 'b.txt': 'bee', 'a/run.sh': { run: '#!/bin/sh\n' }, empty: null, 'a/b': { link: '../b.txt' } });
    const scanned = await scanDirectory(source, {}, noSignal);
    expect(scanned.tree.entries).toEqual([
      { kind: 'directory', path: 'a' },
      { kind: 'link', path: 'a/b', target: '../b.txt' },
      { kind: 'file', path: 'a/run.sh', digest: digestOf('#!/bin/sh\n'), size: 10, executable: true },
      { kind: 'file', path: 'b.txt', digest: digestOf('bee'), size: 3, executable: false },
      { kind: 'directory', path: 'empty' },
    ]);
    expect(scanned).toMatchObject({ totalBytes: 13, fileCount: 2 });
    expect(scanned.files.get(digestOf('bee'))).toBe(join(source, 'b.txt'));
  });

  it('takes node_modules and build results, but never .git, .codectl or .DS_Store at any depth', async () => {
    const source = await sourceOf({
      '.gitignore': 'node_modules\ndist\n',
      'node_modules/x/index.js': '',
      'dist/app.js': '',
      '.git/HEAD': '',
      'node_modules/x/.git': '',
      '.codectl/home': '',
      '.DS_Store': '',
    });
    expect(await pathsOf(source)).toEqual([
      '.gitignore',
      'dist',
      'dist/app.js',
      'node_modules',
      'node_modules/x',
      'node_modules/x/index.js',
    ]);
  });

  it('follows .codeignore with the meaning of gitignore, and further patterns after it', async () => {
    const source = await sourceOf({
      '.codeignore': '# comment\n*.log\n!keep.log\n/only-root\nbuild/\n!.git\n',
      '.git/HEAD': '',
      'a.log': '',
      'keep.log': '',
      'A.LOG': '',
      'only-root': '',
      'deep/only-root': '',
      'build/x': '',
      'deep/build': 'a file, not a directory',
      'drop.me': '',
    });
    expect(await pathsOf(source, { ignore: ['*.me'] })).toEqual([
      '.codeignore',
      'A.LOG',
      'deep',
      'deep/build',
      'deep/only-root',
      'keep.log',
    ]);
  });

  it('refuses a line of .codeignore that a name could make slow, with its number', async () => {
    const source = await sourceOf({ '.codeignore': '*.log\n# *a*b*c*d*e*\n*a*b*c*d*e*\n', 'a.log': '' });
    await expect(scanDirectory(source, {}, noSignal)).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining('.codeignore, line 3: one name has more than 3 times "*"'),
    });
  });

  it('leaves sockets and pipes out', async () => {
    const source = await sourceOf({ 'a.txt': '' });
    execFileSync('/usr/bin/mkfifo', [join(source, 'pipe')]);
    const server = createServer().listen(join(source, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    expect(await pathsOf(source)).toEqual(['a.txt']);
  });

  it('keeps links inside, makes absolute ones relative, and keeps dangling ones', async () => {
    const source = await sourceOf({ 'lib/real.js': '', 'bin/up': { link: '../lib/real.js' }, dangling: { link: 'nowhere' } });
    await write(source, { 'bin/absolute': { link: join(source, 'lib/real.js') }, 'bin/root': { link: source } });
    const links = (await scanDirectory(source, {}, noSignal)).tree.entries.filter(({ kind }) => kind === 'link');
    expect(links).toEqual([
      { kind: 'link', path: 'bin/absolute', target: '../lib/real.js' },
      { kind: 'link', path: 'bin/root', target: '..' },
      { kind: 'link', path: 'bin/up', target: '../lib/real.js' },
      { kind: 'link', path: 'dangling', target: 'nowhere' },
    ]);
  });

  it.each([
    ['an absolute link', { out: { link: '/etc/passwd' } }, 'out', '/etc/passwd'],
    ['a relative link', { 'a/out': { link: '../../x' } }, 'a/out', '../../x'],
    ['a link through another', { 'a/b/up': { link: '../..' }, out: { link: 'a/b/up/../x' } }, 'out', 'a/b/up/../x'],
  ])('refuses %s that leaves the directory, by name and target', async (_, contents, path, target) => {
    const scan = scanDirectory(await sourceOf(contents), {}, noSignal);
    await expect(scan).rejects.toMatchObject({
      code: 'input_invalid',
      details: { path, target },
      message: expect.stringContaining(target),
    });
  });

  it('says that a directory is missing or is a file', async () => {
    const source = await sourceOf({ file: '' });
    await expect(scanDirectory(join(source, 'absent'), {}, noSignal)).rejects.toMatchObject({
      code: 'source_missing',
      message: expect.stringContaining('does not exist'),
    });
    await expect(scanDirectory(join(source, 'file'), {}, noSignal)).rejects.toMatchObject({
      code: 'source_missing',
      message: expect.stringContaining('is not a directory'),
    });
  });

  it('refuses more files or bytes than allowed, with the way out', async () => {
    const source = await sourceOf({ a: '1234', b: '5678' });
    await expect(scanDirectory(source, { maxFiles: 1 }, noSignal)).rejects.toMatchObject({
      code: 'too_large',
      hint: expect.stringContaining('.codeignore'),
    });
    await expect(scanDirectory(source, { maxBytes: 7 }, noSignal)).rejects.toMatchObject({ code: 'too_large' });
    await expect(scanDirectory(source, { maxFiles: 2, maxBytes: 8 }, noSignal)).resolves.toMatchObject({ fileCount: 2 });
  });

  it('refuses names that other systems read as paths', async () => {
    await expect(scanDirectory(await sourceOf({ 'a\\b': '' }), {}, noSignal)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('stops when it is cancelled', async () => {
    await expect(scanDirectory(await sourceOf({ a: '' }), {}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a file that changes meanwhile', () => {
  it.each([
    ['grows', (path: string) => appendFile(path, 'more')],
    ['is rewritten with the same size', (path: string) => writeFile(path, 'OLD')],
    ['is replaced by another', async (path: string) => rename(`${path}.next`, path)],
    ['goes away', (path: string) => rm(path)],
  ])('is refused when it %s between the look and the read', async (_, change) => {
    const source = await sourceOf({ 'app.js': 'old', 'app.js.next': 'new' });
    const target = join(source, 'app.js');
    // Old enough that whatever happens now gives it another time.
    await utimes(target, 1, 1);
    const scan = scanDirectory(
      source,
      {
        hash: async (path, stamp, signal) => {
          if (path === target) await change(path);
          return hashFile(path, stamp, signal);
        },
      },
      noSignal,
    );
    await expect(scan).rejects.toMatchObject({ code: 'source_changed', message: expect.stringContaining(target) });
  });

  it('is refused when it changes between the scan and the upload', async () => {
    const source = await sourceOf({ 'app.js': 'old' });
    const scanned = await scanDirectory(source, {}, noSignal);
    await writeFile(join(source, 'app.js'), 'new');
    const { artifacts } = await shelf();
    await expect(uploadTree(scanned, artifacts, noSignal)).rejects.toMatchObject({
      code: 'source_changed',
      message: expect.stringContaining('app.js'),
    });
    await rm(join(source, 'app.js'));
    await expect(uploadTree(scanned, artifacts, noSignal)).rejects.toMatchObject({ code: 'source_changed' });
  });
});

describe('the stat cache', () => {
  async function counting(source: string, cacheDirectory: string, clock = clockAhead(10_000)) {
    const read: string[] = [];
    const options: ScanOptions = {
      cacheDirectory,
      clock,
      hash: (path, stamp, signal) => {
        read.push(path.slice(source.length + 1));
        return hashFile(path, stamp, signal);
      },
    };
    const { tree } = await scanDirectory(source, options, noSignal);
    return { tree, read: read.sort() };
  }

  it('lets an unchanged directory be scanned again without reading a file', async () => {
    const source = await sourceOf({ a: '1', 'b/c': '2', __proto__x: '3' });
    const cache = await temporaryDirectory();
    const first = await counting(source, cache);
    const second = await counting(source, cache);
    expect(first.read).toHaveLength(3);
    expect(second).toEqual({ tree: first.tree, read: [] });
  });

  it('reads what changed, was added or got another inode, and nothing else', async () => {
    const source = await sourceOf({ same: '1', changed: '2', replaced: '3', mode: '4', gone: '5' });
    const cache = await temporaryDirectory();
    await counting(source, cache);
    await writeFile(join(source, 'changed'), 'X');
    await write(source, { 'next-to/replaced': '3' });
    await rename(join(source, 'next-to/replaced'), join(source, 'replaced'));
    await rm(join(source, 'next-to'), { recursive: true });
    await rm(join(source, 'gone'));
    await write(source, { added: '6' });
    const { tree, read } = await counting(source, cache);
    expect(read).toEqual(['added', 'changed', 'replaced']);
    expect(tree).toEqual((await scanDirectory(source, {}, noSignal)).tree);
  });

  it('is not trusted for a file that is as young as the clock is coarse', async () => {
    const source = await sourceOf({ a: '1' });
    const cache = await temporaryDirectory();
    await counting(source, cache, clockAhead(0));
    expect((await counting(source, cache, clockAhead(0))).read).toEqual(['a']);
  });

  it('is not trusted when a file got an old date after it was written', async () => {
    const source = await sourceOf({ a: '1' });
    await utimes(join(source, 'a'), 1, 1);
    const cache = await temporaryDirectory();
    await counting(source, cache, clockAhead(0));
    await writeFile(join(source, 'a'), '2');
    await utimes(join(source, 'a'), 1, 1);
    const { tree } = await counting(source, cache, clockAhead(0));
    expect(tree.entries[0]).toMatchObject({ digest: digestOf('2') });
  });

  it('that is damaged, or cannot be written, costs only time', async () => {
    const source = await sourceOf({ a: '1' });
    const cache = join(await temporaryDirectory(), 'cache');
    await counting(source, cache);
    const [name] = await readdir(cache);
    await writeFile(join(cache, name ?? ''), '{"root": 1, "files": [[');
    expect((await counting(source, cache)).read).toEqual(['a']);
    await rm(cache, { recursive: true });
    await writeFile(cache, 'a file is in the way');
    expect((await counting(source, cache)).read).toEqual(['a']);
  });

  it('keeps directories apart', async () => {
    const [one, two] = [await sourceOf({ a: '1' }), await sourceOf({ a: '2' })];
    const cache = await temporaryDirectory();
    await mkdir(cache, { recursive: true });
    await counting(one, cache);
    expect((await counting(two, cache)).read).toEqual(['a']);
    expect((await counting(one, cache)).read).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() === 0)('without the rights of root', () => {
  it('names a file that may not be read', async () => {
    const source = await sourceOf({ secret: '' });
    await chmod(join(source, 'secret'), 0);
    await expect(scanDirectory(source, {}, noSignal)).rejects.toMatchObject({
      code: 'source_missing',
      message: expect.stringContaining('permission'),
    });
  });
});
