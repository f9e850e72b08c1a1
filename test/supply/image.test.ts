// What images consist of, from archives as an Engine hands them out: layers over one another, and archives that mean harm.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { imageLimits } from '../../src/engine/supply/image/export.ts';
import { imageContents } from '../../src/engine/supply/image/image.ts';
import type { ImageBudget } from '../../src/engine/supply/image/layer.ts';
import { inventoryOf } from '../../src/engine/supply/inventory/inventory.ts';
import type { Piece } from './tar.ts';
import { end, headOf, inPieces, pax, pieceOf, saved, tar } from './tar.ts';

const { signal } = new AbortController();
const open = (bytes: Uint8Array, limits?: ImageBudget) => imageContents(inPieces(bytes), signal, limits);
const look = async (...layers: readonly Uint8Array[]) => {
  const { contents, gaps } = await open(saved(layers));
  const { components, unread } = await inventoryOf(contents, signal);
  return { paths: contents.files.map(({ path }) => path), purls: components.map(({ purl }) => purl), unread, gaps };
};

const npm = (name: string, version = '1.0.0') => JSON.stringify({ name, version });
const module = (name: string, version?: string): Piece => ({ path: `app/node_modules/${name}/package.json`, content: npm(name, version) });
const release: Piece = { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' };
const status = (...names: readonly string[]): Piece => ({
  path: 'var/lib/dpkg/status',
  content: names.map((name) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n`).join('\n'),
});

describe('an image', () => {
  it('is read through all of its layers: dpkg, npm, and what the distribution is', async () => {
    const { purls, gaps, unread } = await look(tar(release, status('bash')), tar(module('left-pad', '1.3.0')));
    expect(purls).toEqual(['pkg:deb/debian/bash@1.0-1?arch=amd64&distro=debian-12', 'pkg:npm/left-pad@1.3.0']);
    expect({ gaps, unread }).toEqual({ gaps: [], unread: [] });
  });

  it('is read the same from packed layers, by gzip and by zstd, whatever pieces it comes in', async () => {
    const layers = [tar(release, status('bash')), tar(module('a'))];
    const plain = await look(...layers);
    expect(await look(...layers.map((one) => gzipSync(one)))).toEqual(plain);
    expect(await look(...layers.map((one) => zstdCompressSync(one)))).toEqual(plain);
    for (const size of [1, 511, 513, 70_000]) {
      const { contents } = await imageContents(inPieces(saved(layers), size), signal);
      expect(contents.files.map(({ path }) => path)).toEqual(plain.paths);
    }
  });

  it('reads the lists of Alpine', async () => {
    const installed = 'P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n\n';
    const { purls } = await look(
      tar({ path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.1\n' }, { path: 'lib/apk/db/installed', content: installed }),
    );
    expect(purls).toEqual([expect.stringContaining('pkg:apk/alpine/musl@1.2.5-r0')]);
  });

  it('is laid out as OCI has it, and a layer that comes twice is a link', async () => {
    const layer = tar(module('a'));
    const bytes = tar(
      { path: 'blobs/sha256/', type: '5' },
      { path: 'blobs/sha256/aa', content: layer },
      { path: 'blobs/sha256/bb', content: '{"config":{}}' },
      { path: 'again/layer.tar', type: '2', target: '../blobs/sha256/aa' },
      { path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
      { path: 'manifest.json', content: JSON.stringify([{ Config: 'blobs/sha256/bb', Layers: ['blobs/sha256/aa', 'again/layer.tar'] }]) },
    );
    expect((await open(bytes)).contents.files.map(({ path }) => path)).toEqual(['app/node_modules/a/package.json']);
  });

  it('believes the list about the order, not the archive', async () => {
    const bytes = saved([tar(module('a', '2.0.0')), tar(module('a', '1.0.0'))], [{ Layers: ['layer1/layer.tar', 'layer0/layer.tar'] }]);
    const { components } = await inventoryOf((await open(bytes)).contents, signal);
    expect(components.map(({ version }) => version)).toEqual(['2.0.0']);
  });
});

describe('layers', () => {
  it.each<[string, readonly Piece[]]>([
    ['a whiteout of the file', [{ path: 'app/node_modules/a/.wh.package.json' }]],
    ['a whiteout of a directory above', [{ path: 'app/.wh.node_modules' }]],
    ['a directory that is opaque', [{ path: 'app/.wh..wh..opq' }]],
    ['an opaque root', [{ path: '.wh..wh..opq' }]],
    ['a file where there was a directory', [{ path: 'app', content: 'x' }]],
    ['a link where there was a directory', [{ path: 'app/node_modules', type: '2', target: '/elsewhere' }]],
  ])('take away by %s', async (_, upper) => {
    expect((await look(tar(module('a')), tar(...upper))).purls).toEqual([]);
    // Below it is as it was.
    expect((await look(tar(...upper), tar(module('a')))).purls).toEqual(['pkg:npm/a@1.0.0']);
  });

  it('take away what is below them only: a whiteout in a layer leaves what the same layer brings', async () => {
    const upper = tar(module('b'), { path: 'app/.wh..wh..opq' }, { path: 'app/node_modules/.wh.a' }, module('a', '2.0.0'));
    expect((await look(tar(module('a')), upper)).purls).toEqual(['pkg:npm/a@2.0.0', 'pkg:npm/b@1.0.0']);
  });

  it('a directory hides a file of its name, and the file what lies below itself', async () => {
    const dir: Piece = { path: 'app/node_modules/a/', type: '5' };
    const { purls, paths } = await look(tar(module('a')), tar({ path: 'app/node_modules/a', content: 'x' }), tar(dir));
    expect({ purls, paths }).toEqual({ purls: [], paths: [] });
  });

  it('names alike are no names below one another', async () => {
    expect((await look(tar(module('ab')), tar({ path: 'app/node_modules/.wh.a' }))).purls).toEqual(['pkg:npm/ab@1.0.0']);
  });
});

describe('links', () => {
  it('to a file that is read are read through, of the distribution as well', async () => {
    const { purls, unread } = await look(
      tar(
        { path: 'usr/lib/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
        { path: 'etc/os-release', type: '2', target: '../usr/lib/os-release' },
        status('bash'),
        { path: 'x/node_modules/a/package.json', content: npm('a') },
        { path: 'y/node_modules/a/package.json', type: '1', target: 'x/node_modules/a/package.json' },
      ),
      tar({ path: 'x/.wh.node_modules' }),
    );
    expect(purls).toEqual([expect.stringContaining('distro=debian-12'), 'pkg:npm/a@1.0.0']);
    expect(unread).toEqual([]);
  });

  it('that lead elsewhere, out of it or in a circle leave the answer open', async () => {
    const { unread } = await look(
      tar(
        { path: 'a/package-lock.json', type: '2', target: '../../../../etc/passwd' },
        { path: 'b/package-lock.json', type: '2', target: '/b/package-lock.json' },
        { path: 'c/package-lock.json', type: '1', target: 'nowhere' },
      ),
    );
    expect(unread.map(({ path, because }) => [path, because.includes('is a link to')])).toEqual(
      ['a', 'b', 'c'].map((one) => [`${one}/package-lock.json`, true]),
    );
  });

  it('in front of a list of packages are told, but for a merged /usr', async () => {
    const { gaps } = await look(tar(release, status('bash'), { path: 'lib', type: '2', target: 'usr/lib' }));
    expect(gaps).toEqual([]);
    const hidden = await look(
      tar(release, { path: 'var/lib/dpkg', type: '2', target: '/opt/dpkg' }, { ...status('bash'), path: 'opt/dpkg/status' }),
    );
    expect(hidden.gaps.join('\n')).toContain('var/lib/dpkg is a link to "/opt/dpkg"');
  });
});

describe('an image says what is open', () => {
  it('of a distribution without a list, and of one whose list nobody reads here', async () => {
    expect((await look(tar(release, module('a')))).gaps).toEqual([expect.stringContaining('no list of its packages')]);
    const rpm = await look(tar(release, { path: 'var/lib/rpm/rpmdb.sqlite', content: 'x' }));
    expect(rpm).toMatchObject({ gaps: [], unread: [{ because: expect.stringContaining('RPM') }] });
  });

  it('of a file that is larger than what is kept', async () => {
    const { contents } = await open(saved([tar(module('a'), module('b'))]), { ...imageLimits, kept: 40 });
    const { components, unread } = await inventoryOf(contents, signal);
    expect([components.length, unread.map(({ because }) => because)]).toEqual([1, [expect.stringContaining('larger than what is kept')]]);
  });
});

const link: Piece = { path: 'a', type: '2' };
const bomb = gzipSync(Buffer.concat([headOf({ path: 'zeros', size: 40 * 2 ** 20 }), Buffer.alloc(40 * 2 ** 20), end]));

describe('an archive that is none, or means harm, is refused with the reason', () => {
  it.each<[string, () => Uint8Array, RegExp]>([
    ['nothing', () => Buffer.alloc(0), /no manifest\.json/],
    ['no archive', () => Buffer.from('<html>'.repeat(500)), /no archive/],
    ['without its list', () => tar({ path: 'layer0/layer.tar', content: tar(module('a')) }), /no manifest\.json/],
    ['a list that is no JSON', () => tar({ path: 'manifest.json', content: '[{' }), /not JSON/],
    ['a list without layers', () => saved([], [{ Config: 'x' }]), /no list of layers/],
    ['a list of numbers', () => saved([], [{ Layers: [1] }]), /no list of layers/],
    ['a list of two images', () => saved([], [{ Layers: [] }, { Layers: [] }]), /2 images/],
    ['a layer that is not there', () => saved([], [{ Layers: ['x'] }]), /names the layer "x"/],
    ['a layer by a way out', () => saved([], [{ Layers: ['../../etc/passwd'] }]), /leads out/],
    ['a layer that is a list', () => saved([], [{ Layers: ['config.json'] }]), /is no archive/],
    [
      'links to one another',
      () => tar({ ...link, target: 'b' }, { ...link, path: 'b', target: 'a' }, { path: 'manifest.json', content: '[{"Layers":["a"]}]' }),
      /names the layer/,
    ],
    ['a part named ..', () => tar({ path: '../x', content: 'x' }), /leads out/],
    ['a file named .. in a layer', () => saved([tar({ path: 'app/../../etc/x', content: 'x' })]), /leads out/],
    ['a whiteout of ..', () => saved([tar({ path: 'app/.wh...', content: '' })]), /leads out/],
    ['a hard link out of it', () => saved([tar({ path: 'a', type: '1', target: '../../etc/shadow' })]), /leads out/],
    ['a long name with ..', () => saved([tar(pax({ path: 'a/../../b' }), { path: 'c', content: 'x' })]), /leads out/],
    ['a long name with NUL', () => saved([tar(pax({ path: 'a\0b' }), { path: 'c', content: 'x' })]), /no path/],
    ['names without end', () => saved([tar(pax({ path: 'a/'.repeat(1_000) }), { path: 'c', content: 'x' })]), /deeper/],
    ['cut off in a header', () => saved([tar(module('a'))]).subarray(0, 700), /ends in the middle/],
    ['cut off in a file', () => saved([tar(module('a'))]).subarray(0, 1_400), /ends in the middle/],
    ['a layer that is cut off', () => saved([tar(module('a')).subarray(0, 520)]), /ends in the middle/],
    ['a layer whose packing is cut off', () => saved([gzipSync(tar(module('a'))).subarray(0, 60)]), /unexpected end/],
    ['a layer whose packing is broken', () => saved([Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 7)])]), /./],
    ['a bomb', () => saved([bomb]), /bomb/],
    ['a sparse file', () => saved([tar({ path: 'a', type: 'S', content: 'x' })]), /sparse/],
    ['a sparse file of pax', () => saved([tar(pax({ 'GNU.sparse.major': '1' }), { path: 'a', content: 'x' })]), /sparse/],
    ['a size that is no number', () => saved([Buffer.concat([headOf({ path: 'a', rawSize: Buffer.from('zzzzzzzzzzz\0') }), end])]), /size/],
    ['a size below nothing', () => saved([Buffer.concat([headOf({ path: 'a', rawSize: Buffer.alloc(12, 0xff) }), end])]), /size/],
    ['a size beyond all numbers', () => saved([tar(pax({ size: '999999999999999' }), { path: 'a', content: 'x' })]), /ends in the middle/],
    ['records of pax that overlap', () => saved([tar({ path: 'p', type: 'x', content: '99 path=x\n' }, { path: 'a' })]), /extended header/],
    [
      'records of pax that go back to where they began',
      () => saved([tar({ path: 'p', type: 'x', content: '10 path=x\n0 path=x\n' }, { path: 'a' })]),
      /extended header/,
    ],
    [
      'an extended header without end',
      () => saved([Buffer.concat([headOf({ path: 'L', type: 'L', size: 2 ** 21 }), Buffer.alloc(2 ** 21), end])]),
      /larger than any/,
    ],
    ['a header that does not add up', () => saved([Buffer.concat([pieceOf({ path: 'a' }), Buffer.alloc(512, 1), end])]), /damaged/],
    [
      'a blank header in between',
      () => saved([Buffer.concat([pieceOf({ path: 'a' }), Buffer.alloc(512), pieceOf({ path: 'b' })])]),
      /blank/,
    ],
  ])('%s', async (_, make, because) => {
    await expect(open(make())).rejects.toThrow(because);
  });

  it('more files, and more bytes, than are read', async () => {
    const many = saved([tar(...Array.from({ length: 50 }, (_, at): Piece => ({ path: `f${at}` })))]);
    await expect(open(many, { ...imageLimits, entries: 40 })).rejects.toThrow('more entries');
    await expect(open(many, { ...imageLimits, bytes: 4_096 })).rejects.toThrow('larger than anything');
    // A little is no bomb, however well it packs.
    await expect(open(saved([gzipSync(tar({ path: 'z', content: Buffer.alloc(900_000) }))]))).resolves.toBeDefined();
    const packed = saved([gzipSync(tar({ path: 'z', content: Buffer.alloc(900_000) }))]);
    await expect(open(packed, { ...imageLimits, bytes: 500_000 })).rejects.toThrow('larger than anything');
  });

  it('ends where nobody wants it any more', async () => {
    const given = new AbortController();
    const endless = async function* () {
      const bytes = saved([tar(module('a'))]);
      yield bytes.subarray(0, 600);
      given.abort(new Error('not wanted'));
      yield bytes.subarray(600);
    };
    await expect(imageContents(endless(), given.signal)).rejects.toThrow('not wanted');
  });
});

describe('headers', () => {
  const paths = async (...pieces: readonly Piece[]) => (await look(tar(...pieces))).paths;

  it('have long names of pax and of GNU, a prefix, or a slash in front', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/f`;
    expect(await paths(pax({ path: long }), { path: 'short' })).toEqual([long]);
    expect(await paths({ path: '././@LongLink', type: 'L', content: `${long}\0` }, { path: 'short' }, { path: 'next' })).toEqual([
      long,
      'next',
    ]);
    expect(await paths({ path: 'b', prefix: 'a' }, { path: './c' }, { path: '/d' })).toEqual(['a/b', 'c', 'd']);
    // What GNU has there are times.
    expect(await paths({ path: 'b', prefix: '1234', magic: 'ustar  \0' })).toEqual(['b']);
  });

  it('have sizes in binary, and none that counts where there is no content', async () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size[11] = 3;
    expect(await paths({ path: 'a', content: 'abc', rawSize: size }, { path: 'b' })).toEqual(['a', 'b']);
    expect(await paths({ path: 'd/', type: '5', size: 5 }, { path: 'l', type: '2', target: 'x', size: 9 }, { path: 'b' })).toEqual(['b']);
  });
});
