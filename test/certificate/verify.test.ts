// A certificate holds as it was written and in no other way: whatever byte is flipped, file added or word claimed is told by name.
import { appendFile, copyFile, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../src/base/digest.ts';
import { defaultReadiness } from '../../src/decide/certify/criteria/production.ts';
import { sourceExhibit, sourceFile } from '../../src/decide/certify/source.ts';
import type { Readiness1, Statement } from '../../src/model/readiness/certificate.ts';
import type { Envelope } from '../../src/proving/certificate/dsse.ts';
import { envelopeText, pae, publicPem, signed, trustedKey } from '../../src/proving/certificate/dsse.ts';
import { goodLoad, goodTrials, now, Workplace } from './kit.ts';

const day = 24 * 3_600_000;
let place: Workplace;
let text: string;

beforeAll(async () => {
  place = await Workplace.open();
  text = (await place.issue()).text;
});
afterAll(() => place[Symbol.asyncDispose]());

/** Puts everything back afterwards. */
async function changed<T>(file: string, change: () => Promise<unknown>, look: () => Promise<T>): Promise<T> {
  const before = await readFile(file);
  try {
    await change();
    return await look();
  } finally {
    await writeFile(file, before);
  }
}

const failures = async (verified = place.verify()) => (await verified).steps.filter(({ state }) => state === 'failed');

describe('a certificate', () => {
  it('holds, in eleven steps', async () => {
    const { word, steps } = await place.verify();
    expect(steps.filter(({ state }) => state === 'failed')).toEqual([]);
    expect([word, steps.map(({ number }) => number)]).toEqual(['valid', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]);
  });

  it('is not certified by what was not measured, and lists that first', async () => {
    const { statement } = await place.verify();
    expect(statement?.predicate).toMatchObject({ level: 'not_certified' });
    expect(statement?.predicate.risks[0]?.what).toContain('Nobody knows whether');
    const word = (id: string) => statement?.predicate.results.find((one) => one.id === id);
    expect(word('performance.latency.p95')).toMatchObject({ word: 'met' });
    expect(word('performance.throughput')).toMatchObject({ word: 'met' });
    expect(word('chaos.lost')).toMatchObject({ word: 'not_measured', because: 'it was left out' });
  });

  it('is the same, byte for byte, from the same evidence', async () => {
    await using other = await Workplace.open();
    const again = await other.issue();
    expect(canonicalJson(again.statement)).toBe(canonicalJson((await place.verify()).statement));
    expect(await readdir(other.evidence)).toEqual(await readdir(place.evidence));
  });

  it('does not hold with any byte flipped, and says what is wrong', async () => {
    const bytes = await readFile(place.file);
    const position = fc.integer({ min: 0, max: bytes.length - 1 });
    const ends = [
      0,
      1,
      2,
      12,
      bytes.length - 1,
      bytes.length - 2,
      bytes.length - 5,
      bytes.indexOf('"payloadType"') + 3,
      bytes.indexOf('"keyid"') + 12,
    ];
    await changed(
      place.file,
      async () => undefined,
      () =>
        fc.assert(
          fc.asyncProperty(position, fc.integer({ min: 0, max: 7 }), async (at, bit) => {
            const flipped = Buffer.from(bytes);
            flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
            await writeFile(place.file, flipped);
            const { word, steps } = await place.verify();
            expect(['tampered', 'unreadable', 'untrusted_key', 'inconsistent'], `byte ${at}, bit ${bit}`).toContain(word);
            expect(steps.find(({ state }) => state === 'failed')?.said).toMatch(/\w{4}/);
          }),
          { numRuns: 150, examples: ends.map((at) => [at, 0] as [number, number]) },
        ),
    );
  });

  it('does not hold with any byte of its evidence flipped, and names the file', async () => {
    for (const name of await readdir(place.evidence)) {
      const file = join(place.evidence, name);
      const bytes = await readFile(file);
      await changed(
        file,
        async () => undefined,
        () =>
          fc.assert(
            fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (at) => {
              const flipped = Buffer.from(bytes);
              flipped[at] = (flipped[at] ?? 0) ^ 1;
              await writeFile(file, flipped);
              expect(await failures()).toMatchObject([
                { name: 'evidence', word: 'tampered', said: expect.stringContaining(name) as string },
              ]);
            }),
            { numRuns: 12, examples: [[0], [bytes.length - 1]] },
          ),
      );
    }
  });

  it.each([
    ['longer', (file: string) => appendFile(file, ' ')],
    ['shorter', (file: string) => truncate(file, 10)],
    ['a link', async (file: string) => rename(file, `${place.directory}/aside`).then(() => symlink(`${place.directory}/aside`, file))],
    ['gone', (file: string) => rename(file, `${place.directory}/aside`)],
    ['a directory', (file: string) => rename(file, `${place.directory}/aside`).then(() => mkdir(file))],
  ])('does not hold with evidence that is %s', async (_, change) => {
    const [name = ''] = await readdir(place.evidence);
    const file = join(place.evidence, name);
    const before = await readFile(file);
    await change(file);
    try {
      expect(await failures()).toMatchObject([{ name: 'evidence', word: 'tampered', said: expect.stringContaining(name) as string }]);
    } finally {
      await rm(file, { recursive: true, force: true });
      await writeFile(file, before);
    }
  });

  it('does not hold with a file more', async () => {
    const file = join(place.evidence, 'more.json');
    await writeFile(file, '{}');
    expect(await failures()).toMatchObject([{ said: expect.stringContaining('more.json is there') as string }]);
    await rm(file);
  });

  it('says what it could not try without evidence', async () => {
    const alone = join(place.directory, 'alone.json');
    await copyFile(place.file, alone);
    const { steps, word } = await place.verify({ file: alone });
    expect(word).toBe('valid');
    expect(steps.filter(({ state }) => state === 'skipped').map(({ name }) => name)).toEqual(['evidence', 'recomputation', 'triggers']);
    expect(await failures(place.verify({ evidence: join(place.directory, 'nowhere') }))).toMatchObject([{ name: 'evidence' }]);
  });

  it('is told apart from what is none', async () => {
    const file = join(place.directory, 'other.json');
    for (const content of ['', '{', '[]', '{"payload":"","payloadType":"","signatures":[]}', '\xff', 'x'.repeat(1000)]) {
      await writeFile(file, content, 'latin1');
      expect((await place.verify({ file })).word).not.toBe('valid');
    }
    await expect(place.verify({ file: join(place.directory, 'missing') })).rejects.toThrow('cannot be read');
  });
});

