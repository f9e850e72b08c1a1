// Advisories and versions, case by case of the OSV schema's evaluation.
import { describe, expect, it } from 'vitest';
import type { Affected, RangeEvent } from '../../model/supply/advisory.ts';
import { affects, isAbout } from './affects.ts';

const npm = (version: string) => ({ ecosystem: 'npm', name: 'left', version });
const entry = (
  events: readonly RangeEvent[],
  versions: readonly string[] = [],
  type: 'SEMVER' | 'ECOSYSTEM' | 'GIT' = 'SEMVER',
): Affected => ({
  package: { ecosystem: 'npm', name: 'left' },
  ranges: events.length === 0 ? [] : [{ type, events }],
  versions,
  severity: [],
});

describe('a range', () => {
  const two = [{ introduced: '2.0.0' }, { fixed: '2.3.1' }, { introduced: '0' }, { fixed: '1.4.2' }];
  it.each([
    ['0.0.1', two, 'affected'],
    ['1.4.1', two, 'affected'],
    ['1.4.2-rc.1', two, 'affected'],
    ['1.4.2', two, 'unaffected'],
    ['1.9.9', two, 'unaffected'],
    ['2.0.0', two, 'affected'],
    ['2.3.0', two, 'affected'],
    ['2.3.1', two, 'unaffected'],
    ['9.0.0', [{ introduced: '1.0.0' }], 'affected'],
    ['1.5.0', [{ introduced: '1.0.0' }, { last_affected: '1.5.0' }], 'affected'],
    ['1.5.1', [{ introduced: '1.0.0' }, { last_affected: '1.5.0' }], 'unaffected'],
    ['3.0.0', [{ introduced: '0' }, { limit: '3.0.0' }], 'unaffected'],
    ['2.9.9', [{ introduced: '0' }, { limit: '3.0.0' }], 'affected'],
    ['latest', two, 'unknown'],
    ['1.0.0', [{ introduced: 'who knows' }], 'unknown'],
    ['1.0.0', [{}], 'unknown'],
  ] as const)('has %s', (version, events, answer) => {
    expect(affects(entry(events), npm(version))).toBe(answer);
  });

  it('of commits says nothing of versions', () => {
    expect(affects(entry([{ introduced: '0' }], [], 'GIT'), npm('1.0.0'))).toBe('unknown');
    expect(affects(entry([{ introduced: '0' }], ['1.0.1'], 'GIT'), npm('1.0.0'))).toBe('unaffected');
  });
});

describe('a list of versions', () => {
  it('counts beside the ranges, letter by letter', () => {
    expect(affects(entry([{ introduced: '2.0.0' }], ['1.0.0']), npm('1.0.0'))).toBe('affected');
    expect(affects(entry([], ['1.0.0']), npm('1.0.1'))).toBe('unaffected');
  });
});

describe('an entry', () => {
  const about = (ecosystem: string, name = 'openssl'): Affected => ({
    package: { ecosystem, name },
    ranges: [],
    versions: [],
    severity: [],
  });
  it.each([
    ['Debian:12', 'Debian:12', true],
    ['Debian:11', 'Debian:12', false],
    ['Debian', 'Debian:12', true],
    ['Ubuntu:22.04:LTS', 'Ubuntu:22.04', true],
    ['Ubuntu:Pro:22.04:LTS', 'Ubuntu:24.04', false],
    ['npm', 'Debian:12', false],
  ])('of %s is about %s: %s', (recorded, own, answer) => {
    expect(isAbout(about(recorded), { ecosystem: own, name: 'openssl', version: '1' })).toBe(answer);
  });

  it('is about one name, to the letter', () => {
    expect(isAbout(about('npm', 'Left'), npm('1.0.0'))).toBe(false);
    expect(isAbout({ ranges: [], versions: [], severity: [] }, npm('1.0.0'))).toBe(false);
  });
});
