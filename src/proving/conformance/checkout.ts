// The sources that the tests are a part of: a checkout of this repository with what `npm ci` brings.
import { join } from 'node:path';
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import { readFileIfExists } from '../../platform/files.ts';
import { environment, run } from '../bench/contenders/contender.ts';
import type { Behaviour } from './matrix.ts';

export interface Checkout {
  readonly root: string;
  /** The program of vitest. */
  readonly vitest: string;
  readonly behaviours: readonly Behaviour[];
  /** With a word on it where files differ from it. */
  readonly commit: string;
}

const catalogue = z.array(
  z.looseObject({ id: z.string(), title: z.string(), status: z.enum(['tested', 'later']), because: z.string().optional() }),
);
const listing = "const { catalogue } = await import('./test/replay/catalogue.ts'); console.log(JSON.stringify(catalogue))";

/** Errors: `unsupported` where there is none. */
export async function openCheckout(root: string, signal: AbortSignal): Promise<Checkout> {
  if ((await readFileIfExists(join(root, 'test/replay/catalogue.ts'))) === undefined)
    throw new CodeError('unsupported', `bench conformance runs the tests of codectl itself, and there are none in ${root}.`, {
      hint: 'Clone the repository, then in it: npm ci && node bin/codectl.js bench conformance',
    });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  if ((await readFileIfExists(vitest)) === undefined)
    throw new CodeError('unsupported', `What runs the tests is not installed in ${root}.`, { hint: `Run npm ci in ${root}.` });
  const where = { cwd: root, env: environment() };
  const listed = catalogue.parse(JSON.parse(await run([process.execPath, '--input-type=module', '-e', listing], where, signal)));
  return {
    root,
    vitest,
    behaviours: listed.map(({ id, title, status, because }) => ({ id, title, ...(status === 'later' && { putOff: because }) })),
    commit: await commitOf(root, signal),
  };
}

/** Where git does not tell it, that is what is said. The page that is written is none of what is measured. */
async function commitOf(root: string, signal: AbortSignal): Promise<string> {
  const git = (...words: readonly string[]) => run(['git', '-C', root, ...words], { cwd: root, env: environment() }, signal);
  try {
    const [commit, changes] = [
      await git('rev-parse', 'HEAD'),
      await git('status', '--porcelain', '--untracked-files=no', '--', ':(exclude)docs/conformance.*'),
    ];
    return `${commit.trim()}${changes === '' ? '' : ', with changes'}`;
  } catch {
    signal.throwIfAborted();
    return 'unknown';
  }
}
