// The house keeps its law, and the check that says so has read every file that git knows.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkHouse } from './check.ts';
import { law } from './law.ts';

const repository = join(import.meta.dirname, '..', '..');
const house = checkHouse(join(repository, 'src'), law);

describe('the house', () => {
  it('keeps the law', () => {
    expect(house.violations).toEqual([]);
  });

  it.skipIf(!existsSync(join(repository, '.git')))('was read whole: as many files as git lists', () => {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', 'src/**/*.ts'], {
      cwd: repository,
      encoding: 'utf8',
    });
    const present = new Set(listed.split('\0').filter((path) => path !== '' && existsSync(join(repository, path))));
    expect(house.files).toEqual([...present].sort());
    expect(house.files.length).toBeGreaterThan(18);
  });
});
