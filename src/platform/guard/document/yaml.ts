// YAML files of the engine and of its tools (settings, a kubeconfig): one document of plain values, without aliases, tags and keys that are given twice
// or reach a prototype. Manifests have a reader of their own, which knows where each value stands (model/manifest/yaml).
import { isAlias, isMap, isScalar, isSeq, Lexer, type Node, parseDocument, type YAMLMap } from 'yaml';
import { hasControls, isPlainTag, isRefusedKey } from '../../../base/plain-document.ts';
import type { DocumentLimits } from './json.ts';

/** The value; nothing at all is `null`. Throws an `Error` that says what is wrong, for whoever knows the file's name. */
export function parseYaml(text: string, limits: DocumentLimits): unknown {
  if (text.length > limits.size) throw new Error(`it is larger than ${limits.size} characters`);
  if (hasControls(text)) throw new Error('it holds control characters');
  let tokens = 0;
  // Putting a document together costs ten times what counting its tokens does.
  for (const _ of new Lexer().lex(text))
    if (++tokens > limits.values) throw new Error(`it holds more than ${limits.values} words and signs`);
  // The library compares every key with every other; `refuse` looks for those that are given twice in linear time.
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true, uniqueKeys: false });
  const [broken] = [...document.errors, ...document.warnings];
  if (broken) throw new Error(broken.message.split('\n')[0] ?? 'it is not YAML');
  refuse(document.contents, limits.depth);
  return document.toJS({ maxAliasCount: 0 });
}

function refuse(node: Node | null, deeper: number): void {
  if (isAlias(node)) throw new Error(`it has the alias *${node.source}; aliases are not read here`);
  if (node === null) return;
  if (!isPlainTag(node.tag)) throw new Error(`it has the tag ${node.tag}; plain YAML is read here`);
  if (deeper === 0 && !isScalar(node)) throw new Error('it is nested too deeply');
  if (isSeq(node)) for (const item of node.items) refuse(item as Node | null, deeper - 1);
  if (isMap(node)) refuseKeys(node, deeper);
}

function refuseKeys({ items }: YAMLMap, deeper: number): void {
  const seen = new Set<string>();
  for (const { key: node, value } of items) {
    const key = isScalar(node) ? String(node.value) : '';
    if (isRefusedKey(key)) throw new Error(`it has the key ${JSON.stringify(key)}, which is refused`);
    if (seen.has(key)) throw new Error(`it gives the key ${JSON.stringify(key)} twice`);
    seen.add(key);
    refuse(value as Node | null, deeper - 1);
  }
}
