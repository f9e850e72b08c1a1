// Broken and hostile files: only a `CodeError` ever comes out, and each costs bounded work.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodeError } from '../../base/errors.ts';
import { exampleManifest } from './pages/example.ts';
import { parseManifest } from './parse.ts';
import { resolveManifest } from './resolve.ts';
import { scan } from './yaml/scan.ts';

function outcome(content: string | Uint8Array): CodeError | undefined {
  try {
    resolveManifest(parseManifest(content, 'code.yaml'), { environment: 'staging', defaultRuntime: 'process' });
    return undefined;
  } catch (error) {
    if (error instanceof CodeError) return error;
    throw error;
  }
}

const example = exampleManifest().replaceAll(/ {2,}#.*$/gm, '');
const lines = example.split('\n');

const snippets = fc.constantFrom(
  '&a ',
  '*a',
  '<<: *a',
  '? ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  ': ',
  '"',
  "'",
  '|',
  '>',
  '\t',
  '  ',
  '\n',
  '#',
  '!!binary ',
  '%YAML 1.1\n---\n',
  '---\n',
  '...\n',
  '\0',
  '\u{1F600}',
  '\uD800',
  '0x1f',
  '.inf',
  '~',
  '__proto__: 1',
);

describe('mutated manifests', () => {
  it('are read or refused, wherever text is put in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(example.length), snippets), { minLength: 1, maxLength: 4 }), (edits) => {
        outcome(edits.reduce((text, [at, snippet]) => text.slice(0, at) + snippet + text.slice(at), example));
      }),
      { numRuns: 300 },
    );
  });

  it('are read or refused, whatever lines go missing or trade places', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 1 }), fc.subarray(lines), (shuffled, thinned) => {
        outcome(shuffled.join('\n'));
        outcome(thinned.join('\n'));
      }),
      { numRuns: 100 },
    );
  });

  it('are read or refused, whatever a value is replaced with', () => {
    const value = fc.oneof(fc.string({ maxLength: 20 }), fc.double().map(String), fc.json({ maxDepth: 3 }), snippets);
    fc.assert(
      fc.property(fc.nat(lines.length - 1), value, (index, text) => {
        outcome(lines.map((line, each) => (each === index ? line.replace(/:.*$/, `: ${text}`) : line)).join('\n'));
      }),
      { numRuns: 300 },
    );
  });

  it('are read or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }), (bytes, text) => {
        outcome(bytes);
        outcome(text);
      }),
      { numRuns: 500 },
    );
  });

  it('tell where they are wrong: every problem has a place inside the file', () => {
    fc.assert(
      fc.property(fc.nat(example.length), snippets, (at, snippet) => {
        const text = example.slice(0, at) + snippet + example.slice(at);
        const problems = (outcome(text)?.details.problems ?? []) as readonly { line: number; column: number }[];
        for (const { line, column } of problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 100 },
    );
  });
});

const many = (count: number, text: (index: number) => string, separator = '\n') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);
const laughs = `x-a: &a [${many(10, () => '1', ',')}]\n${Array.from('bcdefgh', (name, index) => `x-${name}: &${name} [${many(10, () => `*${'abcdefgh'[index]}`, ',')}]`).join('\n')}`;

describe('hostile manifests', () => {
  it.each([
    ['a billion laughs', `${laughs}\napplication: *h`, 'holds more than 50000 values once aliases are followed'],
    [
      'laughs by merge keys',
      `x-a: &a { k: [${many(200, (index) => `${index}`, ',')}] }
services: [${many(400, () => '{ <<: *a }', ',')}]`,
      '50000 values',
    ],
    ['a hundred thousand brackets', '['.repeat(100_000), 'nested deeper than 20 levels'],
    ['seventy thousand dashes', '- '.repeat(70_000), 'nested deeper than 20 levels'],
    ['seventy thousand question marks', '? '.repeat(70_000), 'nested deeper than 20 levels'],
    [
      'fifty thousand values by a few aliases',
      `application: a\nx-a: &a [${'1,'.repeat(1_000)}]\nx-b: &b [${'*a ,'.repeat(60)}]\nservices: *b`,
      '50000 values',
    ],
    [
      'a thousand services',
      `application: a\nservices:\n${many(1_000, (index) => `  s${index}: { build: x }`)}`,
      'expected 1 to 250 services',
    ],
    [
      'a thousand environments',
      `application: a\nservices: { a: { build: x } }\nenvironments:\n${many(1000, (index) => `  e${index}: { services: { a: { replicas: 1 } } }`)}`,
      'expected at most 50 environments',
    ],
    [
      'a tangle of needs',
      `application: a\nservices:\n${many(250, (index) => `  s${index}: { build: x, needs: [${many(100, (other) => `s${(index + other) % 250}`, ', ')}] }`)}`,
      'in a circle',
    ],
    [
      'a name made to be slow',
      `application: a\nservices: { a: { build: x, port: 1, routes: [{ host: ${'a-'.repeat(100_000)} }] } }`,
      'expected a host name',
    ],
    ...['api.production.shop.internal', 'internal', '127.8.9.10'].map((own) => [
      `a route at ${own}, which would take the requests that services of another application send each other`,
      `application: a\nservices: { a: { build: x, port: 1, routes: [{ host: ${own} }] } }`,
      `"${own}" is for the gateway, which names services so among themselves; choose another host`,
    ]),
    ['a list of nothing but commas', `a: [${'x,'.repeat(100_000)}]`, 'holds more than 150000 words and signs of YAML'],
    ['keys in keys', '? '.repeat(120_000), 'holds more than 150000 words and signs of YAML'],
    [
      'a duration made to be slow',
      `application: a\nservices: { a: { build: x, stop: { drain: ${'1s'.repeat(100_000)}! } } }`,
      'expected a duration',
    ],
  ])('%s', (_, text, words) => {
    expect(outcome(text)?.message).toContain(words);
  });

  it('leave no mark on the prototype of objects', () => {
    outcome('__proto__: { polluted: 1 }\nx-a: { __proto__: { polluted: 1 } }\nconstructor: { prototype: { polluted: 1 } }');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('leave room for the largest manifest that has a meaning', () => {
    const service = `      run: { command: [node, server.js, --port, $PORT], directory: ./api }
      port: 8080
      replicas: 3
      probe: { path: /healthz, interval: 1s, timeout: 2s, passes: 2, fails: 3, deadline: 60s }
      env: { LOG_LEVEL: info, ONE: "1", TWO: "2", THREE: "3", FOUR: "4", FIVE: "5", SIX: "6", SEVEN: "7" }
      resources: { cpu: 0.5, memory: 256Mi }
      stop: { drain: 30s, grace: 10s }
      scale: { min: 2, max: 10, targets: { cpu: 70%, requests_per_second: 200 } }
      strategy: { kind: canary, steps: [1%, 5%, 20%, 50%, 100%], analysis: { errors: { worse_by: 1% }, confidence: 99%, at_most: 15m } }`;
    const services = many(250, (index) => `  s${index}:\n${service.replaceAll('      ', '    ')}`);
    const text = `application: a\nenvironments: { staging: {} }\nservices:\n${services}`;
    expect(text.length).toBeGreaterThan(150_000);
    expect(outcome(text)).toBeUndefined();
  });

  it('may be nothing at all', () => {
    expect(scan(null)).toMatchObject({ findings: [] });
  });
});
