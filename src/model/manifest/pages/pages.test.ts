// What we write for people and editors says the same as the schema: every key explained, every example accepted.
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseManifest } from '../parse.ts';
import { resolveManifest } from '../resolve.ts';
import { applicationNameFrom, exampleManifest, starterManifest } from './example.ts';
import { flowText } from './flow-text.ts';
import { manifestJsonSchema } from './json-schema.ts';
import { type KeyNode, keyTree, mappingsAt } from './key-tree.ts';
import { manifestReference } from './reference.ts';

function everyKey(mapping: KeyNode): readonly { readonly mapping: string; readonly key: string; readonly node: KeyNode }[] {
  return Object.entries(mapping.properties ?? {}).flatMap(([key, node]) => [
    { mapping: mapping.title ?? '', key, node },
    ...mappingsAt(node).flatMap(everyKey),
  ]);
}

const keys = everyKey(keyTree());

describe('the schema', () => {
  it('explains every key and says its type', () => {
    expect(keys.length).toBeGreaterThan(60);
    expect(keys.filter(({ node }) => node.description === undefined).map(({ mapping, key }) => `${mapping}.${key}`)).toEqual([]);
    expect(keys.filter(({ mapping }) => mapping === '')).toEqual([]);
    expect(keys.filter(({ node }) => node.expects === undefined).map(({ mapping, key }) => `${mapping}.${key}`)).toEqual(
      ['Environment.services'].slice(1),
    );
  });

  it('has defaults that it accepts itself', () => {
    const text =
      'application: shop\nservices: { a: { build: x, port: 1, liveness: {}, routes: [{}], strategy: { kind: canary, analysis: { errors: { worse_by: 1% } } } } }\n';
    expect(() => parseManifest(text, 'code.yaml')).not.toThrow();
  });
});

describe('the example', () => {
  const text = exampleManifest();

  it('is a manifest that holds for all of its environments', () => {
    const manifest = parseManifest(text, 'example.yaml');
    for (const environment of Object.keys(manifest.environments))
      expect(resolveManifest(manifest, { environment, defaultRuntime: 'process' }).services).toHaveLength(5);
  });

  it('has every key, explained once', () => {
    const comments = text.split('\n').flatMap((line) => /^\s*(?:- )?(\w+):.*? {2}# (.+)$/.exec(line)?.slice(1, 3).join(': ') ?? []);
    const expected = new Map(keys.map(({ mapping, key, node }) => [`${mapping}.${key}`, `${key}: ${node.description}`]));
    expect([...comments].sort()).toEqual([...expected.values()].sort());
  });
});

describe('the reference page', () => {
  const page = manifestReference();

  it('has a row for every key', () => {
    for (const { key, node } of keys)
      expect(page).toMatch(
        new RegExp(`^\\| \`${key}\` \\|.*\\| ${(node.description ?? '?').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)} \\|`, 'm'),
      );
  });

  it('links only to sections that it has', () => {
    const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) =>
      (title ?? '')
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, link] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(link);
  });
});

describe('the JSON Schema', () => {
  // Ajv comes with fastify; editors use validators like it.
  const { default: Ajv } = createRequire(createRequire(import.meta.url).resolve('fastify'))('ajv/dist/2020.js') as {
    readonly default: new (options: object) => { compile(schema: object): (value: unknown) => boolean };
  };
  const validate = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(manifestJsonSchema());
  const accepts = (text: string) => validate(parse(text));

  it('accepts the example, and x- keys anywhere', () => {
    expect(accepts(exampleManifest())).toBe(true);
    expect(accepts('x-a: 1\napplication: shop\nservices: { x-b: 2, api: { build: x, x-c: [3] } }\n')).toBe(true);
  });

  it.each([
    ['an unknown key', 'application: shop\nservices: { api: { build: x, replica: 1 } }'],
    [
      'an unknown key of an overlay',
      'application: shop\nservices: { api: { build: x } }\nenvironments: { a: { services: { api: { replica: 1 } } } }',
    ],
    ['two sources', 'application: shop\nservices: { api: { build: x, image: y } }'],
    ['no source', 'application: shop\nservices: { api: {} }'],
    ['no application', 'services: { api: { build: x } }'],
    ['a bad name', 'application: shop\nservices: { Api: { build: x } }'],
    ['a bad duration', 'application: shop\nservices: { api: { build: x, probe: { interval: 1 } } }'],
    ['a bad strategy', 'application: shop\nservices: { api: { build: x, strategy: canery } }'],
  ])('refuses %s', (_, text) => {
    expect(accepts(text)).toBe(false);
  });

  it('takes parts of a service, null and a strategy without its kind in overlays', () => {
    const overlay = '{ replicas: 1, scale: null, env: { A: null }, strategy: { bake: 1s }, probe: { fails: 2 } }';
    expect(accepts(`application: shop\nservices: { api: { build: x } }\nenvironments: { a: { services: { api: ${overlay} } }, b: }`)).toBe(
      true,
    );
  });

  it('carries no words of our own vocabulary', () => {
    expect(JSON.stringify(manifestJsonSchema())).not.toMatch(/"(?:expects|usually|overlay|example)":/);
  });
});

describe('a manifest to start from', () => {
  it('parses, whatever the command', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 0, maxLength: 12 })
      .filter((text) => !text.includes('\0') && !text.includes('\uFFFD') && text.isWellFormed());
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        (command, port) => {
          const text = starterManifest({ application: 'shop', command, ...(port !== undefined && { port }) });
          const [service] = resolveManifest(parseManifest(text, 'code.yaml'), { defaultRuntime: 'process' }).services;
          expect(service?.source).toEqual({ kind: 'run', command, directory: '.' });
          expect(service?.port).toBe(port);
          expect(service?.routes).toHaveLength(port === undefined ? 0 : 1);
        },
      ),
    );
  });

  it('gets a valid name from any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(applicationNameFrom(text)).toMatch(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
      }),
    );
    expect(applicationNameFrom('My Shop (2)')).toBe('my-shop-2');
    expect(applicationNameFrom('123')).toBe('app');
  });
});

it('writes values on one line that read back the same', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(parse(flowText(words))).toEqual(words);
    }),
  );
});
