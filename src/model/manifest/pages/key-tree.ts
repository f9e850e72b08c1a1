// The schema as a tree of keys that can be walked: what editors, the reference page and the example are made from.
import { z } from 'zod';
import { manifestSchema } from '../schema/manifest.ts';

/** A node of JSON Schema (2020-12) with what our schema says besides: `expects`, `example`, `usually`, `overlay`. */
export interface KeyNode {
  readonly title?: string;
  readonly description?: string;
  /** The type in words. */
  readonly expects?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  /** The default in words, where it depends on neighbours. */
  readonly usually?: string;
  /** Set where an environment changes a service. */
  readonly overlay?: true;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, KeyNode>>;
  readonly required?: readonly string[];
  readonly propertyNames?: { readonly pattern?: string };
  readonly additionalProperties?: KeyNode | false;
  readonly items?: KeyNode;
  readonly anyOf?: readonly KeyNode[];
  readonly oneOf?: readonly KeyNode[];
}

export function keyTree(): KeyNode {
  return z.toJSONSchema(manifestSchema, { io: 'input' }) as KeyNode;
}

/** The mappings that may stand at a node: itself, its alternatives, what its lists or free keys hold. */
export function mappingsAt(node: KeyNode): readonly KeyNode[] {
  if (node.properties !== undefined) return [node];
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  if (node.items !== undefined) inner.push(node.items);
  if (node.additionalProperties) inner.push(node.additionalProperties);
  return inner.flatMap(mappingsAt);
}
