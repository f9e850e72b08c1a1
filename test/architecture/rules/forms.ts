// How a file must look: its first line, forms of the language we do without, and budgets of size.
import { posix } from 'node:path';
import type { SourceFile } from '../file.ts';
import type { Budgets, Law } from '../law.ts';
import type { Form } from '../syntax.ts';

const instead: Readonly<Record<Form, string>> = {
  'default export': 'export it by its name',
  enum: 'use a union of string literals',
  namespace: 'use a file',
  decorator: 'call a function',
  'opaque import': 'import a literal path, which this test can read',
};

export function formRules(files: readonly SourceFile[], { budgets }: Law): readonly string[] {
  return [...files.flatMap((file) => [...looks(file), ...sizes(file, budgets)]), ...crowdedFolders(files, budgets)];
}

function looks(file: SourceFile): readonly string[] {
  const forms = file.forms.map(({ what, at }) => `${file.path}:${file.lineOf(at)} has ${article(what)} ${what}; ${instead[what]}.`);
  if (!file.startsWithComment) forms.push(`${file.path}:1 does not begin with a comment; say in one line what the file is for.`);
  const barrel = posix.basename(file.path) === 'index.ts' && file.imports.some((arrow) => arrow.reExport);
  if (barrel) forms.push(`${file.path} re-exports its neighbours; import each from the file that declares it.`);
  return forms;
}

function article(what: Form): string {
  return /^[aeio]/.test(what) ? 'an' : 'a';
}

function sizes(file: SourceFile, budgets: Budgets): readonly string[] {
  if (file.test) return [];
  const found: string[] = [];
  if (file.lines > budgets.lines) found.push(`${file.path} has ${file.lines} lines of at most ${budgets.lines}; split it by noun.`);
  // Types come free, and so do the words and nouns that every folder shares: what counts is whose work this file sets going.
  const shared = /^(?:base|model)\//;
  const targets = new Set(
    file.imports.flatMap(({ target, typeOnly }) => (typeOnly || target === undefined || shared.test(target) ? [] : [target])),
  );
  const isList = budgets.lists.some((list) => list.test(file.path));
  if (!isList && targets.size > budgets.relativeImports)
    found.push(`${file.path} imports ${targets.size} of our files, at most ${budgets.relativeImports}; give it fewer reasons to change.`);
  return found;
}

function crowdedFolders(files: readonly SourceFile[], budgets: Budgets): readonly string[] {
  const folders = Map.groupBy(
    files.filter((file) => !file.test),
    (file) => posix.dirname(file.path),
  );
  return [...folders]
    .filter(([, members]) => members.length > budgets.filesInFolder)
    .map(([folder, members]) => `${folder}/ holds ${members.length} files of at most ${budgets.filesInFolder}; split it by noun.`);
}
