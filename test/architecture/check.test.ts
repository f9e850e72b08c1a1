// The checker itself: one violation of each kind is planted in a tree of its own, and the exact list is expected back.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkHouse } from './check.ts';
import { law } from './law.ts';

const grown: string[] = [];

afterEach(() => {
  for (const directory of grown.splice(0)) rmSync(directory, { recursive: true });
});

type Tree = Readonly<Record<string, string>>;

/** Plants files (path → text below a first comment; a text that begins with `!` is taken as it is) and checks them. */
function check(tree: Tree) {
  const directory = mkdtempSync(join(tmpdir(), 'house-'));
  grown.push(directory);
  for (const [path, text] of Object.entries(tree)) {
    const file = join(directory, 'src', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text.startsWith('!') ? text.slice(1) : `// A planted file.\n${text}\n`);
  }
  mkdirSync(join(directory, 'src'), { recursive: true });
  return checkHouse(join(directory, 'src'), law);
}

const one = 'export const one = 1;';
const handIn = 'hand the value in, or declare a port or an interface where it is needed.';
const pure = (folder: string) => `but ${folder}/ depends on its arguments alone; hand the time, the randomness or the setting in.`;
const viaPlatform = 'call out through platform/, listen in gateway/ or surfaces/.';

interface Case {
  readonly rule: string;
  readonly tree: Tree;
  readonly says: readonly string[];
}

const arrows: readonly Case[] = [
  {
    rule: 'an arrow that points up',
    tree: { 'decide/a.ts': "import { one } from '../platform/b.ts';\nexport const two = one;", 'platform/b.ts': one },
    says: [`src/decide/a.ts:2 imports platform/b.ts, but decide/ may import model/, base/; ${handIn}`],
  },
  {
    rule: 'a type arrow between strangers of one floor',
    tree: { 'engine/a.ts': "import type { B } from '../access/b.ts';\nexport type A = B;", 'access/b.ts': 'export type B = 1;' },
    says: [`src/engine/a.ts:2 imports access/b.ts, but engine/ may import decide/, ports/, platform/, model/, base/; ${handIn}`],
  },
  {
    rule: 'an arrow inside a type expression',
    tree: { 'base/a.ts': "export type A = import('../model/b.ts').B;", 'model/b.ts': 'export type B = 1;' },
    says: [`src/base/a.ts:2 imports model/b.ts, but base/ may import nothing; ${handIn}`],
  },
  {
    rule: 'a dynamic arrow',
    tree: { 'gateway/a.ts': "export const load = () => import('../decide/b.ts');", 'decide/b.ts': one },
    says: [`src/gateway/a.ts:2 imports decide/b.ts, but gateway/ may import ports/, platform/, model/, base/; ${handIn}`],
  },
  {
    rule: 'an arrow to a worker by its URL',
    tree: { 'ports/a.ts': "export const where = new URL('../engine/b.ts', import.meta.url);", 'engine/b.ts': one },
    says: [`src/ports/a.ts:2 imports engine/b.ts, but ports/ may import model/, base/; ${handIn}`],
  },
  {
    rule: 'a re-exporting arrow',
    tree: { 'surfaces/http/a.ts': "export { one } from '../../engine/b.ts';", 'engine/b.ts': one },
    says: [`src/surfaces/http/a.ts:2 imports engine/b.ts, but surfaces/ may import operations/, platform/, model/, base/; ${handIn}`],
  },
  {
    rule: 'a sibling among the adapters',
    tree: { 'adapters/runtimes/docker/a.ts': "export { one } from '../process/b.ts';", 'adapters/runtimes/process/b.ts': one },
    says: [
      'src/adapters/runtimes/docker/a.ts:2 imports adapters/runtimes/process/b.ts, but inside adapters/ a file knows its own folder, one above and one below; move what they share one folder up.',
    ],
  },
  {
    rule: 'a folder two above',
    tree: { 'surfaces/cli/verbs/a.ts': "export { one } from '../../b.ts';", 'surfaces/b.ts': one },
    says: [
      'src/surfaces/cli/verbs/a.ts:2 imports surfaces/b.ts, but inside surfaces/ a file knows its own folder, one above and one below; move what they share one folder up.',
    ],
  },
  {
    rule: 'an unknown folder',
    tree: { 'utils/a.ts': one },
    says: ['src/utils/a.ts stands in utils/, which the law does not know; move it, or argue a new folder in docs/decisions/.'],
  },
  {
    rule: 'a file in no folder',
    tree: { 'a.ts': one },
    says: ['src/a.ts stands in no folder; move it into the folder whose sentence fits.'],
  },
  {
    rule: 'a missing target',
    tree: { 'base/a.ts': "export { one } from './gone.ts';" },
    says: ['src/base/a.ts:2 imports ./gone.ts, which does not exist; name a file, ending in .ts.'],
  },
  {
    rule: 'a target outside the tree',
    tree: { 'base/a.ts': "import '../../test/kit/b.ts';" },
    says: ['src/base/a.ts:2 imports ../../test/kit/b.ts from outside the source tree; move what it needs into a folder of the law.'],
  },
  {
    rule: 'an alias that hides a folder',
    tree: { 'base/a.ts': "import '#engine/b.ts';" },
    says: ['src/base/a.ts:2 imports #engine/b.ts, which hides its folder; import by a relative path that ends in .ts.'],
  },
  {
    rule: 'code that imports a test',
    tree: { 'base/a.ts': "export { one } from './b.test.ts';", 'base/b.test.ts': one },
    says: ['src/base/a.ts:2 imports the test base/b.test.ts; move what they share into a file of its own.'],
  },
  {
    rule: 'a circle, through types as well',
    tree: {
      'model/a.ts': "import { b } from './b.ts';\nexport const a = b;",
      'model/b.ts': "import type { C } from './c.ts';\nexport const b: C = 1;",
      'model/c.ts': "import type { a } from './a.ts';\nexport type C = typeof a;",
      'model/d.ts': "export { a } from './a.ts';",
    },
    says: [
      'src/model/a.ts imports itself in a circle: model/a.ts → model/b.ts → model/c.ts → model/a.ts; move what they share into a file below both.',
    ],
  },
];

