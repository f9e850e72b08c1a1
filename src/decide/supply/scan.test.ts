// Scans as tables: nothing is found without its record, and nothing passes without a whole and dated database.
import { describe, expect, it } from 'vitest';
import type { Advisory, AdvisoryHarvest } from '../../model/supply/advisory.ts';
import type { Inventory } from '../../model/supply/component.ts';
import { npmComponent } from './purl.ts';
import { decideScan } from './scan.ts';
import { severityOf } from './severity.ts';

const day = 24 * 3_600_000;
const now = Date.UTC(2026, 0, 10);
const inventory: Inventory = {
  components: [npmComponent('left', '1.0.0', { path: 'package-lock.json' }), npmComponent('right', '2.0.0', { path: 'package-lock.json' })],
  unread: [],
};
const critical = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const advisory = (id: string, more: Partial<Advisory> = {}): Advisory => ({
  id,
  modified: now - day,
  withdrawn: false,
  aliases: [],
  severity: [{ type: 'CVSS_V3', score: critical }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.1' }] }],
      versions: [],
      severity: [],
    },
  ],
  source: `npm/${id}.json`,
  ...more,
});
const harvest = (...advisories: readonly Advisory[]): AdvisoryHarvest => ({
  shelves: { npm: { records: 5, asOf: now - day } },
  advisories,
  broken: [],
});
const scan = (found: AdvisoryHarvest | undefined, more: object = {}) =>
  decideScan({ inventory, harvest: found, now, maxAge: 7 * day, ...more });

describe('a scan', () => {
  it('finds what a record says, with the record, the versions that are fixed, and a severity that is computed', () => {
    const { state, findings } = scan(harvest(advisory('GHSA-1')));
    expect(state).toBe('not_met');
    expect(findings).toEqual([
      expect.objectContaining({
        id: 'GHSA-1',
        purl: 'pkg:npm/left@1.0.0',
        fixed: ['1.0.1'],
        sources: ['npm/GHSA-1.json'],
        severity: { score: 9.8, rating: 'critical', vector: critical },
        found: ['package-lock.json'],
      }),
    ]);
  });

  it('passes what a whole and dated database does not know', () => {
    expect(scan(harvest())).toMatchObject({
      state: 'met',
      findings: [],
      unmeasured: [],
      ecosystems: [{ ecosystem: 'npm', components: 2, records: 5 }],
    });
  });

  it.each([
    ['there is no database', undefined, {}, 'npm: no database of advisories is named'],
    [
      'the database has nothing of the ecosystem',
      { shelves: {}, advisories: [], broken: [] },
      {},
      'npm: the database has no records of it',
    ],
    ['the database is old', harvest(), { maxAge: day / 2 }, 'npm: the newest record of the database is from 2026-01-09'],
    ['a part of it is broken', { ...harvest(), broken: [{ source: 'npm/all.zip', because: 'no end' }] }, {}, 'npm/all.zip: no end'],
    [
      'a file was not understood',
      harvest(),
      { inventory: { ...inventory, unread: [{ path: 'Gemfile.lock', because: 'it is not read' }] } },
      'Gemfile.lock: it is not read',
    ],
    ['nothing was found to compare', harvest(), { inventory: { components: [], unread: [] } }, 'no component was found'],
    [
      'a version cannot be read',
      harvest(),
      { inventory: { components: [npmComponent('left', 'latest', { path: 'a' })], unread: [] } },
      'cannot be read',
    ],
    [
      'an advisory cannot be judged',
      harvest(advisory('X', { affected: [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [], versions: [], severity: [] }] })),
      {},
      'X for pkg:npm/left@1.0.0',
    ],
  ] as const)('measures nothing where %s', (_, found, more, because) => {
    const verdict = scan(found, more);
    expect(verdict.state).toBe('not_measured');
    expect(verdict.findings).toEqual([]);
    expect(verdict.unmeasured.join('\n')).toContain(because);
  });

  it('tells findings of an old database all the same', () => {
    expect(scan(harvest(advisory('GHSA-1')), { maxAge: day / 2 })).toMatchObject({
      state: 'not_met',
      ecosystems: [{ state: 'not_met', because: expect.any(String) }],
    });
  });

  it('leaves withdrawn records alone', () => {
    expect(scan(harvest(advisory('GHSA-1', { withdrawn: true })))).toMatchObject({ state: 'met', findings: [] });
  });

  it('makes one finding of several names of one weakness, with all of its records', () => {
    const { findings } = scan(
      harvest(advisory('GHSA-1', { aliases: ['CVE-1'], severity: [] }), advisory('OSV-7', { aliases: ['CVE-1'] }), advisory('CVE-2')),
    );
    expect(findings.map(({ id, aliases, sources }) => ({ id, aliases, sources }))).toEqual(
      [
        { id: 'GHSA-1', aliases: ['CVE-1', 'OSV-7'], sources: ['npm/GHSA-1.json', 'npm/OSV-7.json'] },
        { id: 'CVE-2', aliases: [], sources: ['npm/CVE-2.json'] },
      ].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    expect(findings.every(({ severity }) => severity?.score === 9.8)).toBe(true);
  });

  it('lets findings below the wanted rating not count, but those of unknown severity do', () => {
    const low = advisory('LOW', { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N' }] });
    expect(scan(harvest(low), { atLeast: 'high' })).toMatchObject({ state: 'met', findings: [{ id: 'LOW' }] });
    expect(scan(harvest(advisory('ODD', { severity: [] })), { atLeast: 'high' })).toMatchObject({ state: 'not_met' });
  });
});

describe('severities', () => {
  // Published by FIRST and by the databases beside their vectors.
  it.each([
    ['CVSS_V3', 'CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10, 'critical'],
    ['CVSS_V3', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, 'medium'],
    ['CVSS_V3', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', 7.5, 'high'],
    ['CVSS_V3', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0, 'none'],
    ['CVSS_V4', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 9.3, 'critical'],
    ['CVSS_V2', 'AV:N/AC:L/Au:N/C:P/I:P/A:P', 7.5, 'high'],
  ])('%s %s is %s', (type, score, wanted, rating) => {
    expect(severityOf([{ type, score }])).toEqual({ score: wanted, rating, vector: score });
  });

  it.each([
    [[]],
    [[{ type: 'CVSS_V3', score: 'HIGH' }]],
    [[{ type: 'Ubuntu', score: 'medium' }]],
    [[{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N' }]],
  ])('are not made up of %j', (stated) => {
    expect(severityOf(stated)).toBeUndefined();
  });
});
