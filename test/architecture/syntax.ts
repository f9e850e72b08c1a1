// Reads a syntax tree: which globals a file touches and which forbidden forms it uses, with names that the file binds itself left out.
import { visitorKeys } from 'oxc-parser';

export interface Use {
  readonly what: string;
  readonly at: number;
}

export type Form = 'default export' | 'enum' | 'namespace' | 'decorator' | 'opaque import';

export interface FormUse extends Use {
  readonly what: Form;
}

export interface Syntax {
  readonly globals: readonly Use[];
  readonly forms: readonly FormUse[];
  /** Specifiers that no import statement shows: `import('x')`, also as a type, `import x = require('x')`, `new URL('x', import.meta.url)`. */
  readonly hidden: readonly (Use & { readonly typeOnly: boolean })[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

interface Place {
  readonly node: Node;
  readonly parent: Node | undefined;
  readonly key: string;
}

export function readSyntax(program: unknown): Syntax {
  const places = isNode(program) ? [...walk({ node: program, parent: undefined, key: '' })] : [];
  const bound = new Set(places.flatMap(({ node, parent, key }) => boundNames(node, parent, key)));
  return {
    globals: places.flatMap((place) => globalUse(place, bound)),
    forms: places.flatMap(({ node }) => formUse(node)),
    hidden: places.flatMap(({ node }) => hiddenSpecifier(node)),
  };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;
}

function* walk(place: Place): Generator<Place> {
  yield place;
  for (const key of visitorKeys[place.node.type] ?? []) {
    const child = place.node[key];
    for (const node of Array.isArray(child) ? child : [child]) if (isNode(node)) yield* walk({ node, parent: place.node, key });
  }
}

/** Names that this node binds for (part of) the file; scopes are ignored on purpose: a file that reuses a global's name means its own. */
function boundNames(node: Node, parent: Node | undefined, key: string): readonly string[] {
  if (node.type.startsWith('Import') && key === 'specifiers') return patternNames(node['local']);
  if (/^(?:Function|Class)(?:Declaration|Expression)$/.test(node.type)) return patternNames(node['id']);
  const slot = `${parent?.type} ${key}`;
  return /^VariableDeclarator id$|^CatchClause param$|Function\w* params$/.test(slot) ? patternNames(node) : [];
}

function patternNames(pattern: unknown): readonly string[] {
  if (!isNode(pattern)) return [];
  switch (pattern.type) {
    case 'Identifier':
      return [String(pattern['name'])];
    case 'ObjectPattern':
      return nodes(pattern['properties']).flatMap((property) => patternNames(property['value'] ?? property));
    case 'ArrayPattern':
      return nodes(pattern['elements']).flatMap(patternNames);
    case 'AssignmentPattern':
      return patternNames(pattern['left']);
    case 'RestElement':
      return patternNames(pattern['argument']);
    default:
      return [];
  }
}

function nodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

const expressionsInTypes = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'TSExportAssignment']);
const namedParts = new Set(['key', 'label', 'local', 'imported', 'exported']);

function globalUse({ node, parent, key }: Place, bound: ReadonlySet<string>): readonly Use[] {
  const path = staticPath(node);
  if (path === undefined || parent === undefined) return [];
  const [root = ''] = path.split('.');
  if (bound.has(root) || isNameOnly(node, parent, key)) return [];
  // The longest path is reported once: its parts are met again on the way down.
  if (parent.type === 'MemberExpression' && key === 'object' && staticPath(parent) !== undefined) return [];
  const what = applied(path.replace(/^globalThis\./, ''), node, parent, key);
  return what === undefined ? [] : [{ what, at: node.start }];
}

/** `process.env.HOME` for a chain of plain members, `process` for a plain name. */
function staticPath(node: Node): string | undefined {
  if (node.type === 'Identifier') return String(node['name']);
  if (node.type !== 'MemberExpression') return undefined;
  const object = isNode(node['object']) ? staticPath(node['object']) : undefined;
  const property = isNode(node['property']) ? node['property'] : undefined;
  if (object === undefined || property === undefined) return undefined;
  if (node['computed'] !== true) return `${object}.${String(property['name'])}`;
  return property.type === 'Literal' ? `${object}.${String(property['value'])}` : undefined;
}

/** An identifier that stands for no value here: a member's name, an object's key, a part of a type. */
function isNameOnly(node: Node, parent: Node, key: string): boolean {
  if (node.type !== 'Identifier') return false;
  if (parent.type === 'MemberExpression' && key === 'property') return parent['computed'] !== true;
  if (namedParts.has(key) && parent['computed'] !== true && parent['shorthand'] !== true) return true;
  return parent.type.startsWith('TS') && !expressionsInTypes.has(parent.type);
}

/** A date made from an argument, or compared against, depends on nothing; without one it reads the clock. */
function applied(path: string, node: Node, parent: Node, key: string): string | undefined {
  if (path !== 'Date') return path;
  if (parent.type === 'BinaryExpression' && parent['operator'] === 'instanceof' && parent['right'] === node) return undefined;
  if (key !== 'callee') return path;
  if (parent.type === 'NewExpression') return nodes(parent['arguments']).length === 0 ? 'new Date()' : undefined;
  return 'Date()';
}

const forms: Readonly<Record<string, Form>> = {
  ExportDefaultDeclaration: 'default export',
  TSExportAssignment: 'default export',
  TSEnumDeclaration: 'enum',
  TSModuleDeclaration: 'namespace',
  Decorator: 'decorator',
};

function formUse(node: Node): readonly FormUse[] {
  if (node.type === 'ExportSpecifier' && isNode(node['exported']) && node['exported']['name'] === 'default')
    return [{ what: 'default export', at: node.start }];
  if (node.type === 'ImportExpression' && literal(node['source']) === undefined) return [{ what: 'opaque import', at: node.start }];
  const what = forms[node.type];
  return what === undefined ? [] : [{ what, at: node.start }];
}

function hiddenSpecifier(node: Node): readonly (Use & { readonly typeOnly: boolean })[] {
  const source = hiddenSource(node);
  const what = literal(source);
  if (what === undefined) return [];
  return [{ what, at: node.start, typeOnly: node.type === 'TSImportType' }];
}

function hiddenSource(node: Node): unknown {
  if (node.type === 'ImportExpression' || node.type === 'TSImportType') return node['source'];
  if (node.type === 'TSExternalModuleReference') return node['expression'];
  if (node.type !== 'NewExpression' || !isNode(node['callee']) || node['callee']['name'] !== 'URL') return undefined;
  const [source, base] = nodes(node['arguments']);
  const relativeToModule = base !== undefined && isNode(base['object']) && base['object'].type === 'MetaProperty';
  return relativeToModule && literal(source)?.endsWith('.ts') === true ? source : undefined;
}

function literal(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  const [quasi] = nodes(node['quasis']);
  if (node.type !== 'TemplateLiteral' || nodes(node['expressions']).length > 0 || quasi === undefined) return undefined;
  const value = quasi['value'];
  return typeof value === 'object' && value !== null && 'cooked' in value ? String(value.cooked) : undefined;
}
