// How the schema speaks to people: every type says what it expects, gives an example and shows what it got instead.
import { z } from 'zod';
import { didYouMean, nearest } from '../../../base/nearest.ts';

interface Issue {
  readonly code?: string | undefined;
  readonly input?: unknown;
  readonly keys?: readonly string[];
}

/** For a schema's `error`: one sentence of expectation, example and what was there. */
export function says(expected: string, example: string): { readonly error: (issue: Issue) => string } {
  return { error: ({ input }) => sentence(expected, example, input) };
}

function sentence(expected: string, example: string, got: unknown): string {
  if (got === undefined) return `is missing, expected ${expected} such as \`${example}\``;
  return `expected ${expected} such as \`${example}\`, got ${shown(got)}`;
}

/** A value as people would name it, short and without control characters. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  if (typeof value !== 'string') return typeof value;
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** Text of one form that becomes something else: `read` returns `undefined` for what it refuses, `pattern` tells editors roughly the same. */
export function text<T>(expected: string, example: string, pattern: RegExp, read: (text: string) => T | undefined) {
  const words = says(expected, example);
  return z
    .string(words)
    .refine((given) => read(given) !== undefined, words)
    .meta({ pattern: pattern.source })
    .transform((given) => read(given) as T)
    .meta({ expects: expected, example });
}

/** Text of one form that stays as it is. */
export function word(expected: string, example: string, pattern: RegExp) {
  const words = says(expected, example);
  return z.string(words).regex(pattern, words).meta({ expects: expected, example });
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number, example: number) {
  const expected = `a whole number from ${min} to ${max}`;
  const words = says(expected, String(example));
  return z.int(words).min(min, words).max(max, words).meta({ expects: expected, example });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z
    .enum(words, { error: ({ input }) => oneOf(words, input) })
    .meta({ expects: words.map((each) => `\`${each}\``).join(' or '), example: words[0] });
}

export function oneOf(words: readonly string[], got: unknown): string {
  const expected = words.length === 1 ? `"${words[0]}"` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  if (got === undefined) return `is missing, expected ${expected}`;
  return `expected ${expected}, got ${shown(got)}${typeof got === 'string' ? didYouMean(got, words) : ''}`;
}

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.core.$ZodLooseShape>(title: string, example: string, shape: Shape) {
  const error = ({ code, input, keys }: Issue) =>
    code === 'unrecognized_keys' ? unknownKeys(keys ?? [], Object.keys(shape)) : sentence('a mapping', example, input);
  return z.strictObject(shape, { error }).meta({ expects: 'mapping', title });
}

/**
 * For a rule's `when`: report it even when a neighbour is wrong too, because people want to see all problems at once.
 * The rule then meets values that no schema has accepted, and must expect anything.
 */
export function isObject({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null;
}

/** A mapping whose keys are chosen by the user. */
export function named<Key extends z.core.$ZodRecordKey, Value extends z.core.$ZodType>(key: Key, value: Value, example: string) {
  return z.record(key, value, says('a mapping', example));
}

/** A list with at least `min` and at most `max` items. */
export function list<Item extends z.core.$ZodType>(item: Item, expected: string, example: string, min: number, max: number) {
  const words = says(expected, example);
  return z.array(item, words).min(min, words).max(max, words).meta({ expects: expected });
}

// What users of Compose, Kubernetes and Kamal write for the same thing.
const otherNames: Readonly<Record<string, string>> = {
  environment: 'env',
  healthcheck: 'probe',
  readiness: 'probe',
  depends_on: 'needs',
  command: 'run',
  cmd: 'run',
  ports: 'port',
  instances: 'replicas',
  count: 'replicas',
  autoscale: 'scale',
  constraints: 'placement',
  nodeSelector: 'placement',
  domains: 'routes',
  hosts: 'routes',
  hostname: 'host',
  name: 'application',
  app: 'application',
};

/** One line for each key: the library reports all unknown keys of a mapping as one issue with one message. */
function unknownKeys(given: readonly string[], known: readonly string[]): string {
  return given
    .map((key) => {
      const meant = nearest(key, known) ?? known.find((word) => word === otherNames[key]);
      return meant === undefined ? `unknown key, known here: ${known.join(', ')}` : `unknown key, did you mean "${meant}"?`;
    })
    .join('\n');
}