const owners: readonly Case[] = [
  {
    rule: 'a process started outside platform/',
    tree: { 'main/a.ts': "import { spawn } from 'node:child_process';\nexport const start = spawn;" },
    says: [
      'src/main/a.ts:2 imports spawn of node:child_process, which belongs to platform/; start processes through a function of platform/process.',
    ],
  },
  {
    rule: 'a file written outside platform/, named without node:',
    tree: { 'engine/a.ts': "import { readFile, writeFile as save } from 'fs/promises';\nexport const both = [readFile, save];" },
    says: [
      'src/engine/a.ts:2 imports writeFile of node:fs/promises, which belongs to platform/; write through platform/files, which is atomic and names the disk that is full.',
    ],
  },
  {
    rule: 'the whole of node:fs',
    tree: { 'access/a.ts': "import * as fs from 'node:fs';\nimport files from 'node:fs';\nexport const both = [fs, files];" },
    says: [
      'src/access/a.ts:2 imports the whole module of node:fs, which belongs to platform/; write through platform/files, which is atomic and names the disk that is full.',
      'src/access/a.ts:3 imports the whole module of node:fs, which belongs to platform/; write through platform/files, which is atomic and names the disk that is full.',
    ],
  },
  {
    rule: 'an outbound connection outside platform/',
    tree: { 'surfaces/http/a.ts': "import { createServer, request } from 'node:https';\nexport const both = [createServer, request];" },
    says: [`src/surfaces/http/a.ts:2 imports request of node:https, which belongs to platform/, gateway/, surfaces/; ${viaPlatform}`],
  },
  {
    rule: 'node:http read as a whole',
    tree: { 'surfaces/http/a.ts': "import { createServer } from 'node:http';\nexport const server = createServer();" },
    says: [
      'src/surfaces/http/a.ts:2 imports createServer of node:http, which belongs to nobody; take it from platform/node-http.ts, which does not load undici along.',
    ],
  },
  {
    rule: 'a listening socket outside gateway/ and surfaces/',
    tree: {
      'platform/node-http.ts': 'export const createServer = () => 0;',
      'access/a.ts': "import { createServer } from '../platform/node-http.ts';\nexport const server = createServer();",
    },
    says: [
      `src/access/a.ts:2 imports createServer of ../platform/node-http.ts, which belongs to platform/, gateway/, surfaces/; ${viaPlatform}`,
    ],
  },
  {
    rule: 'a listening socket outside gateway/ and surfaces/',
    tree: { 'engine/a.ts': "import { createServer } from 'node:https';\nexport const listen = createServer;" },
    says: [`src/engine/a.ts:2 imports createServer of node:https, which belongs to platform/, gateway/, surfaces/; ${viaPlatform}`],
  },
  {
    rule: 'fetch outside platform/, also through globalThis',
    tree: { 'experts/a.ts': "export const a = () => fetch('http://x');\nexport const b = globalThis.fetch;" },
    says: [
      'src/experts/a.ts:2 uses fetch, which belongs to platform/; call out through platform/.',
      'src/experts/a.ts:3 uses fetch, which belongs to platform/; call out through platform/.',
    ],
  },
  {
    rule: 'the database outside its adapter',
    tree: { 'adapters/store/a.ts': "import { DatabaseSync } from 'node:sqlite';\nexport const open = DatabaseSync;" },
    says: [
      'src/adapters/store/a.ts:2 imports DatabaseSync of node:sqlite, which belongs to adapters/store/sqlite/; speak to ports/store.ts.',
    ],
  },
  {
    rule: 'a module loaded behind the checker',
    tree: {
      'main/a.ts':
        "import { createRequire } from 'node:module';\nexport const a = createRequire('.')('x');\nexport const b = process.getBuiltinModule('node:fs');\nexport const c = (name: string) => import(name);",
    },
    says: [
      'src/main/a.ts:2 imports createRequire of node:module, which belongs to nobody; use a literal import, which this test can read.',
      'src/main/a.ts:4 uses process.getBuiltinModule, which belongs to platform/node-http.ts; use a literal import, which this test can read.',
      'src/main/a.ts:5 has an opaque import; import a literal path, which this test can read.',
    ],
  },
  {
    rule: 'a clock, randomness, a timer or the environment in decide/',
    tree: {
      'decide/a.ts':
        "export const a = [Date.now(), new Date(), new Date(5), Date(), Math.random(), Math.max(1, 2)];\nexport const b = process.env['HOME'];\nexport const c = performance.now();\nsetTimeout(() => undefined, 1);\nexport const d = crypto.randomUUID();",
    },
    says: [
      ...['Date.now', 'Date()', 'Math.random', 'new Date()'].map((what) => `src/decide/a.ts:2 uses ${what}, ${pure('decide')}`),
      `src/decide/a.ts:3 uses process.env.HOME, ${pure('decide')}`,
      `src/decide/a.ts:4 uses performance.now, ${pure('decide')}`,
      `src/decide/a.ts:5 uses setTimeout, ${pure('decide')}`,
      `src/decide/a.ts:6 uses crypto.randomUUID, ${pure('decide')}`,
    ],
  },
  {
    rule: 'randomness or a clock that model/ imports',
    tree: {
      'model/a.ts':
        "import { createHash, randomUUID } from 'node:crypto';\nimport type { Clock } from '../base/clock.ts';\nimport { systemClock } from '../base/clock.ts';\nimport { hostname } from 'node:os';\nexport const a: Clock = systemClock;\nexport const b = [createHash, randomUUID, hostname];",
      'base/clock.ts': 'export type Clock = 1;\nexport const systemClock = 1;',
    },
    says: [
      `src/model/a.ts:2 imports randomUUID of node:crypto, ${pure('model')}`,
      `src/model/a.ts:4 imports systemClock of base/clock.ts, ${pure('model')}`,
      `src/model/a.ts:5 imports hostname of node:os, ${pure('model')}`,
    ],
  },
];

