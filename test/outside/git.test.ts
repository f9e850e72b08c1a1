// A repository on this machine as git itself has it; and what somebody who can write there cannot make us do.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGit } from '../../src/adapters/repositories/git/git.ts';
import type { Repository } from '../../src/ports/outside/repositories.ts';

const { signal } = new AbortController();
let directory: string;
let repository: Repository;

const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: tmpdir(),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann Öst',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
};
const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, env, encoding: 'utf8' });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'codectl-git-'));
  git('init', '--quiet', '--initial-branch=main');
  mkdirSync(join(directory, 'web'));
  writeFileSync(join(directory, 'web/index.html'), 'one\ntwo\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Begin\n\nWith a body,\nof two lines. \u001b[31m');
  writeFileSync(join(directory, 'web/index.html'), 'one\n2\n3\n');
  writeFileSync(join(directory, 'a b\t.txt'), 'x\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Change');
  git('branch', 'old', 'HEAD~1');
  repository = openGit({ name: 'shop', directory });
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a repository of git', () => {
  it('tells its commits, of a branch or a path, the newest first', async () => {
    const all = await repository.commits({ limit: 10 }, signal);
    expect(all.map(({ author, message }) => [author, message])).toEqual([
      ['Ann Öst', 'Change'],
      ['Ann Öst', 'Begin\n\nWith a body,\nof two lines. \u001b[31m'],
    ]);
    expect(all[0]).toMatchObject({ id: git('rev-parse', 'HEAD').trim(), at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
    expect(await repository.commits({ branch: 'old', limit: 10 }, signal)).toHaveLength(1);
    expect(await repository.commits({ path: 'a b\t.txt', limit: 10 }, signal)).toHaveLength(1);
    expect(await repository.commits({ limit: 1 }, signal)).toHaveLength(1);
  });

  it('tells what a commit changed, by any beginning of its hash', async () => {
    const id = git('rev-parse', 'HEAD').trim();
    expect(await repository.commit(id.slice(0, 8), signal)).toMatchObject({
      id,
      message: 'Change',
      more: false,
      files: [
        { path: 'a b\t.txt', added: 1, removed: 0 },
        { path: 'web/index.html', added: 2, removed: 1 },
      ],
    });
  });

  it.each(['--output=x', '-p', 'main..old', '@{u}', 'a b', ''])('takes no %s for a branch', async (branch) => {
    await expect(repository.commits({ branch, limit: 1 }, signal)).rejects.toMatchObject({ code: 'input_invalid' });
  });

  it('says what there is not, and which directory is no repository', async () => {
    await expect(repository.commits({ branch: 'none', limit: 1 }, signal)).rejects.toMatchObject({ code: 'outside_unknown' });
    await expect(repository.commit('dead'.repeat(10), signal)).rejects.toMatchObject({ code: 'outside_unknown' });
    const other = openGit({ name: 'other', directory: tmpdir() });
    await expect(other.commits({ limit: 1 }, signal)).rejects.toMatchObject({
      code: 'outside_unavailable',
      message: expect.stringContaining('other'),
    });
    const gone = openGit({ name: 'gone', directory: join(directory, 'gone') });
    await expect(gone.commits({ limit: 1 }, signal)).rejects.toMatchObject({ message: expect.stringContaining('gone') });
  });

  it('is its own directory, and none that this one lies in', async () => {
    const inner = openGit({ name: 'inner', directory: join(directory, 'web') });
    await expect(inner.commits({ limit: 1 }, signal)).rejects.toMatchObject({ code: 'outside_unavailable' });
  });

  it('runs nothing that its configuration names', async () => {
    const mark = join(directory, 'ran');
    const program = join(directory, 'evil.sh');
    writeFileSync(program, `#!/bin/sh\necho ran >> '${mark}'\n`, { mode: 0o755 });
    for (const name of ['core.fsmonitor', 'core.pager', 'diff.external', 'gpg.program', 'core.sshCommand']) git('config', name, program);
    git('config', 'diff.evil.textconv', program);
    git('config', 'log.showSignature', 'true');
    writeFileSync(join(directory, '.git/info/attributes'), '* diff=evil\n');
    await repository.commits({ limit: 10, path: 'web' }, signal);
    await repository.commit(git('rev-parse', 'HEAD').trim(), signal);
    expect(existsSync(mark)).toBe(false);
  });
});
