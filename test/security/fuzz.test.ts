// The fuzzers over inputs that are always the same: they find nothing in the house, and what was planted in a copy of it they find and make short.
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { hunt } from '../../tools/fuzz/fuzzer.ts';
import { shrink } from '../../tools/fuzz/shrink.ts';
import type { Target } from '../../tools/fuzz/target.ts';
import type { Plant, Weakened } from '../../tools/security/assault/plants.ts';
import { weakened } from '../../tools/security/assault/plants.ts';

const root = join(import.meta.dirname, '../..');
const ran = (place: string, ...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(place, 'tools/fuzz/fuzz.ts'), '--seed', '1', ...args], { cwd: place }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    );
  });

describe('the fuzzers', () => {
  it.each([
    ['manifest', '150'],
    ['gateway', '150'],
    ['api', '150'],
    ['scenario', '60'],
    ['experiment', '60'],
    ['har', '100'],
    ['openapi', '100'],
    ['archive', '300'],
  ])('find nothing in the readers of this house: %s', async (target, rounds) => {
    const { code, said } = await ran(root, '--target', target, '--rounds', rounds);
    expect(said).toContain(`${target}: ${rounds} inputs from seed 1`);
    expect({ code, said }).toMatchObject({ code: 0 });
  });

  it('draw the same input for the same seed, and another for another', () => {
    const drawn = (seed: number) =>
      Array.from(
        { length: 20 },
        (
          (random) => () =>
            random.below(1_000_000)
        )(new Random(seed)),
      );
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
    expect(new Set(drawn(7)).size).toBeGreaterThan(15);
  });

  it('make what they found as short as it can be', async () => {
    expect(await shrink('aaaaXbbbbbbbYccc', async (text) => /X.*Y/.test(text))).toBe('XY');
    expect(await shrink('all of it', async (text) => text === 'all of it')).toBe('all of it');
  });

  it('do not tell what does not come again', async () => {
    let attempts = 0;
    const once: Target = {
      name: 'once',
      draw: () => 'x',
      attempt: async () => ((attempts += 1) === 3 ? 'wrong' : undefined),
      close: async () => undefined,
    };
    expect(await hunt(once, { from: 1, goOn: (tried) => tried < 10 })).toEqual({ tried: 10, finds: [] });
    const thrower: Target = { ...once, attempt: async () => Promise.reject(new TypeError('a defect')) };
    expect(await hunt(thrower, { from: 5, goOn: () => true })).toMatchObject({
      tried: 1,
      finds: [{ seed: 5, problem: 'TypeError: a defect', shortest: '' }],
    });
  });
});

const planted: readonly (readonly [string, Plant])[] = [
  [
    'manifest',
    {
      name: 'a word that is no duration is a defect',
      noticedBy: 'manifest',
      file: 'src/base/units.ts',
      before: 'if (!/^(?:\\d{1,9}(?:\\.\\d{1,6})?(?:ms|s|m|h|d))+$/.test(text)) return undefined;',
      after: "if (!/^(?:\\d{1,9}(?:\\.\\d{1,6})?(?:ms|s|m|h|d))+$/.test(text)) throw new TypeError('no duration');",
    },
  ],
  [
    'gateway',
    {
      name: 'two lengths are one too many to look at',
      noticedBy: 'gateway',
      file: 'src/gateway/http/request.ts',
      before: 'if (this.chunked && this.length !== -1)',
      after: 'if (this.chunked && this.length === -2)',
    },
  ],
  [
    'api',
    {
      name: 'JSON that is too deep is a defect',
      noticedBy: 'api',
      file: 'src/platform/guard/document/json.ts',
      before: 'if (shape.depth > limits.depth)',
      after: "if (shape.depth > limits.depth) throw new TypeError('too deep'); if (shape.depth < 0)",
    },
  ],
  [
    'openapi',
    {
      name: 'what is made of a description is not read back',
      noticedBy: 'openapi',
      file: 'src/decide/prove/scenario/openapi.ts',
      before: 'return problemWith({ data, flows: { one: { steps: [step] } } }) ?? { step, data };',
      after: 'return problemWith({ flows: {} }) === null ? path : { step, data };',
    },
  ],
  [
    'archive',
    {
      name: 'a path may lead out of the archive',
      noticedBy: 'archive',
      file: 'src/engine/supply/image/names.ts',
      before: "if (names.includes('..'))",
      after: "if (names.includes('...'))",
    },
  ],
  [
    'scenario',
    {
      name: 'a word that is no duration is a defect here, too',
      noticedBy: 'scenario',
      file: 'src/base/units.ts',
      before: 'if (!/^(?:\\d{1,9}(?:\\.\\d{1,6})?(?:ms|s|m|h|d))+$/.test(text)) return undefined;',
      after: "if (!/^(?:\\d{1,9}(?:\\.\\d{1,6})?(?:ms|s|m|h|d))+$/.test(text)) throw new TypeError('no duration');",
    },
  ],
];

describe('what was planted', () => {
  const copies: Weakened[] = [];
  afterAll(async () => {
    for (const one of copies) await one.close();
  });

  it.each(planted)('is found by the fuzzer: %s', async (target, plant) => {
    const copy = await weakened([plant]);
    copies.push(copy);
    const place = join(dirname(copy.program), '../..');
    for (const part of ['test/kit', 'test/gateway', 'test/supply', 'tools/fuzz', 'tools/security'])
      await cp(join(root, part), join(place, part), { recursive: true });
    const { code, said } = await ran(place, '--target', target, '--rounds', '5000');
    expect(said).toMatch(new RegExp(`found: ${target}: seed \\d+: `));
    expect(code).toBe(1);
  });
});
