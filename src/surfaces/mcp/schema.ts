// JSON Schemas as agents read them: an input without what they need not know before they err, an output that fits every detail.
import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function propertiesOf(schema: Json): Readonly<Record<string, Json>> {
  return isObject(schema['properties']) ? (schema['properties'] as Readonly<Record<string, Json>>) : {};
}

const told: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'anyOf',
  'description',
  'additionalProperties',
]);
/** The name of the member says the same. */
const obvious = /^(?:Name|Id) of the \w+$/;

/** Bounds and patterns are told by the error of whoever breaks them: every agent pays for each word here in every conversation. */
export function compact(schema: Json): Json {
  const choices = choicesOf(schema);
  if (choices) return { ...choices, ...describedBy(schema) };
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (!told.has(key) || (key === 'additionalProperties' && !(isObject(value) && Object.keys(value).length > 0))) return [];
    if (key === 'required' && Array.isArray(value) && value.length === 0) return [];
    if (key === 'description') return Object.entries(describedBy(schema));
    if (key === 'properties' && isObject(value)) return [[key, mapped(value, compact)]];
    return [[key, isObject(value) ? compact(value) : value]];
  });
  return Object.fromEntries(entries);
}

function describedBy({ description }: Json): Json {
  return typeof description === 'string' && !obvious.test(description) ? { description } : {};
}

/** Alternatives said shorter: words to choose from, or yes and no, which may also stand in a query. */
function choicesOf(schema: Json): Json | undefined {
  if (Array.isArray(schema['enum'])) return { enum: schema['enum'] };
  const alternatives = [schema['anyOf'], schema['oneOf']].find(Array.isArray);
  if (!alternatives) return undefined;
  if (alternatives.some((one) => isObject(one) && one['type'] === 'boolean')) return { type: 'boolean' };
  const words = alternatives.map((one) => (isObject(one) ? one['const'] : undefined));
  return words.every((one) => one !== undefined)
    ? { enum: words }
    : { anyOf: alternatives.map((one) => (isObject(one) ? compact(one) : one)) };
}

/** Nothing is required and more may come: an answer may be concise, cut, or kept to some fields. */
export function loose(schema: Json): Json {
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'required' || key === 'description' || (key === 'additionalProperties' && !isObject(value))) return [];
    if (key === 'properties' && isObject(value)) return [[key, mapped(value, loose)]];
    if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(value))
      return [['anyOf', value.map((one) => (isObject(one) ? loose(one) : one))]];
    return [[key, isObject(value) ? loose(value) : value]];
  });
  return Object.fromEntries(entries);
}

function mapped(members: Json, change: (schema: Json) => Json): Json {
  return Object.fromEntries(Object.entries(members).map(([name, one]) => [name, isObject(one) ? change(one) : one]));
}
