// The JSON Schema for editors: the one schema, with free `x-` keys, the choice of a source, and overlays as parts of a service.
import { sourceKeys } from '../overlay.ts';
import { type KeyNode, keyTree } from './key-tree.ts';

type Json = Readonly<Record<string, unknown>>;

const freeKeys = { '^x-': {} };

/** JSON Schema, draft 2020-12. What only `codectl manifest check` can tell (needs, routes, sums) is not in it. */
export function manifestJsonSchema(): object {
  const tree = keyTree();
  const service = published(serviceOf(tree), {});
  const oneSource = { ...service, oneOf: sourceKeys.map((key) => ({ required: [key] })) };
  const schema = published(tree, partial(service));
  const properties = schema.properties as Json;
  const services = { ...(properties.services as Json), patternProperties: { ...freeKeys, [servicePattern(tree)]: oneSource } };
  return { ...schema, title: 'code.yaml', description: 'What should run.', properties: { ...properties, services } };
}

function serviceOf(tree: KeyNode): KeyNode {
  return tree.properties?.services?.additionalProperties || {};
}

function servicePattern(tree: KeyNode): string {
  return chosenKeys(tree.properties?.services ?? {});
}

/** A node without what only our own pages read. */
function published(node: KeyNode, overlay: Json): Json {
  if (node.overlay) return overlay;
  const {
    expects: _expects,
    usually: _usually,
    overlay: _overlay,
    example,
    properties,
    propertyNames,
    additionalProperties,
    ...rest
  } = node;
  return {
    ...rest,
    ...(example !== undefined && { examples: [example] }),
    ...(properties && { properties: mapValues(properties, (child) => published(child, overlay)) }),
    ...(additionalProperties !== undefined && {
      patternProperties: {
        ...freeKeys,
        ...(additionalProperties && { [chosenKeys({ propertyNames })]: published(additionalProperties, overlay) }),
      },
      additionalProperties: false,
    }),
    ...(node.items && { items: published(node.items, overlay) }),
    ...(node.anyOf && { anyOf: node.anyOf.map((child) => published(child, overlay)) }),
    ...(node.oneOf && { oneOf: node.oneOf.map((child) => published(child, overlay)) }),
  };
}

/** The form of keys that users choose; `x-` keys are free everywhere and must not count as such. */
function chosenKeys({ propertyNames }: Pick<KeyNode, 'propertyNames'>): string {
  return `^(?!x-)${(propertyNames?.pattern ?? '^').replace(/^\^/, '')}`;
}

/** The same with nothing required, no defaults, and null for "remove this"; lists replace, so their items stay whole. */
function partial(node: Json): Json {
  const { required: _required, default: _default, oneOf, anyOf, ...rest } = node;
  const alternatives = (oneOf ?? anyOf) as readonly Json[] | undefined;
  return {
    ...rest,
    ...(alternatives && { anyOf: alternatives.map(partial) }),
    ...(isJson(rest.properties) && { properties: mapValues(rest.properties, orNull) }),
    ...(isJson(rest.patternProperties) && { patternProperties: mapValues(rest.patternProperties, orNull) }),
  };
}

function orNull(node: unknown): Json {
  return isJson(node) && Object.keys(node).length > 0 ? { anyOf: [partial(node), { type: 'null' }] } : {};
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues<In, Out>(values: Readonly<Record<string, In>>, change: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
