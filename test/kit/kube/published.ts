// Field names of the Kubernetes API, read from its published type declarations: its JSON schemas let unknown fields pass, the real API does not.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import type { Part } from './objects.ts';

const modules = fileURLToPath(new URL('../../../node_modules/', import.meta.url));

/** A node of the syntax tree; what it holds depends on its type. */
interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

interface Declarations {
  readonly path: string;
  /** By name: an interface's members, or the type that an alias stands for. */
  readonly types: ReadonlyMap<string, Node>;
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  readonly exports: ReadonlyMap<string, string>;
}

const read = new Map<string, Declarations>();

/** Paths of fields that the type does not know, `spec.replica`. */
export function strangersIn(value: Part, file: string, name: string): readonly string[] {
  return inNamed(value, declarationsAt(join(modules, file)), name, '');
}

function inNamed(value: unknown, place: Declarations, name: string, path: string): readonly string[] {
  const imported = place.imports.get(name);
  if (imported) {
    const next = declarationsAt(pathOf(place.path, imported.from));
    return inNamed(value, next, next.exports.get(imported.name) ?? imported.name, path);
  }
  const type = place.types.get(name);
  if (!type) throw new Error(`${place.path} declares no ${name}`);
  return inType(value, place, type, path);
}

function inType(value: unknown, place: Declarations, type: Node, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (type.type === 'TSArrayType') return inItems(value, place, type['elementType'] as Node, path);
  if (type.type === 'TSTypeReference') {
    const name = (type['typeName'] as { readonly name?: string }).name ?? '';
    const [item] = (type['typeArguments'] as { readonly params?: readonly Node[] } | null)?.params ?? [];
    return name === 'Array' && item ? inItems(value, place, item, path) : inNamed(value, place, name, path);
  }
  const members = membersOf(type);
  return members ? inMembers(value as Part, place, members, path) : [];
}

function inItems(value: object, place: Declarations, item: Node, path: string): readonly string[] {
  return Array.isArray(value)
    ? value.flatMap((one: unknown, index) => inType(one, place, item, `${path}[${index}]`))
    : [`${path} (no list)`];
}

function inMembers(value: Part, place: Declarations, members: readonly Node[], path: string): readonly string[] {
  const map = members.find((one) => one.type === 'TSIndexSignature');
  const fields = new Map(members.flatMap((one) => (one.type === 'TSPropertySignature' ? [[keyOf(one['key'] as Node), one] as const] : [])));
  return Object.entries(value).flatMap(([key, one]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const member = fields.get(key) ?? map;
    if (member) return inType(one, place, annotated(member), at);
    return path === '' && (key === 'apiVersion' || key === 'kind') ? [] : [at];
  });
}

function annotated(member: Node): Node {
  return (member['typeAnnotation'] as { readonly typeAnnotation: Node }).typeAnnotation;
}

/** Of an interface or a literal; of anything else none are known. */
function membersOf(type: Node): readonly Node[] | undefined {
  if (type.type === 'TSInterfaceBody') return type['body'] as readonly Node[];
  if (type.type === 'TSTypeLiteral') return type['members'] as readonly Node[];
  return undefined;
}

function keyOf(key: Node): string {
  return String(key['name'] ?? key['value']);
}

function pathOf(from: string, specifier: string): string {
  const base = specifier.startsWith('.') ? resolve(dirname(from), specifier) : join(modules, specifier);
  const plain = base.replace(/\.m?js$/, '');
  return [`${plain}.d.ts`, `${plain}.d.mts`, `${plain}/index.d.ts`].find((one) => existsSync(one)) ?? `${plain}.d.ts`;
}

function declarationsAt(path: string): Declarations {
  const known = read.get(path);
  if (known) return known;
  const body = parseSync(path, readFileSync(path, 'utf8')).program.body as unknown as readonly Node[];
  const types = new Map<string, Node>();
  const imports = new Map<string, { readonly from: string; readonly name: string }>();
  const exports = new Map<string, string>();
  for (const one of body) collect(one, types, imports, exports);
  const found = { path, types, imports, exports };
  read.set(path, found);
  return found;
}

function collect(
  one: Node,
  types: Map<string, Node>,
  imports: Map<string, { readonly from: string; readonly name: string }>,
  exports: Map<string, string>,
): void {
  if (one.type === 'ImportDeclaration')
    for (const each of one['specifiers'] as readonly Node[])
      imports.set(keyOf(each['local'] as Node), {
        from: String((one['source'] as Node)['value']),
        name: keyOf((each['imported'] ?? each['local']) as Node),
      });
  if (one.type === 'TSInterfaceDeclaration') types.set(keyOf(one['id'] as Node), one['body'] as Node);
  if (one.type === 'TSTypeAliasDeclaration') types.set(keyOf(one['id'] as Node), one['typeAnnotation'] as Node);
  if (one.type !== 'ExportNamedDeclaration') return;
  if (one['declaration']) collect(one['declaration'] as Node, types, imports, exports);
  for (const each of (one['specifiers'] ?? []) as readonly Node[])
    exports.set(keyOf(each['exported'] as Node), keyOf(each['local'] as Node));
}
