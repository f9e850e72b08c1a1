// The manifests that we write for people: a commented example with every key, and a small one to start from.
import { isMapping } from '../overlay.ts';
import { exampleValues } from './example-values.ts';
import { flowText } from './flow-text.ts';
import { type KeyNode, keyTree, mappingsAt } from './key-tree.ts';

const commentColumn = 44;

/** Every key once, with its meaning beside its first use. */
export function exampleManifest(): string {
  const said = new Set<string>();
  const lines = mappingLines(exampleValues, keyTree(), 0, said);
  return `# Every key of the manifest. \`codectl manifest check\` tells what is wrong with yours.\n${lines.join('\n')}\n`;
}

export interface StarterOptions {
  readonly application: string;
  readonly command: readonly string[];
  /** Absent for a worker. */
  readonly port?: number;
}

/** The least that deploys: one service from the current directory, routed when it has a port. */
export function starterManifest({ application, command, port }: StarterOptions): string {
  return [
    '# What should run. `codectl manifest example` shows every key.',
    `application: ${flowText(application)}`,
    'services:',
    `  ${port === undefined ? 'worker' : 'web'}:`,
    `    run: { command: ${flowText(command)} }`,
    ...(port === undefined ? [] : [`    port: ${port}`, `    routes: [{ host: ${application}.localhost, path: / }]`]),
    '',
  ].join('\n');
}

/** A valid application name made from any text, such as a directory's name. */
export function applicationNameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name === '' ? 'app' : name;
}

function mappingLines(values: object, node: KeyNode, depth: number, said: Set<string>): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const child = childOf(node, key);
    const indent = '  '.repeat(depth);
    const comment = firstComment(node, key, child, said);
    if (isMapping(value))
      return [commented(`${indent}${key}:`, comment), ...mappingLines(value, mappingFor(child, value), depth + 1, said)];
    if (Array.isArray(value) && value.some(isMapping))
      return [commented(`${indent}${key}:`, comment), ...value.flatMap((item) => itemLines(item, child, depth + 1, said))];
    return [commented(`${indent}${key}: ${flowText(value)}`, comment)];
  });
}

/** A list's item: its first key stands behind the dash. */
function itemLines(item: unknown, node: KeyNode, depth: number, said: Set<string>): string[] {
  if (!isMapping(item)) return [`${'  '.repeat(depth)}- ${flowText(item)}`];
  const [first = '', ...rest] = mappingLines(item, mappingFor(node, item), depth + 1, said);
  const indent = '  '.repeat(depth);
  return [first.replace(`${indent}  `, `${indent}- `), ...rest];
}

function firstComment(node: KeyNode, key: string, child: KeyNode, said: Set<string>): string | undefined {
  const id = `${node.title}.${key}`;
  // Keys that the user chose have no meaning of their own.
  if (node.properties?.[key] === undefined || said.has(id)) return undefined;
  said.add(id);
  return child.description;
}

function commented(line: string, comment: string | undefined): string {
  return comment === undefined ? line : `${line.padEnd(commentColumn - 2)}  # ${comment}`;
}

function childOf(node: KeyNode, key: string): KeyNode {
  return node.properties?.[key] ?? (node.additionalProperties || {});
}

/** Where several mappings may stand, the one of the value's kind. */
function mappingFor(node: KeyNode, value: object): KeyNode {
  if (node.additionalProperties) return node;
  const mappings = mappingsAt(node);
  const kind = 'kind' in value ? value.kind : undefined;
  return mappings.find(({ properties }) => properties?.kind?.const === kind) ?? mappings[0] ?? node;
}
