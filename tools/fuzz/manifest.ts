// Manifests: drawn from the words of the schema, or damaged from the example. Whatever they are, they are read or refused in words, at little cost.
import { CodeError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import { exampleManifest } from '../../src/model/manifest/pages/example.ts';
import { manifestJsonSchema } from '../../src/model/manifest/pages/json-schema.ts';
import { parseManifest } from '../../src/model/manifest/parse.ts';
import { resolveManifest } from '../../src/model/manifest/resolve.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

const example = exampleManifest().replaceAll(/ {2,}#.*$/gm, '');
/** Every key that the schema knows. */
const keys = [...new Set([...JSON.stringify(manifestJsonSchema()).matchAll(/"([a-z_]{2,30})":\{/g)].map(([, key = '']) => key))];
const scalars = [
  '1',
  '0',
  '-1',
  '1e999',
  '0x1f',
  '.nan',
  '.inf',
  '~',
  'null',
  'true',
  'no',
  '""',
  '"\\u0000"',
  '10s',
  '1h30m',
  '99999999d',
  '5%',
  '100.1%',
  '256Mi',
  'api',
  'web',
  'node',
  '/healthz',
  '"*"',
  'shop.localhost',
  'http://a/b',
  '${PORT}',
  '{{release}}',
  'rolling',
  'canary',
  'blue-green',
  '2024-01-01',
  '* * * * *',
  '[]',
  '{}',
  '[1, 2]',
  '{ a: b }',
  '&a x',
  '*a',
  '!!str 1',
  '!x y',
  '|',
  '>-',
  '"\\x1b[2J"',
  '\u202e',
  '😀',
  '\ud800',
];
export const pieces = [
  ': ',
  '- ',
  '? ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  "'",
  '|',
  '>',
  '\t',
  '  ',
  '\n',
  '#',
  '&a ',
  '*a',
  '<<: *a',
  '!!binary ',
  '%YAML 1.1\n---\n',
  '---\n',
  '...\n',
  '\0',
  '\r',
  '\r\n',
  '\u2028',
  '\ufeff',
  '\u{1F600}',
  '\ud800',
  '__proto__: 1\n',
  'constructor: { prototype: 1 }\n',
  'x-note: 1\n',
  '${',
  '{{',
  ...scalars,
];

/** CPU time of this process, in milliseconds: what others do on the machine costs an input nothing. */
export const affordable = 5_000;

export function manifests(): Target {
  return { name: 'manifest', draw, attempt, close: async () => undefined };
}

function draw(random: Random): string {
  const text = random.chance(0.35) ? `application: shop\nservices:\n  api:\n${mapping(random, 4)}` : example;
  return mutated(text, random, pieces);
}

function mapping(random: Random, indent: number): string {
  const pad = ' '.repeat(indent);
  const line = () => {
    const key = random.pick(keys);
    if (indent < 16 && random.chance(0.3)) return `${pad}${key}:\n${mapping(random, indent + 2)}`;
    return `${pad}${random.chance(0.1) ? '- ' : ''}${key}: ${random.pick(scalars)}\n`;
  };
  return [line(), ...random.many(5, line)].join('');
}

async function attempt(text: string): Promise<string | undefined> {
  const before = process.cpuUsage();
  const problem = problemOf(text);
  const { user, system } = process.cpuUsage(before);
  const took = (user + system) / 1_000;
  return problem ?? (took > affordable ? `reading it took ${Math.round(took)} ms of CPU time` : undefined);
}

function problemOf(text: string): string | undefined {
  try {
    const manifest = parseManifest(text, 'code.yaml');
    const [environment] = Object.keys(manifest.environments);
    resolveManifest(manifest, { defaultRuntime: 'process', ...(environment !== undefined && { environment }) });
    return undefined;
  } catch (thrown) {
    // Anything else is a defect.
    if (!(thrown instanceof CodeError)) throw thrown;
    return placesOf(thrown, text.split(/\r\n|\r|\n/).length);
  }
}

/** Whoever is refused is told where, and the place is in the file. */
export function placesOf({ details, message }: CodeError, lines: number): string | undefined {
  const problems = (details['problems'] ?? []) as readonly { readonly line: number; readonly column: number }[];
  const lost = problems.find(({ line, column }) => !(line >= 1 && column >= 1 && line <= lines + 1));
  if (lost) return `a problem at ${lost.line}:${lost.column} of ${lines} lines`;
  return message.length > 2 ** 20 ? `a message of ${message.length} letters` : undefined;
}
