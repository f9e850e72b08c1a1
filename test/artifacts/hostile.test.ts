// Trees and contents from elsewhere: what could leave the snapshot or break the store is refused before anything is made.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/base/digest.ts';
import { digestOf } from '../../src/base/digest.ts';
import type { TreeEntry } from '../../src/model/tree.ts';
import { linkLeaves } from '../../src/platform/guard/archive.ts';
import { noSignal, shelf } from './kit.ts';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const file = (path: string, varied: object = {}): TreeEntry => ({
  kind: 'file',
  path,
  digest: digestOf('x'),
  size: 1,
  executable: false,
  ...varied,
});
const link = (path: string, target: string): TreeEntry => ({ kind: 'link', path, target });
const directory = (path: string): TreeEntry => ({ kind: 'directory', path });

describe('a hostile tree', () => {
  const hostile: readonly [string, readonly TreeEntry[]][] = [
    ['climbs out', [file('../x')]],
    ['climbs out half-way', [directory('a'), file('a/../../x')]],
    ['is absolute', [file('/etc/cron.d/x')]],
    ['has a backslash', [file('..\\x')]],
    ['has a NUL', [file('a\0b')]],
    ['has an empty name', [directory('a'), file('a//b')]],
    ['ends in a slash', [directory('a/')]],
    ['is the root', [directory('.')]],
    ['is empty', [file('')]],
    ['is no text', [file(7 as unknown as string)]],
    ['has half a character', [file('a\uD800')]],
    ['has a name that no file system takes', [file('n'.repeat(256))]],
    ['is longer than a path can be', [file(Array.from({ length: 30 }, () => 'n'.repeat(200)).join('/'))]],
    ['is listed twice', [file('a'), file('a')]],
    ['is file and directory', [file('a'), directory('a'), file('a/b')]],
    ['lies in a file', [file('a'), file('a/b')]],
    ['lies in a link', [link('a', 'b'), file('a/b'), directory('b')]],
    ['lies in nothing', [file('a/b')]],
    ['is out of order', [file('b'), file('a')]],
    ['is a link to the root of the disk', [link('a', '/')]],
    ['is a link out', [directory('a'), link('a/b', '../../x')]],
    ['is a link out through another link', [directory('a'), directory('a/b'), link('a/b/up', '../..'), link('out', 'a/b/up/../x')]],
    ['is a link to nothing', [link('a', '')]],
    ['is a link with a NUL', [link('a', 'b\0')]],
    ['has a digest that is a path', [file('a', { digest: 'sha256:../../../../etc/passwd' })]],
    ['has no digest', [file('a', { digest: undefined })]],
    ['has a wrong size', [file('a', { size: 2 })]],
    ['has a negative size', [file('a', { size: -1 })]],
    ['has half a byte', [file('a', { size: 0.5 })]],
    ['is executable perhaps', [file('a', { executable: 'yes' })]],
    ['is of another kind', [{ kind: 'device', path: 'a' } as unknown as TreeEntry]],
  ];

  it.each(hostile)('is refused when a path %s', async (_, entries) => {
    const { artifacts, directory: home } = await shelf();
    await artifacts.putBlob(digestOf('x'), chunks('x'));
    await expect(artifacts.putTree({ entries })).rejects.toMatchObject({ code: 'input_invalid' });
    expect((await readdir(home)).sort()).toEqual(['blobs', 'incoming']);
  });

  it('cannot smuggle anything into the digest', async () => {
    const { artifacts } = await shelf();
    await artifacts.putBlob(digestOf('x'), chunks('x'));
    const plain = await artifacts.putTree({ entries: [file('a')] });
    expect(await artifacts.putTree({ entries: [file('a', { owner: 'root' })], note: 'more' } as never)).toBe(plain);
  });

  it('is refused when it is larger than allowed', async () => {
    const { artifacts } = await shelf({ maxEntries: 2 });
    await expect(artifacts.putTree({ entries: [directory('a'), directory('b'), directory('c')] })).rejects.toMatchObject({
      code: 'too_large',
    });
    await expect(artifacts.putTree({ entries: [directory('a'), directory('b')] })).resolves.toMatch(/^sha256:/);
  });

  it('is refused when its contents were never stored, naming the first', async () => {
    const { artifacts } = await shelf();
    const put = artifacts.putTree({ entries: [file('here/not', {}), file('x')].slice(1) });
    await expect(put).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringContaining('x'),
      details: { missing: [digestOf('x')], count: 1 },
    });
  });
});

