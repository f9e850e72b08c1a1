// Directories of advisories as people download them. The records are fixtures: made up, in the published form.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOsv } from '../../src/adapters/advisories/osv/osv.ts';

const { signal } = new AbortController();
const record = (id: string, ecosystem: string, name: string, modified: string, more: object = {}) =>
  JSON.stringify({
    schema_version: '1.6.0',
    id,
    modified,
    published: modified,
    summary: `fixture about ${name}`,
    affected: [
      {
        package: { ecosystem, name, purl: 'pkg:x/y' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
        database_specific: { x: 1 },
      },
    ],
    ...more,
  });
const left = [{ ecosystem: 'npm', name: 'left', version: '1.0.0' }];

let directory: string;
const put = async (path: string, text: string) => {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), text);
};
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'codectl-osv-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('a directory of advisories', () => {
  it('gives the records of the wanted packages, and tells how new each ecosystem is', async () => {
    await put('npm/A.json', record('A', 'npm', 'left', '2026-01-02T03:04:05Z', { withdrawn: '2026-01-02T03:04:05Z', aliases: ['CVE-0'] }));
    await put('npm/B.json', record('B', 'npm', 'other', '2026-01-05T00:00:00.123456Z'));
    await put('Debian:12/C.json', record('C', 'Debian:12', 'left', '2025-01-01T00:00:00Z'));
    const found = await openOsv(directory).harvest(left, signal);
    expect(found).toEqual({
      shelves: {
        npm: { records: 2, asOf: Date.parse('2026-01-05T00:00:00.123Z') },
        Debian: { records: 1, asOf: Date.parse('2025-01-01') },
      },
      broken: [],
      advisories: [
        expect.objectContaining({ id: 'A', withdrawn: true, aliases: ['CVE-0'], source: 'npm/A.json', summary: 'fixture about left' }),
      ],
    });
  });

  it('reads archives as they are downloaded', async () => {
    await put('A.json', record('A', 'npm', 'left', '2026-01-02T03:04:05Z'));
    await put('B.json', record('B', 'npm', 'other', '2026-01-03T03:04:05Z'));
    await mkdir(join(directory, 'npm'));
    execFileSync('python3', ['-m', 'zipfile', '-c', 'npm/all.zip', 'A.json', 'B.json'], { cwd: directory });
    await rm(join(directory, 'A.json'));
    await rm(join(directory, 'B.json'));
    const found = await openOsv(directory).harvest(left, signal);
    expect(found).toMatchObject({ shelves: { npm: { records: 2 } }, broken: [], advisories: [{ id: 'A', source: 'npm/all.zip/A.json' }] });
  });

  it.each([
    ['no JSON', '{'],
    ['no record', '{"id":"A"}'],
    [
      'a range of no known kind',
      record('A', 'npm', 'left', '2026-01-02T03:04:05Z', { affected: [{ ranges: [{ type: 'MAGIC', events: [] }] }] }),
    ],
    ['no date', record('A', 'npm', 'left', 'yesterday')],
  ])('tells of %s instead of leaving it out', async (_, text) => {
    await put('npm/A.json', text);
    const found = await openOsv(directory).harvest(left, signal);
    expect(found?.broken).toEqual([{ source: 'npm/A.json', because: expect.any(String) }]);
    expect(found?.advisories).toEqual([]);
  });

  it('tells of an archive that is cut off', async () => {
    await put('npm/all.zip', 'PK\u0003\u0004 and no more');
    expect((await openOsv(directory).harvest(left, signal))?.broken).toMatchObject([{ source: 'npm/all.zip' }]);
  });

  it('is none where there is nothing', async () => {
    expect(await openOsv(join(directory, 'nowhere')).harvest(left, signal)).toBeUndefined();
    expect(await openOsv(directory).harvest(left, signal)).toEqual({ shelves: {}, advisories: [], broken: [] });
  });
});
