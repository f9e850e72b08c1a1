// The lock check: the repository passes it, and each fault planted in a small lock is named.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LockedPackage } from '../../tools/checks/lock.ts';
import { checkLock, checkRepository } from '../../tools/checks/lock.ts';

const sound: LockedPackage = { version: '1.0.0', integrity: 'sha512-AAAA' };

/** A lock with one dependency, `a`, whose entry is changed by `fault`. */
function check(fault: LockedPackage, wanted = '1.0.0', locked = wanted) {
  const packages = { '': { dependencies: { a: locked } }, 'node_modules/a': { ...sound, ...fault } };
  return checkLock({ lockfileVersion: 3, packages }, { '': { dependencies: { a: wanted } } });
}

describe('package-lock.json', () => {
  it('of this repository is clean', () => {
    expect(checkRepository(join(import.meta.dirname, '..', '..'))).toEqual([]);
  });

  it('passes when everything is pinned, hashed and silent', () => {
    expect(check({})).toEqual([]);
  });

  it.each([
    [
      'an install script',
      check({ hasInstallScript: true }),
      'node_modules/a runs a script when it is installed; choose a package that brings what it needs.',
    ],
    [
      'an address of its own',
      check({ resolved: 'http://example.org/a.tgz' }),
      'node_modules/a is fetched from http://example.org/a.tgz; depend on a version of the registry, whose address each machine sets.',
    ],
    [
      'a git address',
      check({ resolved: 'git+ssh://git@example.org/a.git#1' }),
      'node_modules/a is fetched from git+ssh://git@example.org/a.git#1; depend on a version of the registry, whose address each machine sets.',
    ],
    ['a weak hash', check({ integrity: 'sha1-AAAA' }), 'node_modules/a has no SHA-512 integrity; delete its entry and run npm install.'],
    ['a range', check({}, '^1.0.0'), 'package.json asks for a ^1.0.0; pin one exact version.'],
    ['a tag', check({}, 'latest'), 'package.json asks for a latest; pin one exact version.'],
    [
      'a manifest that left the lock behind',
      check({}, '1.0.1', '1.0.0'),
      'package.json asks for a 1.0.1, the lock for 1.0.0; run npm install and commit both.',
    ],
  ])('is refused for %s', (_, faults, sentence) => {
    expect(faults).toEqual([sentence]);
  });

  it('is refused in a workspace, by the name of its file', () => {
    const packages = { 'tools/x': {}, 'node_modules/a': sound, 'node_modules/x': { resolved: 'tools/x', link: true } };
    expect(checkLock({ packages }, { 'tools/x': { optionalDependencies: { a: '~1.0.0' } } })).toEqual([
      'tools/x/package.json asks for a ~1.0.0; pin one exact version.',
    ]);
  });

  it('is refused when it lists nothing', () => {
    expect(checkLock({ packages: { '': {} } }, {})).toEqual([
      'package-lock.json lists no installed package; run npm install with npm 9 or newer.',
    ]);
  });
});
