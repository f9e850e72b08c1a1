// Files that tell of packages, as their programs write them, and what of them is not understood.
import { describe, expect, it } from 'vitest';
import { inventoryOf } from '../../src/engine/supply/inventory/inventory.ts';
import { contentsOf } from './kit.ts';

const { signal } = new AbortController();
const read = async (files: Readonly<Record<string, string>>) => {
  const { components, unread } = await inventoryOf(contentsOf(files), signal);
  return { purls: components.map(({ purl }) => purl), components, unread };
};
const lock = (packages: object) => JSON.stringify({ name: 'shop', lockfileVersion: 3, packages });

describe('npm', () => {
  it('tells of each package of a lock once, and of no workspace', async () => {
    const text = lock({
      '': { name: 'shop', version: '1.0.0' },
      'tools/own': { version: '0.0.1' },
      'node_modules/own': { resolved: 'tools/own', link: true },
      'node_modules/@scope/b': { version: '2.0.0', license: 'MIT' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/@scope/b/node_modules/a': { version: '1.0.0' },
      'node_modules/alias': { name: 'real', version: '3.0.0-rc.1+build' },
    });
    const { purls, components, unread } = await read({ 'package.json': '{"dependencies":{"a":"^1"}}', 'package-lock.json': text });
    expect(purls).toEqual(['pkg:npm/%40scope/b@2.0.0', 'pkg:npm/a@1.0.0', 'pkg:npm/real@3.0.0-rc.1%2Bbuild']);
    expect(components[0]).toMatchObject({ licence: 'MIT', found: ['package-lock.json'], advised: { ecosystem: 'npm', name: '@scope/b' } });
    expect(unread).toEqual([]);
  });

  it('reads the first version of locks', async () => {
    const { purls } = await read({
      'package-lock.json': JSON.stringify({
        lockfileVersion: 1,
        dependencies: { a: { version: '1.0.0', dependencies: { b: { version: '2.0.0' } } }, c: { version: 'file:../c' } },
      }),
    });
    expect(purls).toEqual(['pkg:npm/a@1.0.0', 'pkg:npm/b@2.0.0']);
  });

  it('believes what is installed, with its licence, and reads no parts of packages', async () => {
    const { components } = await read({
      'node_modules/a/package.json': '{"name":"a","version":"1.0.0","license":"ISC","license":"MIT"}',
      'node_modules/a/esm/package.json': '{"name":"inner","version":"9.9.9"}',
      'node_modules/@s/b/package.json': '{"name":"@s/b","version":"1.0.0","license":{"type":"BSD-2-Clause"}}',
      'node_modules/c/package.json': '{"type":"module"}',
    });
    expect(components.map(({ purl, licence }) => [purl, licence])).toEqual([
      ['pkg:npm/%40s/b@1.0.0', 'BSD-2-Clause'],
      ['pkg:npm/a@1.0.0', 'MIT'],
    ]);
  });

  it.each([
    ['no lock', { 'package.json': '{"dependencies":{"a":"^1"}}' }, 'no lock says which versions it takes of a'],
    ['a lock that is none', { 'package-lock.json': '{' }, 'it cannot be read'],
    ['a lock of others', { 'bun.lock': '{}' }, 'bun.lock is not read here'],
  ])('says so of %s', async (_, files, because) => {
    const { unread } = await read(files);
    expect(unread.map((one) => one.because).join()).toContain(because);
  });

  it('asks for no lock where nothing is depended on, and finds that of a workspace above', async () => {
    expect((await read({ 'package.json': '{"type":"module"}' })).unread).toEqual([]);
    expect((await read({ 'package-lock.json': lock({ '': {} }), 'apps/x/package.json': '{"dependencies":{"a":"1"}}' })).unread).toEqual([]);
  });
});

describe('other locks of JavaScript', () => {
  it.each([
    ['pnpm 6', "lockfileVersion: '6.0'\npackages:\n  /@s/b@2.0.0(a@1.0.0):\n    resolution: {}\n  /a@1.0.0:\n    resolution: {}\n"],
    ['pnpm 5', 'lockfileVersion: 5.4\npackages:\n  /@s/b/2.0.0_a@1.0.0:\n    resolution: {}\n  /a/1.0.0:\n    resolution: {}\n'],
    ['pnpm 9', "lockfileVersion: '9.0'\npackages:\n  '@s/b@2.0.0':\n    resolution: {}\n  a@1.0.0:\n    resolution: {}\n"],
  ])('%s', async (_, text) => {
    expect(await read({ 'pnpm-lock.yaml': text })).toMatchObject({ purls: ['pkg:npm/%40s/b@2.0.0', 'pkg:npm/a@1.0.0'], unread: [] });
  });

  it.each([
    [
      'yarn 1',
      '# yarn lockfile v1\n\n"@s/b@^2.0.0", "@s/b@~2":\n  version "2.0.0"\n  dependencies:\n    a "^1"\n\na@^1:\n  version "1.0.0"\n',
    ],
    [
      'yarn 4',
      '# generated\n\n__metadata:\n  version: 8\n\n"@s/b@npm:^2.0.0":\n  version: 2.0.0\n  resolution: "@s/b@npm:2.0.0"\n\n"a@npm:^1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n\n"shop@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "shop@workspace:."\n',
    ],
  ])('%s', async (_, text) => {
    expect(await read({ 'yarn.lock': text })).toMatchObject({ purls: ['pkg:npm/%40s/b@2.0.0', 'pkg:npm/a@1.0.0'], unread: [] });
  });
});

describe('Python', () => {
  it('takes pinned lines, and says which are not', async () => {
    const text =
      '# all\n--index-url https://pypi.example.org\nDjango==4.2.1 \\\n    --hash=sha256:aa\nzope.interface[test] == 5.0 ; python_version > "3"\nflask>=2\n-r other.txt\n';
    const { purls, unread } = await read({ 'requirements.txt': text });
    expect(purls).toEqual(['pkg:pypi/django@4.2.1', 'pkg:pypi/zope-interface@5.0']);
    expect(unread).toEqual([{ path: 'requirements.txt', because: '2 of its entries are not pinned to one version, such as "flask>=2"' }]);
  });

  it('reads the locks of poetry and uv, without the project itself', async () => {
    const poetry = '[[package]]\nname = "Django"\nversion = "4.2.1"\n\n[metadata]\nlock-version = "2.0"\n';
    const uv =
      'version = 1\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\nsource = { editable = "." }\n\n[[package]]\nname = "flask"\nversion = "3.0.0"\nsource = { registry = "https://pypi.org/simple" }\n';
    expect((await read({ 'poetry.lock': poetry, 'api/uv.lock': uv })).purls).toEqual(['pkg:pypi/django@4.2.1', 'pkg:pypi/flask@3.0.0']);
  });

  it('reads Pipfile.lock', async () => {
    const text = JSON.stringify({ default: { flask: { version: '==3.0.0' }, own: { path: '.' } }, develop: {} });
    expect(await read({ 'Pipfile.lock': text })).toMatchObject({ purls: ['pkg:pypi/flask@3.0.0'], unread: [{ path: 'Pipfile.lock' }] });
  });

  it('believes what is installed', async () => {
    const text = 'Metadata-Version: 2.4\nName: Flask\nVersion: 3.0.0\nLicense-Expression: BSD-3-Clause\n\nName: not this\n';
    const { components } = await read({ 'usr/lib/python3/site-packages/flask-3.0.0.dist-info/METADATA': text });
    expect(components).toMatchObject([{ purl: 'pkg:pypi/flask@3.0.0', licence: 'BSD-3-Clause' }]);
  });
});

describe('what is compiled', () => {
  it('reads go.mod, with what is replaced, and leaves go.sum to it', async () => {
    const mod =
      'module example.org/shop\n\ngo 1.22\n\nrequire (\n\tgolang.org/x/net v0.17.0\n\tgithub.com/Masterminds/semver/v3 v3.2.1 // indirect\n\texample.org/own v0.0.0\n)\n\nrequire github.com/old/one v1.0.0\n\nreplace github.com/old/one => github.com/new/one v1.1.0\n\nreplace example.org/own => ../own\n';
    const { purls, components, unread } = await read({ 'go.mod': mod, 'go.sum': 'golang.org/x/net v0.1.0 h1:a=\n' });
    expect(purls).toEqual([
      'pkg:golang/github.com/masterminds/semver/v3@v3.2.1',
      'pkg:golang/github.com/new/one@v1.1.0',
      'pkg:golang/golang.org/x/net@v0.17.0',
    ]);
    expect(components[0]?.advised).toEqual({ ecosystem: 'Go', name: 'github.com/Masterminds/semver/v3', version: '3.2.1' });
    expect(unread).toMatchObject([{ path: 'go.mod', because: expect.stringContaining('example.org/own') }]);
  });

  it('reads go.sum where there is nothing else', async () => {
    expect(
      (
        await read({
          'go.sum': 'golang.org/x/net v0.17.0 h1:a=\ngolang.org/x/net v0.17.0/go.mod h1:b=\ngolang.org/x/text v0.1.0/go.mod h1:c=\n',
        })
      ).purls,
    ).toEqual(['pkg:golang/golang.org/x/net@v0.17.0']);
  });

  it('reads Cargo.lock, without the crate itself', async () => {
    const text =
      'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n\n[[package]]\nname = "serde"\nversion = "1.0.190"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n\n[[package]]\nname = "fork"\nversion = "0.1.0"\nsource = "git+https://example.org/fork#abc"\n';
    expect(await read({ 'Cargo.lock': text })).toMatchObject({
      purls: ['pkg:cargo/serde@1.0.190'],
      unread: [{ because: expect.stringContaining('"fork"') }],
    });
  });
});

describe('distributions', () => {
  const status =
    'Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl (3.0.11-1)\nVersion: 3.0.11-1+b1\nDescription: x\n Package: not this\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n';

  it('tells of what dpkg installed, by the source that advisories speak of', async () => {
    const { components, unread } = await read({ 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', 'var/lib/dpkg/status': status });
    expect(components).toMatchObject([
      {
        purl: 'pkg:deb/debian/libssl3@3.0.11-1%2Bb1?arch=amd64&distro=debian-12',
        advised: { ecosystem: 'Debian:12', name: 'openssl', version: '3.0.11-1' },
      },
    ]);
    expect(unread).toEqual([]);
  });

  it('says where the release is not known', async () => {
    expect((await read({ 'var/lib/dpkg/status': status })).unread).toMatchObject([{ because: expect.stringContaining('etc/os-release') }]);
  });

  it('reads the list of apk', async () => {
    const text = 'C:Q1\nP:libcrypto3\nV:3.1.4-r5\nA:x86_64\nL:Apache-2.0\no:openssl\nF:lib\n\n';
    const { components } = await read({ 'etc/os-release': 'ID=alpine\nVERSION_ID=3.19.1\n', 'lib/apk/db/installed': text });
    expect(components).toMatchObject([
      {
        purl: 'pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64&distro=alpine-3.19.1',
        licence: 'Apache-2.0',
        advised: { ecosystem: 'Alpine:v3.19', name: 'openssl' },
      },
    ]);
  });

  it('does not read the packages of RPM, and says so', async () => {
    expect((await read({ 'var/lib/rpm/rpmdb.sqlite': '' })).unread).toMatchObject([{ because: 'packages of RPM are not read here' }]);
  });
});
