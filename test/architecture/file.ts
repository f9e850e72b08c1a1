// One source file as the rules see it: its imports, the globals it touches, its forms and its size.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { FormUse, Use } from './syntax.ts';
import { readSyntax } from './syntax.ts';

export interface Import {
  /** As written, except that builtins always carry `node:`. */
  readonly specifier: string;
  /** Names of values; `*` for a namespace or a dynamic import, `default` for a default import. Empty: types or side effects only. */
  readonly values: readonly string[];
  readonly typeOnly: boolean;
  readonly reExport: boolean;
  readonly line: number;
  /** For a relative import: the target's path from the root of the tree. */
  readonly target?: string;
}

export interface SourceFile {
  /** From the root of the tree, with `/`. */
  readonly path: string;
  /** `decide` for decide/plan.ts; empty for a file in the root. */
  readonly floor: string;
  readonly test: boolean;
  readonly lines: number;
  readonly startsWithComment: boolean;
  readonly imports: readonly Import[];
  readonly globals: readonly Use[];
  readonly forms: readonly FormUse[];
  readonly problems: readonly string[];
  /** Line number of an offset. */
  readonly lineOf: (offset: number) => number;
}

export function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const parsed = parseSync(path, text, { lang: 'ts', sourceType: 'module' });
  const syntax = readSyntax(parsed.program);
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const importOf = (specifier: string, at: number, rest: Pick<Import, 'values' | 'typeOnly' | 'reExport'>): Import => ({
    line: lineOf(at),
    ...(specifier.startsWith('.') && { target: posix.join(posix.dirname(path), specifier) }),
    ...rest,
    specifier: isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier,
  });
  return {
    path,
    floor: path.includes('/') ? (path.split('/')[0] ?? '') : '',
    test: path.endsWith('.test.ts'),
    lines: text.trimEnd().split('\n').length,
    startsWithComment: /^(?:#!.*\n)?\/[/*]/.test(text),
    imports: [
      ...staticImports(parsed).map((found) => importOf(found.specifier, found.at, found)),
      ...syntax.hidden.map(({ what, at, typeOnly }) => importOf(what, at, { values: typeOnly ? [] : ['*'], typeOnly, reExport: false })),
    ],
    globals: syntax.globals,
    forms: syntax.forms,
    problems: parsed.errors.map((error) => error.message),
    lineOf,
  };
}

type Found = Pick<Import, 'specifier' | 'values' | 'typeOnly' | 'reExport'> & { readonly at: number };

function staticImports({ module }: ReturnType<typeof parseSync>): readonly Found[] {
  const imports = module.staticImports.map((statement): Found => {
    const values = statement.entries.filter((entry) => !entry.isType).map(({ importName }) => valueName(importName.kind, importName.name));
    const typeOnly = statement.entries.length > 0 && values.length === 0;
    return { specifier: statement.moduleRequest.value, values, typeOnly, reExport: false, at: statement.start };
  });
  const exports = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap((entry): Found[] => {
      if (entry.moduleRequest === null) return [];
      const values = entry.isType ? [] : [valueName(entry.importName.kind, entry.importName.name)];
      return [{ specifier: entry.moduleRequest.value, values, typeOnly: entry.isType, reExport: true, at: statement.start }];
    }),
  );
  return [...imports, ...exports];
}

function valueName(kind: string, name: string | null): string {
  if (kind === 'Name') return name ?? '*';
  return kind === 'Default' ? 'default' : '*';
}
