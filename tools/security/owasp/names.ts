// The names of all tests, as they stand in the files: what `it` and `test` are called with, also by `.each` and its like.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, visitorKeys } from 'oxc-parser';

const root = join(import.meta.dirname, '..', '..', '..');

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** File, from the root → names in it. */
export function testNames(): ReadonlyMap<string, ReadonlySet<string>> {
  const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root });
  return new Map(files.map((file) => [file.replaceAll('\\', '/'), namesIn(readFileSync(join(root, file), 'utf8'))]));
}

export function namesIn(source: string): ReadonlySet<string> {
  const { program } = parseSync('a.test.ts', source);
  return new Set([...walk(program as unknown as Node)].flatMap(nameOf));
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const key of visitorKeys[node.type] ?? []) {
    const inside = node[key];
    for (const one of Array.isArray(inside) ? inside : [inside]) if (isNode(one)) yield* walk(one);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function nameOf({ type, callee, arguments: given }: Node): readonly string[] {
  if (type !== 'CallExpression' || !isNode(callee) || !['it', 'test'].includes(rootOf(callee)) || !Array.isArray(given)) return [];
  const [first] = given as readonly unknown[];
  return isNode(first) && first.type === 'Literal' && typeof first['value'] === 'string' ? [first['value']] : [];
}

/** `it`, of `it.each(table)` and `it.skipIf(x).each(table)` too. */
function rootOf(callee: Node): string {
  const inner = callee['object'] ?? callee['callee'] ?? callee['tag'];
  if (isNode(inner)) return rootOf(inner);
  return typeof callee['name'] === 'string' ? callee['name'] : '';
}
