// Who may touch the world outside: builtin modules and globals with owners, and the folders that must depend on their arguments alone.
import type { Import, SourceFile } from '../file.ts';
import type { Law, OwnerRule } from '../law.ts';

export function builtinRules(files: readonly SourceFile[], law: Law): readonly string[] {
  return files.flatMap((file) => (file.test ? [] : judge(file, law)));
}

function judge(file: SourceFile, law: Law): readonly string[] {
  const owned = file.imports.flatMap((arrow) => ownedModule(file, arrow, law));
  const impure = file.imports.flatMap((arrow) => impureImport(file, arrow, law));
  const globals = file.globals.flatMap(({ what, at }) => globalUse(file, what, file.lineOf(at), law));
  return [...owned, ...impure, ...globals];
}

function ownedModule(file: SourceFile, arrow: Import, law: Law): readonly string[] {
  if (arrow.typeOnly) return [];
  const rule = law.owners.find(({ modules }) => modules.includes(arrow.target ?? arrow.specifier));
  if (rule === undefined) return [];
  // A bare `import 'x'` runs the module: it counts as all of it.
  const names = arrow.values.length === 0 ? ['*'] : arrow.values;
  const refused = names.filter((name) => !mayUse(file, name, rule));
  if (refused.length === 0) return [];
  const what = refused.map((name) => (name === '*' || name === 'default' ? 'the whole module' : name)).join(', ');
  const owners = [...new Set(rule.grants.map(({ folder }) => folder))].join(', ') || 'nobody';
  return [`${file.path}:${arrow.line} imports ${what} of ${arrow.specifier}, which belongs to ${owners}; ${rule.instead}.`];
}

function mayUse(file: SourceFile, name: string, rule: OwnerRule): boolean {
  if (rule.harmless.includes(name)) return true;
  return rule.grants.some(({ folder, names }) => file.path.startsWith(folder) && (names === undefined || names.includes(name)));
}

function impureImport(file: SourceFile, arrow: Import, law: Law): readonly string[] {
  if (!law.pure.folders.includes(file.floor) || arrow.typeOnly) return [];
  const refused = arrow.values.filter((name) => !isPure(arrow, name, law));
  if (refused.length === 0) return [];
  const what = refused.map((name) => (name === '*' || name === 'default' ? 'the whole module' : name)).join(', ');
  return [`${file.path}:${arrow.line} imports ${what} of ${arrow.target ?? arrow.specifier}, but ${pureSentence(file)}.`];
}

function isPure({ specifier, target }: Import, name: string, law: Law): boolean {
  if (target !== undefined) {
    const carried = law.pure.carriers[target] ?? [];
    return name === '*' ? carried.length === 0 : !carried.includes(name);
  }
  if (!specifier.startsWith('node:')) return true;
  const free = law.pure.builtins[specifier] ?? [];
  return free.includes('*') || free.includes(name);
}

function pureSentence(file: SourceFile): string {
  return `${file.floor}/ depends on its arguments alone; hand the time, the randomness or the setting in`;
}

function globalUse(file: SourceFile, what: string, line: number, law: Law): readonly string[] {
  const owned = law.globals.find(({ names, folders }) => matches(what, names) && !folders.some((folder) => file.path.startsWith(folder)));
  if (owned !== undefined) {
    const owners = owned.folders.join(', ') || 'nobody';
    return [`${file.path}:${line} uses ${what}, which belongs to ${owners}; ${owned.instead}.`];
  }
  const impure = law.pure.folders.includes(file.floor) && isImpure(what, law.pure.globals);
  return impure ? [`${file.path}:${line} uses ${what}, but ${pureSentence(file)}.`] : [];
}

/** `fetch` and `fetch.call`, but not `fetched`. */
function matches(what: string, names: readonly string[]): boolean {
  return names.some((name) => what === name || what.startsWith(`${name}.`));
}

function isImpure(what: string, globals: readonly string[]): boolean {
  return globals.some((name) =>
    name.endsWith('.*') ? matches(what, [name.slice(0, -2)]) : what === name || what.startsWith(`${name}.call`),
  );
}
