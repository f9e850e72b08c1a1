// The engine's own files: whole or not at all, and refusals that name the path and the next step.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodeError } from '../base/errors.ts';
import { diskError, ensureDirectory, readFileIfExists, removeIfExists, removeTree, writeFileAtomic } from './files.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'code-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('files', () => {
  it('replaces a file as a whole, with the mode asked for, and leaves nothing beside it', async () => {
    const path = join(root, 'state.json');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(path, 'new', 0o640);
    expect(await readFileIfExists(path)).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(root)).toEqual(['state.json']);
  });

  it('keeps one of the contents when many write at once', async () => {
    const path = join(root, 'state.json');
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
    expect(contents).toContain(await readFile(path, 'utf8'));
    expect(await readdir(root)).toEqual(['state.json']);
  });

  it('leaves the old content and no rest when the new one cannot be put in place', async () => {
    const path = join(root, 'taken');
    await mkdir(path);
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow();
    expect(await readdir(root)).toEqual(['taken']);
  });

  it('reads and removes what may not be there', async () => {
    const path = join(root, 'absent');
    expect(await readFileIfExists(path)).toBeUndefined();
    expect(await removeIfExists(path)).toBe(false);
    await writeFile(path, 'x');
    expect(await removeIfExists(path)).toBe(true);
  });

  it('makes private directories and says what is in the way', async () => {
    await ensureDirectory(join(root, 'a/b'));
    await ensureDirectory(join(root, 'a/b'));
    expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700);
    await writeFile(join(root, 'file'), '');
    const refusal = ensureDirectory(join(root, 'file/below'));
    await expect(refusal).rejects.toMatchObject({ code: 'home_unwritable', message: expect.stringContaining(join(root, 'file/below')) });
  });

  it('removes read-only trees and follows no link out of them', async () => {
    const kept = join(root, 'kept');
    const tree = join(root, 'tree');
    await mkdir(kept);
    await writeFile(join(kept, 'file'), '');
    await mkdir(join(tree, 'sub'), { recursive: true });
    await writeFile(join(tree, 'sub/file'), '');
    await symlink(kept, join(tree, 'sub/link'));
    await chmod(join(tree, 'sub'), 0o555);
    await removeTree(tree);
    await removeTree(tree);
    expect(await readdir(root)).toEqual(['kept']);
    expect(await readdir(kept)).toEqual(['file']);
  });

  it.each([
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['EROFS', 'home_unwritable'],
    ['EACCES', 'home_unwritable'],
    ['EPERM', 'home_unwritable'],
  ])('translates %s to %s with path and next step', (system, code) => {
    const error = diskError(Object.assign(new Error('refused'), { code: system }), '/srv/home/state.json');
    expect(error).toBeInstanceOf(CodeError);
    expect(error).toMatchObject({ code, hint: expect.stringContaining('/srv/home'), details: { path: '/srv/home/state.json', system } });
  });

  it('leaves strangers alone', () => {
    const error = new Error('other');
    expect(diskError(error, '/x')).toBe(error);
  });
});
