// The reference page: one table for each mapping of the manifest, every cell from the schema.
import { manifestLimits } from '../yaml/limits.ts';
import { flowText } from './flow-text.ts';
import { type KeyNode, keyTree, mappingsAt } from './key-tree.ts';

interface Section {
  readonly title: string;
  readonly node: KeyNode;
  /** Where it is used: `services.NAME.probe`. */
  readonly paths: string[];
}

/** Markdown. */
export function manifestReference(): string {
  const sections = new Map<string, Section>();
  collect(keyTree(), '', sections);
  return `${intro}\n${[...sections.values()].map(sectionText).join('\n')}`;
}

function collect(mapping: KeyNode, path: string, sections: Map<string, Section>): void {
  const title = mapping.title ?? path;
  const known = sections.get(title);
  if (known !== undefined) {
    known.paths.push(path);
    return;
  }
  sections.set(title, { title, node: mapping, paths: path === '' ? [] : [path] });
  for (const [key, child] of Object.entries(mapping.properties ?? {}))
    for (const inner of mappingsAt(child)) if (!inner.overlay) collect(inner, pathTo(path, key, child), sections);
}

function pathTo(path: string, key: string, child: KeyNode): string {
  const step = `${path === '' ? '' : `${path}.`}${key}`;
  if (child.items !== undefined) return `${step}[]`;
  return child.additionalProperties ? `${step}.${key === 'latency' ? 'PERCENTILE' : 'NAME'}` : step;
}

function sectionText({ title, node, paths }: Section): string {
  const rows = Object.entries(node.properties ?? {}).map(([key, child]) => row(key, child, node.required?.includes(key) ?? false));
  const where = paths.length === 0 ? 'The whole file.' : `At ${paths.map((path) => `\`${path}\``).join(', ')}.`;
  return [
    `## ${title}`,
    '',
    where,
    '',
    '| Key | Type | Default | Meaning | Example |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function row(key: string, node: KeyNode, required: boolean): string {
  const example = node.example === undefined ? '' : `\`${flowText(node.example)}\``;
  const cells = [`\`${key}\``, typeText(node), defaultText(node, required), node.description ?? '', example];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function typeText(node: KeyNode): string {
  const titles = [...new Set(mappingsAt(node).flatMap(({ title, overlay }) => (title === undefined || overlay ? [] : [title])))];
  const links = titles.map(
    (title) =>
      `[${title}](#${title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-')})`,
  );
  if (links.length === 0) return node.expects ?? '';
  return node.expects === undefined || node.expects === 'mapping' ? links.join(', ') : `${node.expects}: ${links.join(', ')}`;
}

function defaultText(node: KeyNode, required: boolean): string {
  if (required) return 'required';
  if (node.usually !== undefined) return node.usually;
  return node.default === undefined ? '–' : `\`${flowText(node.default)}\``;
}

const intro = `# The manifest, \`code.yaml\`

<!-- Generated from the schema by tools/docs/reference.ts; change the schema, not this page. -->

What should run, in one YAML file. \`codectl manifest check\` names every problem with its line and column, \`codectl manifest example\` prints a
commented example, and \`codectl manifest schema\` prints the JSON Schema for editors:

\`\`\`yaml
# yaml-language-server: $schema=./manifest.schema.json
\`\`\`

- Unknown keys are errors. Keys that start with \`x-\` are free in every mapping: put notes and YAML anchors there. Aliases and \`<<\` merge keys work.
- Durations are written \`250ms\`, \`10s\`, \`1h30m\`; sizes \`256Mi\`, \`1.5G\`; shares \`5%\`.
- Values of \`env\` and words of \`command\` are text as written: \`1.10\` stays \`1.10\`.
- An environment says only what is different: mappings merge, lists and values replace, \`null\` removes a key. Another source (\`run\`, \`image\`,
  \`build\`) or another kind of strategy replaces the old one whole.
- A manifest has at most ${manifestLimits.size / 1024} KiB, ${manifestLimits.tokens} words and signs of YAML, and ${manifestLimits.depth} levels, is one YAML document and is saved as UTF-8.
`;
