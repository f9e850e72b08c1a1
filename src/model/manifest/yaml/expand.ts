// Second walk over a YAML document: plain values, aliases followed within a budget, `x-` keys left out, and the place of each value.
import { type Alias, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { isRefusedKey } from '../../../base/plain-document.ts';
import type { Path } from '../finding.ts';
import { manifestLimits } from './limits.ts';
import { keyOf, type ScanFinding } from './scan.ts';
import { Unreadable } from './unreadable.ts';

/** A value with where it and its key begin in the text. */
export interface Place {
  readonly value: unknown;
  readonly offset: number;
  readonly keyOffset: number;
  readonly children: ReadonlyMap<string | number, Place>;
}

type Children = Map<string | number, Place>;
const noChildren: ReadonlyMap<string | number, Place> = new Map();

export function expand(root: Node | null, targets: ReadonlyMap<Alias, Node>): { readonly place: Place; readonly findings: ScanFinding[] } {
  const findings: ScanFinding[] = [];
  let values = 0;

  const visit = (node: unknown, path: Path, keyOffset: number): Place => {
    const real = isAlias(node) ? targets.get(node) : node;
    const offset = offsetOf(real) ?? keyOffset;
    values += 1;
    if (values > manifestLimits.values)
      throw new Unreadable(`holds more than ${manifestLimits.values} values once aliases are followed`, offsetOf(node) ?? offset);
    if (path.length > manifestLimits.depth) throw new Unreadable(`values are nested deeper than ${manifestLimits.depth} levels`, offset);
    if (isMap(real)) return mapping(visitMap(real, path), offset, keyOffset);
    if (isSeq(real)) return list(visitSeq(real, path, keyOffset), offset, keyOffset);
    return { value: isScalar(real) ? scalar(real, path, offset) : null, offset, keyOffset, children: noChildren };
  };

  const visitMap = (map: YAMLMap, path: Path): Children => {
    const children: Children = new Map();
    const merged: Place[] = [];
    for (const pair of map.items) {
      if (!isPair(pair)) continue;
      const { text, offset } = keyOf(pair.key);
      if (text.startsWith('x-') || isRefusedKey(text)) continue;
      const place = visit(pair.value, [...path, text], offset);
      if (text === '<<') merged.push(place);
      else children.set(text, place);
    }
    for (const place of merged) mergeInto(children, place, path);
    return children;
  };

  // `<<: *defaults` as Compose files use it: keys of the mapping itself win, earlier mappings of a list win over later ones.
  const mergeInto = (children: Children, source: Place, path: Path): void => {
    if (Array.isArray(source.value)) {
      for (const item of source.children.values()) mergeInto(children, item, path);
      return;
    }
    if (source.value === null || typeof source.value !== 'object')
      findings.push({ path: [...path, '<<'], message: 'expected a mapping or a list of mappings to merge', offset: source.keyOffset });
    for (const [key, place] of source.children) if (!children.has(key)) children.set(key, place);
  };

  const visitSeq = (seq: YAMLSeq, path: Path, keyOffset: number): Children =>
    new Map(seq.items.map((item, index) => [index, visit(item, [...path, index], offsetOf(item) ?? keyOffset)]));

  const scalar = (node: Scalar, path: Path, offset: number): unknown => {
    const value = isText(path) && node.value !== null && typeof node.value !== 'string' ? (node.source ?? '') : node.value;
    if (typeof value === 'string' && value.includes('\0'))
      findings.push({ path, message: 'contains a NUL character, expected text', offset });
    // Of a tag such as `!!binary`, which `scan` has told of.
    return typeof value === 'object' ? null : value;
  };

  return { place: visit(root, [], 0), findings };
}

// An environment variable or an argument is text: `1.10` must not become 1.1, nor a long id lose its last digits.
function isText(path: Path): boolean {
  const parent = path.at(-2);
  return parent === 'env' || parent === 'command';
}

function mapping(children: Children, offset: number, keyOffset: number): Place {
  const value = Object.fromEntries([...children].map(([key, child]) => [key, child.value]));
  return { value, offset, keyOffset, children };
}

function list(children: Children, offset: number, keyOffset: number): Place {
  return { value: [...children.values()].map((child) => child.value), offset, keyOffset, children };
}

/** `undefined` for nothing at all (`key:`), which has no place of its own. */
function offsetOf(node: unknown): number | undefined {
  if (isScalar(node) && node.source === '' && node.value === null) return undefined;
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
