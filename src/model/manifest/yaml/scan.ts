// First walk over a YAML document, linear in its size: depth, duplicate and dangerous keys, and what each alias stands for.
import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { isPlainTag, isRefusedKey } from '../../../base/plain-document.ts';
import type { Path } from '../finding.ts';
import { manifestLimits } from './limits.ts';
import { Unreadable } from './unreadable.ts';

export interface ScanFinding {
  readonly path: Path;
  readonly message: string;
  readonly offset: number;
}

export interface Scan {
  readonly findings: readonly ScanFinding[];
  /** The library looks an alias up by walking the whole document each time; here it is done once for all. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

export const unknownTag = 'this tag is not supported, expected plain YAML without `!tags`';

export function scan(root: Node | null): Scan {
  const findings: ScanFinding[] = [];
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();

  const visit = (node: unknown, path: Path): void => {
    if (isAlias(node)) return visitAlias(node, path);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    const offset = node.range?.[0] ?? 0;
    if (!isPlainTag(node.tag)) findings.push({ path, message: unknownTag, offset });
    if (!isScalar(node)) visitInside(node, path, offset);
  };

  const visitInside = (node: YAMLMap | YAMLSeq, path: Path, offset: number): void => {
    if (path.length >= manifestLimits.depth) throw new Unreadable(`values are nested deeper than ${manifestLimits.depth} levels`, offset);
    if (isMap(node)) visitMap(node, path);
    else for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
  };

  const visitAlias = (alias: Alias, path: Path): void => {
    const target = anchors.get(alias.source);
    if (target !== undefined) targets.set(alias, target);
    else findings.push({ path, message: `no anchor "&${alias.source}" stands above this alias`, offset: alias.range?.[0] ?? 0 });
  };

  const visitMap = (map: YAMLMap, path: Path): void => {
    const seen = new Set<string>();
    for (const pair of map.items) {
      if (!isPair(pair)) continue;
      const key = keyOf(pair.key);
      const here = [...path, key.text];
      if (isRefusedKey(key.text)) findings.push({ path: here, message: 'this key is refused, choose another name', offset: key.offset });
      if (seen.has(key.text)) findings.push({ path: here, message: 'this key is given twice, keep one of them', offset: key.offset });
      seen.add(key.text);
      visit(pair.value, here);
    }
  };

  visit(root, []);
  return { findings, targets };
}

/** With `stringKeys` every key is a scalar; anything else was reported by the parser. */
export function keyOf(key: unknown): { readonly text: string; readonly offset: number } {
  if (!isScalar(key)) return { text: '', offset: 0 };
  return { text: typeof key.value === 'string' ? key.value : '', offset: key.range?.[0] ?? 0 };
}
