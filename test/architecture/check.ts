// Reads a source tree and judges it by the law: one sentence for each thing that does not fit, and a list of what was read.
import { readdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { SourceFile } from './file.ts';
import { readSourceFile } from './file.ts';
import type { Law } from './law.ts';
import { arrowRules } from './rules/arrows.ts';
import { builtinRules } from './rules/builtins.ts';
import { circleRules } from './rules/circles.ts';
import { formRules } from './rules/forms.ts';

export interface House {
  /** What was read, sorted. A caller compares the number with another source: a checker that sees nothing must fail. */
  readonly files: readonly string[];
  /** Sorted by file; each begins with the file (and line) and ends with what to do instead. */
  readonly violations: readonly string[];
}

/**
 * Checks every `.ts` file under `root` (a folder like src/). Test files obey arrows and forms, but may touch the world: that is their work.
 * Throws only when the tree cannot be read.
 */
export function checkHouse(root: string, law: Law): House {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  const files = paths.filter((path) => path.endsWith('.ts')).map((path) => readSourceFile(root, path));
  const prefix = basename(root);
  const found = [
    ...unreadable(paths, files),
    ...arrowRules(files, law),
    ...builtinRules(files, law),
    ...formRules(files, law),
    ...circleRules(files),
  ];
  return {
    files: files.map((file) => `${prefix}/${file.path}`),
    violations: found.map((sentence) => `${prefix}/${sentence}`).sort(byFile),
  };
}

function unreadable(paths: readonly string[], files: readonly SourceFile[]): readonly string[] {
  if (files.length === 0) return [' holds not one TypeScript file; check the path that the test is given.'];
  const scripts = paths.filter((path) => /\.(?:[cm]?jsx?|[cm]ts|tsx)$/.test(path));
  return [
    ...scripts.map((path) => `${path} is code that this test does not read; write it as a .ts file.`),
    ...files.flatMap((file) => file.problems.map((problem) => `${file.path} cannot be parsed: ${problem}; run tsc.`)),
  ];
}

const collator = new Intl.Collator('en', { numeric: true });

function byFile(a: string, b: string): number {
  return collator.compare(a, b);
}