const lines = (count: number) => Array.from({ length: count }, (_, index) => `export const n${index} = ${index};`).join('\n');
const crowd = (count: number, folder = 'base') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/f${index}.ts`, one]));
const greedy = (count: number) => Array.from({ length: count }, (_, index) => `import './f${index}.ts';`).join('\n');

const forms: readonly Case[] = [
  {
    rule: 'default exports in both spellings',
    tree: { 'base/a.ts': 'const a = 1;\nexport default a;', 'base/b.ts': 'const b = 1;\nexport { b as default };' },
    says: ['a', 'b'].map((name) => `src/base/${name}.ts:3 has a default export; export it by its name.`),
  },
  {
    rule: 'an enum, a namespace, a decorator',
    tree: { 'base/a.ts': 'export enum A { B }\nexport namespace N { export const c = 1; }\n@sealed class K {}' },
    says: [
      'src/base/a.ts:2 has an enum; use a union of string literals.',
      'src/base/a.ts:3 has a namespace; use a file.',
      'src/base/a.ts:4 has a decorator; call a function.',
    ],
  },
  {
    rule: 'a re-exporting index.ts',
    tree: { 'base/index.ts': "export * from './a.ts';", 'base/a.ts': one },
    says: ['src/base/index.ts re-exports its neighbours; import each from the file that declares it.'],
  },
  {
    rule: 'a first line that says nothing',
    tree: { 'base/a.ts': `!${one}\n// Too late.\n` },
    says: ['src/base/a.ts:1 does not begin with a comment; say in one line what the file is for.'],
  },
  {
    rule: 'a file that is too long',
    tree: { 'base/a.ts': lines(299), 'base/b.ts': lines(300) },
    says: ['src/base/b.ts has 301 lines of at most 300; split it by noun.'],
  },
  {
    rule: 'a file that knows too many',
    tree: { ...crowd(9, 'platform'), 'platform/g.ts': greedy(9), 'platform/h.ts': greedy(8) },
    says: ['src/platform/g.ts imports 9 of our files, at most 8; give it fewer reasons to change.'],
  },
  {
    rule: 'a crowded folder',
    tree: crowd(17),
    says: ['src/base/ holds 17 files of at most 16; split it by noun.'],
  },
  {
    rule: 'code that the check would not read',
    tree: { 'base/a.ts': one, 'base/b.mjs': one },
    says: ['src/base/b.mjs is code that this test does not read; write it as a .ts file.'],
  },
  {
    rule: 'a file that cannot be parsed',
    tree: { 'base/a.ts': 'export const = 1;' },
    says: ['src/base/a.ts cannot be parsed: Unexpected token; run tsc.'],
  },
  {
    rule: 'an empty tree',
    tree: {},
    says: ['src/ holds not one TypeScript file; check the path that the test is given.'],
  },
];

