// Holds the catalogue to the tests: what is said to be tested has a test that bears its id, and nothing else has.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Entry } from './catalogue.ts';
import { catalogue } from './catalogue.ts';
import { parts } from './suite.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** `it('D-01 D-10 …`, `test(\`R-06 …`, `test.each([…])('R-02 …` */
const named = /\b(?:it|test)(?:\.each\(\[[^\]]*\]\))?\(\s*(['"`])((?:[A-Z]-\d\d )+)/g;

/** The ids that the names of tests begin with. */
function idsIn(source: string): readonly string[] {
  return [...source.matchAll(named)].flatMap((match) => match[2]?.trim().split(' ') ?? []);
}

async function sourcesUnder(folder: string, chosen: (path: string) => boolean): Promise<readonly string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  const paths = names.map((name) => join(folder, name)).filter(chosen);
  return Promise.all(paths.map((path) => readFile(join(root, path), 'utf8')));
}

function problems(entries: readonly Entry[], found: ReadonlySet<string>): readonly string[] {
  const listed = new Set(entries.map(({ id }) => id));
  const ours = [...found].filter((id) => /^[DRLCO]-/.test(id));
  return [
    ...entries
      .filter(({ id, status }) => status === 'tested' && !found.has(id))
      .map(({ id }) => `${id} is said to be tested, but no test bears its id`),
    ...entries.filter(({ id, status }) => status === 'later' && found.has(id)).map(({ id }) => `${id} is put off, but a test bears its id`),
    ...entries.filter(({ status, because }) => status === 'later' && !because).map(({ id }) => `${id} is put off without a reason`),
    ...ours.filter((id) => !listed.has(id)).map((id) => `${id} is the name of a test, but not in the catalogue`),
    ...(listed.size === entries.length ? [] : ['an id is listed twice']),
  ];
}

describe('the catalogue', () => {
  let found: ReadonlySet<string>;
  beforeAll(async () => {
    const isTest = (path: string) => path.endsWith('.test.ts') || /^test\/replay\/(?!catalogue)\w+\.ts$/.test(path);
    const sources = await Promise.all([sourcesUnder('test', isTest), sourcesUnder('src', isTest)]);
    found = new Set(sources.flat().flatMap(idsIn));
  });

  it('agrees with the tests', () => {
    expect(catalogue).toHaveLength(79);
    expect(problems(catalogue, found)).toEqual([]);
  });

  it('is replayed on processes in all its parts', async () => {
    const files = await readdir(join(root, 'test/replay/process'));
    expect(files.filter((file) => file.endsWith('.test.ts')).toSorted()).toEqual(parts.map((part) => `${part}.test.ts`).toSorted());
  });

  it('would notice what is missing, what is done, and what is unknown', () => {
    const seen = new Set(
      idsIn("it('D-01 D-04 one', () => {}); test.each([1, 2])(`R-01 %s`, () => {}); it('about R-05', () => {}); it('X-99 a', f)"),
    );
    expect([...seen]).toEqual(['D-01', 'D-04', 'R-01', 'X-99']);
    const entries: readonly Entry[] = [
      { id: 'D-01', title: '', status: 'tested' },
      { id: 'D-02', title: '', status: 'tested' },
      { id: 'D-04', title: '', status: 'later' },
    ];
    expect(problems(entries, seen)).toEqual([
      'D-02 is said to be tested, but no test bears its id',
      'D-04 is put off, but a test bears its id',
      'D-04 is put off without a reason',
      'R-01 is the name of a test, but not in the catalogue',
    ]);
  });
});