describe('time', () => {
  it.each([
    [89, 'valid'],
    [91, 'review_due'],
    [366, 'expired'],
    [-2, 'inconsistent'],
  ])('after %d days makes it %s', async (days, word) => {
    expect((await place.verify({ now: now + days * day })).word).toBe(word);
  });
});

describe('keys', () => {
  it('are those that whoever checks trusts, and no others', async () => {
    await using other = await Workplace.open();
    const stranger = trustedKey(publicPem(other.key));
    expect((await place.verify({ keys: [stranger] })).word).toBe('untrusted_key');
    expect((await place.verify({ keys: [] })).word).toBe('untrusted_key');
    const both = signed(
      Buffer.from((JSON.parse(text) as Envelope).payload, 'base64'),
      other.key,
      (JSON.parse(text) as Envelope).signatures,
    );
    await changed(
      place.file,
      () => writeFile(place.file, envelopeText(both)),
      async () => {
        expect((await place.verify()).word).toBe('untrusted_key');
        expect((await place.verify({ keys: [stranger, trustedKey(publicPem(place.key))] })).word).toBe('valid');
      },
    );
  });

  it('sign what the protocol says is signed', () => {
    expect(pae('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });

  it('are public ones: a private one is refused', () => {
    expect(() => trustedKey(place.key)).toThrow('no public Ed25519 key');
  });
});

/** Whoever has the key can sign anything: what contradicts itself or its evidence is still seen. */
describe('a lie that is signed', () => {
  const forged = async (lie: (predicate: Readiness1) => Readiness1) => {
    const { statement } = await place.verify();
    if (!statement) throw new Error('there is no statement');
    const payload = canonicalJson({ ...statement, predicate: lie(statement.predicate) } satisfies Statement);
    return changed(
      place.file,
      () => writeFile(place.file, envelopeText(signed(Buffer.from(payload), place.key))),
      () => place.verify(),
    );
  };
  const lies: readonly (readonly [string, (predicate: Readiness1) => Readiness1, RegExp])[] = [
    ['the level', (one) => ({ ...one, level: 'certified', conditions: [] }), /its level is not_certified/],
    ['a score', (one) => ({ ...one, scores: { ...one.scores, overall: { score: 10, best: 10 } } }), /claimed to be/],
    [
      'a result',
      (one) => ({ ...one, results: one.results.map((result) => ({ ...result, word: 'met' as const })) }),
      /criterion .* is claimed to be met/,
    ],
    [
      'a figure',
      (one) => ({
        ...one,
        trials: one.trials.map((trial) => ({ ...trial, figures: trial.figures.map((figure) => ({ ...figure, upper: figure.upper + 1 })) })),
      }),
      /by its evidence, and is claimed to be/,
    ],
    [
      'a sample',
      (one) => ({
        ...one,
        trials: one.trials.map((trial) => ({ ...trial, figures: trial.figures.map((figure) => ({ ...figure, n: 10 ** 9 })) })),
      }),
      /n = 1000000000/,
    ],
    ['what was not measured', (one) => ({ ...one, trials: one.trials.map((trial) => ({ ...trial, unmeasured: [] })) }), /not measured/],
    [
      'a threshold',
      (one) => ({ ...one, criteria: { ...one.criteria, criteria: one.criteria.criteria.slice(1) } }),
      /criteria have the digest/,
    ],
    ['how long it holds', (one) => ({ ...one, notAfter: '2036-11-23T00:00:00.000Z' }), /dates are not those/],
    ['an attempt that is forgotten', (one) => ({ ...one, attempts: one.attempts.slice(1) }), /attempt 1 is missing/],
    [
      'the end of an attempt',
      (one) => ({ ...one, attempts: one.attempts.map((attempt) => ({ ...attempt, verdict: 'passed' as const })) }),
      /was changed after it was written/,
    ],
    ['the root of its evidence', (one) => ({ ...one, evidence: { ...one.evidence, root: `sha256:${'0'.repeat(64)}` } }), /another root/],
    ['a quiet machine', (one) => ({ ...one, machine: { ...one.machine, valid: false } }), /its level is invalid/],
    ['a release that is no subject', (one) => ({ ...one, releases: { ...one.releases, web: 'web@1' } }), /no subject/],
  ];
  it.each(lies)('about %s is found out', async (_, lie, words) => {
    const { word, steps } = await forged(lie);
    expect(['inconsistent', 'tampered']).toContain(word);
    expect(steps.flatMap(({ state, said }) => (state === 'failed' ? [said] : [])).join('; ')).toMatch(words);
  });
});

describe('evidence that contradicts itself', () => {
  it.each([
    ['more answers than requests', { succeeded: goodLoad.succeeded + 1 }, /sent = succeeded/],
    ['requests that were never offered', { offered: 1 }, /offered = sent/],
    ['answers without a time', { latency: { ...goodLoad.latency, counts: [] } }, /histogram/],
    ['windows that were left out', { windows: goodLoad.windows.slice(5) }, /windows/],
    [
      'users who waited longer than there was time',
      { arrivals: { kind: 'users', users: 1, think: 0 }, latency: { ...goodLoad.latency, sum: 1e12, max: 1e9 } },
      /Little/,
    ],
  ])('such as %s is no evidence', async (_, change, words) => {
    await using other = await Workplace.open();
    const [load, ...rest] = goodTrials;
    if (!load) throw new Error('there is no trial');
    await other.issue([{ ...load, exhibits: { 'phases/load.json': { ...goodLoad, ...change } } }, ...rest]);
    const { word, steps } = await other.verify();
    expect(word).toBe('inconsistent');
    expect(steps.find(({ name }) => name === 'consistency')?.said).toMatch(words);
  });
});

describe('what was interrupted, errored or void', () => {
  it.each(['interrupted', 'errored', 'invalid'] as const)('measured nothing: %s', async (verdict) => {
    await using other = await Workplace.open();
    const [load, ...rest] = goodTrials;
    if (!load) throw new Error('there is no trial');
    await other.issue([{ ...load, verdict }, ...rest]);
    const { statement } = await other.verify();
    expect(statement?.predicate.results.find(({ id }) => id === 'performance.latency.p95')).toMatchObject({
      word: 'not_measured',
      because: `the load trial shop-staging-p2 was ${verdict}`,
    });
  });
});

describe('what a certificate no longer speaks of', () => {
  const lines = (count: number, what: string) => Array.from({ length: count }, (_, at) => `${what} ${at}`).join('\n');
  const of = (content: string) => sourceExhibit([sourceFile('server.js', digestOf(content), content)]);
  const source = of(lines(100, 'line'));
  const platform = { kernel: '6.1', arch: 'x64', cpus: 2, memory: 8, node: '24', engine: '0.1' };

  it.each([
    ['another release', { releases: { api: 'api@ffffffffffff' } }, /api is api@ffffffffffff/],
    ['a service more', { releases: { api: 'api@0123456789ab', web: 'web@1' } }, /web is web@1/],
    ['another kernel', { platform: { ...platform, kernel: '7.0' } }, /kernel 7\.0/],
    ['source that it does not know', { source }, /speaks of no source/],
  ])('is %s', async (_, present, words) => {
    const { word, steps } = await place.verify({ present });
    expect(word).toBe('recertification_required');
    expect(steps.find(({ name }) => name === 'triggers')?.said).toMatch(words);
  });

  it('is criteria that are wanted now and were not then', async () => {
    expect((await place.verify({ criteria: `sha256:${'0'.repeat(64)}` })).word).toBe('recertification_required');
  });

  it('is more than a quarter of the lines of its source, and not less', async () => {
    await using other = await Workplace.open();
    const [load, own] = goodTrials;
    if (!load || !own) throw new Error('there are no trials');
    const { sourceDigest, linesOf } = await import('../../src/decide/certify/source.ts');
    await other.issue([load, { ...own, exhibits: { ...own.exhibits, 'source.json': source } }], {
      source: { digest: sourceDigest(source), files: 1, lines: linesOf(source), exhibit: 'source.json' },
      subjects: [
        { name: 'shop/staging/api', digest: { release: '0123456789ab' } },
        { name: 'source', digest: { lines: sourceDigest(source).slice('sha256:'.length) } },
      ],
    });
    const word = async (present: string) => (await other.verify({ present: { source: of(present) } })).word;
    expect(await word(lines(100, 'line'))).toBe('valid');
    expect(await word(`${lines(100, 'line')}\n${lines(25, 'more')}`)).toBe('valid');
    expect(await word(`${lines(100, 'line')}\n${lines(26, 'more')}`)).toBe('recertification_required');
    expect(await word(`${lines(87, 'line')}\n${lines(13, 'else')}`)).toBe('recertification_required');
  });
});

it('has the criteria with which it was judged', async () => {
  expect((await place.verify()).statement?.predicate.criteria.criteria).toEqual(defaultReadiness.criteria);
});