describe('a content', () => {
  it('that is not what it is said to be is refused and leaves nothing', async () => {
    const { artifacts, directory: home } = await shelf();
    await expect(artifacts.putBlob(digestOf('good'), chunks('ev', 'il'))).rejects.toMatchObject({ code: 'artifact_corrupt' });
    expect(await artifacts.missing([digestOf('good')])).toEqual([digestOf('good')]);
    expect(await readdir(join(home, 'incoming'))).toEqual([]);
  });

  it('that is larger than allowed is refused while it arrives', async () => {
    const { artifacts, directory: home } = await shelf({ maxBlobBytes: 1_000 });
    let taken = 0;
    const endless = async function* () {
      for (;;) {
        taken += 1;
        yield Buffer.alloc(300);
      }
    };
    await expect(artifacts.putBlob(digestOf('good'), endless())).rejects.toMatchObject({ code: 'too_large' });
    expect(taken).toBe(4);
    expect(await readdir(join(home, 'incoming'))).toEqual([]);
  });

  it('whose sender gives up leaves nothing', async () => {
    const { artifacts, directory: home } = await shelf();
    const broken = async function* () {
      yield Buffer.from('half');
      throw new Error('the sender went away');
    };
    await expect(artifacts.putBlob(digestOf('half and half'), broken())).rejects.toThrow('went away');
    expect(await readdir(join(home, 'incoming'))).toEqual([]);
  });

  it('may arrive many times at once', async () => {
    const { artifacts, directory: home } = await shelf();
    await Promise.all(Array.from({ length: 20 }, () => artifacts.putBlob(digestOf('same'), chunks('sa', 'me'))));
    expect(await artifacts.missing([digestOf('same')])).toEqual([]);
    expect(await readdir(join(home, 'incoming'))).toEqual([]);
  });

  it('that is there already is not read to its end', async () => {
    const { artifacts } = await shelf();
    await artifacts.putBlob(digestOf('same'), chunks('same'));
    let closed = false;
    const source = async function* () {
      try {
        for (;;) yield Buffer.from('same');
      } finally {
        closed = true;
      }
    };
    await artifacts.putBlob(digestOf('same'), source());
    expect(closed).toBe(true);
  });

  it.each(['sha256:../../x', 'md5:00', '', 'sha256:' + 'A'.repeat(64)])('with the digest %j is refused everywhere', async (text) => {
    const { artifacts } = await shelf();
    const digest = text as Digest;
    const refused = { code: 'input_invalid' };
    await expect(artifacts.putBlob(digest, chunks('x'))).rejects.toMatchObject(refused);
    await expect(artifacts.missing([digest])).rejects.toMatchObject(refused);
    await expect(async () => artifacts.hasTree(digest)).rejects.toMatchObject(refused);
    await expect(artifacts.materialise(digest, noSignal)).rejects.toMatchObject(refused);
  });
});

describe('links of a tree', () => {
  const links = new Map([
    ['a/b/up', '../..'],
    ['loop', 'loop2'],
    ['loop2', 'loop'],
    ['here', '.'],
    ['chain', 'a/b/up/chain2'],
    ['chain2', '..'],
  ]);

  it.each([
    ['x', 'a/../b', false],
    ['x', '..', true],
    ['a/x', '..', false],
    ['a/x', '../..', true],
    ['x', 'a/b/up', false],
    ['x', 'a/b/up/..', true],
    ['x', 'loop', false],
    ['x', 'here/here/here', false],
    ['x', 'here/../y', true],
    ['x', 'chain', true],
    ['x', './/./a', false],
    ['x', '/x', true],
  ])('%s -> %s leaves: %s', (path, target, leaves) => {
    expect(linkLeaves(path, target, links)).toBe(leaves);
  });
});
