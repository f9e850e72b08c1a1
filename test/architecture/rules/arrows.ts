// Who may import whom: floors, strangers on one floor, siblings, missing targets, tests, and ways out of the tree.
import { posix } from 'node:path';
import type { Import, SourceFile } from '../file.ts';
import type { Law } from '../law.ts';

export function arrowRules(files: readonly SourceFile[], law: Law): readonly string[] {
  const known = new Set(files.map((file) => file.path));
  return files.flatMap((file) => [
    ...unknownFolder(file, law),
    ...file.imports.flatMap((arrow) => {
      const sentence = judge(file, arrow, known, law);
      return sentence === undefined ? [] : [`${file.path}:${arrow.line} ${sentence}`];
    }),
  ]);
}

function unknownFolder(file: SourceFile, law: Law): readonly string[] {
  if (file.floor === '') return [`${file.path} stands in no folder; move it into the folder whose sentence fits.`];
  if (file.floor in law.arrows) return [];
  return [`${file.path} stands in ${file.floor}/, which the law does not know; move it, or argue a new folder in docs/decisions/.`];
}

function judge(file: SourceFile, arrow: Import, known: ReadonlySet<string>, law: Law): string | undefined {
  if (arrow.target === undefined) {
    return arrow.specifier.startsWith('#') || arrow.specifier.startsWith('/')
      ? `imports ${arrow.specifier}, which hides its folder; import by a relative path that ends in .ts.`
      : undefined;
  }
  if (arrow.target.startsWith('..')) {
    if (file.test && arrow.target.startsWith(law.testKit)) return undefined;
    return `imports ${arrow.specifier} from outside the source tree; move what it needs into a folder of the law.`;
  }
  if (!known.has(arrow.target)) return `imports ${arrow.specifier}, which does not exist; name a file, ending in .ts.`;
  if (arrow.target.endsWith('.test.ts') && !file.test)
    return `imports the test ${arrow.target}; move what they share into a file of its own.`;
  return forbidden(file, arrow.target, law);
}

function forbidden(file: SourceFile, target: string, law: Law): string | undefined {
  const [to = ''] = target.split('/');
  const allowed = law.arrows[file.floor];
  if (allowed === undefined || !(to in law.arrows)) return undefined;
  if (to !== file.floor) {
    if (allowed.includes(to)) return undefined;
    const may = allowed.length === 0 ? 'nothing' : allowed.map((name) => `${name}/`).join(', ');
    return `imports ${target}, but ${file.floor}/ may import ${may}; hand the value in, or declare a port or an interface where it is needed.`;
  }
  if (!law.strangersInside.includes(to) || isNeighbour(posix.dirname(file.path), posix.dirname(target))) return undefined;
  return `imports ${target}, but inside ${to}/ a file knows its own folder, one above and one below; move what they share one folder up.`;
}

/** The same folder, its parent or its child. */
function isNeighbour(from: string, to: string): boolean {
  return from === to || posix.dirname(from) === to || posix.dirname(to) === from;
}