describe('the checker finds', () => {
  it.each([...arrows, ...owners, ...forms])('$rule', ({ tree, says }) => {
    expect(check(tree).violations).toEqual(says);
  });
});

describe('the checker lets pass', () => {
  const fine: Readonly<Record<string, Tree>> = {
    'arrows that the law grants, and a neighbour one above or below': {
      'main/cli.ts': "!#!/usr/bin/env node\n// The way in.\nimport '../surfaces/cli/run.ts';\nimport '../adapters/runtimes/define.ts';",
      'surfaces/cli/run.ts': "import { now } from '../shared.ts';\nimport './verbs/deploy.ts';\nexport const run = now;",
      'surfaces/cli/verbs/deploy.ts': one,
      'surfaces/shared.ts': 'export const now = () => Date.now();',
      'adapters/runtimes/define.ts': one,
    },
    'owners at work, readers, and types of what others own': {
      'platform/a.ts':
        "import { spawn } from 'node:child_process';\nimport { writeFile } from 'node:fs/promises';\nexport const all = [spawn, writeFile, fetch];",
      'gateway/b.ts': "import { connect, createServer } from 'node:net';\nexport const all = [connect, createServer];",
      'engine/c.ts':
        "import { readFile, type FileHandle } from 'node:fs/promises';\nimport type { IncomingMessage } from 'node:http';\nexport type A = FileHandle | IncomingMessage | typeof fetch;\nexport const read = readFile;",
      'adapters/store/sqlite/d.ts': "import { DatabaseSync } from 'node:sqlite';\nexport const open = DatabaseSync;",
    },
    'names that only look like globals': {
      'decide/a.ts':
        'export interface P { fetch(): void; process: string }\nexport const a = (process: P, Date: { now(): number }) => [process.process, Date.now()];\nexport const b = (p: P) => p.fetch();\nexport const c = { setTimeout: 1, performance: 2 };\nexport const d = (x: unknown): x is Error => x instanceof Error;',
    },
    'the world in tests, and lists in main/': {
      'decide/a.test.ts':
        "import '../../test/kit/poll.ts';\nimport { writeFileSync } from 'node:fs';\nexport const all = [writeFileSync, Date.now(), fetch];",
      ...crowd(9, 'platform'),
      'main/adapters.ts': greedy(9).replaceAll('./', '../platform/'),
    },
  };

  it.each(Object.entries(fine))('%s', (_, tree) => {
    const house = check(tree);
    expect(house.violations).toEqual([]);
    expect(house.files).toHaveLength(Object.keys(tree).length);
  });
});
