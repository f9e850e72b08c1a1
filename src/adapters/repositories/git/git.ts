// A repository on this machine, read by git itself: nothing of its own configuration is carried out, nothing is fetched, nothing is written.
import { dirname } from 'node:path';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Commit } from '../../../model/outside/delivery.ts';
import { textOf } from '../../../platform/process/run.ts';
import type { Repository } from '../../../ports/outside/repositories.ts';

export interface GitOptions {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly timeout?: Duration;
}

const env = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
} as const;

/** A repository may name programs in its configuration; whoever can write there is not to run any as us. */
const harmless = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'log.showSignature=false',
  'protocol.allow=never',
  'log.mailmap=false',
];
/** The message comes last, because it may hold anything but a zero. */
const format = '--format=%H%n%cI%n%an%n%B';
const most = 8_000_000;
/** Of one commit; there are those with all of a tree. */
const mostFiles = 500;

export function openGit({ name, directory, timeout = 15_000 }: GitOptions): Repository {
  const git = async (args: readonly string[], signal: AbortSignal): Promise<string> => {
    const settings = [...harmless, `safe.directory=${directory}`].flatMap((one) => ['-c', one]);
    // One above it is another repository, which nobody registered.
    const bounded = { ...env, GIT_CEILING_DIRECTORIES: dirname(directory) };
    const command = { command: 'git', args: ['--no-pager', ...settings, ...args], cwd: directory, env: bounded };
    const { code, out, err } = await textOf(command, most, timeout, signal);
    if (code === 0) return out;
    throw failure(name, directory, err);
  };
  return {
    commits: async ({ branch = 'HEAD', path, limit }, signal) => {
      refuseRef(branch);
      const args = ['log', '-z', `--max-count=${limit}`, format, '--end-of-options', branch, '--', ...(path === undefined ? [] : [path])];
      return (await git(args, signal))
        .split('\0')
        .filter((one) => one !== '')
        .map(commitIn);
    },
    commit: async (id, signal) => {
      if (!/^[0-9a-f]{4,64}$/.test(id))
        throw new CodeError('input_invalid', 'commit: expected the hash of a commit, or at least 4 digits of it.');
      const shown = ['--no-ext-diff', '--no-textconv', '--no-renames', '--diff-merges=first-parent', '--numstat', '-z'];
      const out = await git(['show', ...shown, format, '--end-of-options', `${id}^{commit}`, '--'], signal);
      // One zero ends the message, each file has another.
      const [head = '', ...files] = out.split('\0');
      const changed = files.map((one) => one.replace(/^\n+/, '')).filter((one) => one !== '');
      return { ...commitIn(head), files: changed.slice(0, mostFiles).map(fileIn), more: changed.length > mostFiles };
    },
  };
}

function commitIn(text: string): Commit {
  const [id = '', at = '', author = '', ...message] = text.split('\n');
  return { id, at, author, message: message.join('\n').trim() };
}

/** `3\t1\tsrc/a.ts`; `-` instead of numbers for what is no text. */
function fileIn(text: string): { readonly path: string; readonly added?: number; readonly removed?: number } {
  const [added = '', removed = '', ...path] = text.split('\t');
  const counted = /^\d+$/.test(added) ? { added: Number(added), removed: Number(removed) } : {};
  return { path: path.join('\t'), ...counted };
}

function refuseRef(branch: string): void {
  if (/^[\w][\w./-]{0,199}$/.test(branch) && !branch.includes('..')) return;
  throw new CodeError('input_invalid', 'branch: expected the name of a branch or a tag, or a hash.');
}

function failure(name: string, directory: string, err: string): CodeError {
  const line = err.split('\n').find((one) => /^(?:fatal|error):/.test(one)) ?? '';
  if (/unknown revision|bad revision|Not a valid object|ambiguous argument|bad object|does not have any commits/.test(err))
    return new CodeError('outside_unknown', `${name} has no such commit or branch.`, {
      hint: 'Look at its newest ones with delivery.commits.',
    });
  return new CodeError('outside_unavailable', `git cannot read ${name} (${directory}): ${line.slice(0, 300)}`, {
    hint: 'Check the setting repositories: its directory must be there, a repository, and readable for the daemon.',
  });
}
