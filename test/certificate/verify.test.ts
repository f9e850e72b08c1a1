// A certificate holds as it was written and in no other way: whatever byte is flipped, file added or word claimed is told by name.
import { appendFile, copyFile, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../src/base/digest.ts';
import { reviewAfter, validFor } from '../../src/decide/certify/assemble.ts';
import { linked } from '../../src/decide/certify/attempts.ts';
import { defaultReadiness } from '../../src/decide/certify/criteria/production.ts';
import { sourceExhibit, sourceFile } from '../../src/decide/certify/source.ts';
import type { Attempt } from '../../src/model/proving/attempt.ts';
import type { Readiness1, Statement } from '../../src/model/readiness/certificate.ts';
import { readTrialFile } from '../../src/proving/certificate/bundle.ts';
import type { Envelope } from '../../src/proving/certificate/dsse.ts';
import { envelopeText, pae, publicPem, signed, trustedKey } from '../../src/proving/certificate/dsse.ts';
import { goodLoad, goodTrials, now, Workplace } from './kit.ts';

const day = 24 * 3_600_000;
const iso = (at: number) => new Date(at).toISOString();
const datesFrom = (at: number) => ({ issuedAt: iso(at), reviewBy: iso(at + reviewAfter), notAfter: iso(at + validFor) });
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
    expect((await place.verify({ file: '/dev/zero' })).steps).toMatchObject([{ name: 'envelope', said: 'it is no plain file' }]);
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
  const forged = (lie: (predicate: Readiness1) => Readiness1) => resigned((one) => ({ ...one, predicate: lie(one.predicate) }));
  const resigned = async (lie: (statement: Statement) => Statement) => {
    const { statement } = await place.verify();
    if (!statement) throw new Error('there is no statement');
    const payload = canonicalJson(lie(statement));
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
    ['the day', (one) => ({ ...one, ...datesFrom(now + 2 * day) }), /ended at .*, and the certificate is of/],
    [
      'a machine that was busy',
      (one) => ({ ...one, trials: one.trials.map((trial) => ({ ...trial, machine: { foreign: 0.9, stolen: 0, valid: true } })) }),
      /the machine was another one/,
    ],
    [
      'a trial of last week',
      (one) => ({
        ...one,
        trials: one.trials.map((trial) =>
          trial.kind === 'load' ? { ...trial, startedAt: iso(now - 7 * day), endedAt: iso(now - 6 * day) } : trial,
        ),
      }),
      /not within the certification/,
    ],
    ['a certification of another name', (one) => ({ ...one, id: 'shop-staging-p9' }), /shop-staging-p9 is not among its trials/],
    ['a release that is no subject', (one) => ({ ...one, releases: { ...one.releases, web: 'web@1' } }), /no subject/],
  ];
  it.each<readonly [string, Statement['subject'], RegExp]>([
    [
      'another application',
      [{ name: 'bank/production/api', digest: { release: '0123456789ab' } }],
      /bank\/production\/api is a subject, and not certified/,
    ],
    ['another release', [{ name: 'shop/staging/api', digest: { release: 'ffffffffffff' } }], /another digest/],
    ['one more digest', [{ name: 'shop/staging/api', digest: { release: '0123456789ab', sha256: 'f'.repeat(64) } }], /another digest/],
    ['one subject twice', [{ name: 'shop/staging/api', digest: { release: '0123456789ab' } }], /named twice/],
  ])('about %s that it is about is found out', async (_, more, words) => {
    const { word, steps } = await resigned((one) => ({
      ...one,
      subject: more[0]?.digest['release'] === '0123456789ab' && more[0].digest['sha256'] === undefined ? [...one.subject, ...more] : more,
    }));
    expect(word).toBe('inconsistent');
    expect(steps.find(({ name }) => name === 'subjects')?.said).toMatch(words);
  });

  it('by leaving out a trial that ended while the certification ran is found out', async () => {
    const begun = (trial: string, phase: 'begun' | 'ended') =>
      ({ at: now, phase, trial, kind: 'load', profile: 'quick', by: 'user:test', entry: `sha256:${'1'.repeat(64)}` }) as const;
    const { word, steps } = await forged((one) => {
      const [load, own] = one.trials;
      if (!load || !own) throw new Error('there are no trials');
      const end = ({ id, root, verdict }: typeof load) => ({ ...begun(id, 'ended'), root, verdict });
      const links = [begun(own.id, 'begun'), begun('worse', 'begun'), { ...begun('worse', 'ended'), verdict: 'failed' as const }];
      const attempts: Attempt[] = [];
      for (const link of [...links, begun(load.id, 'begun'), end(load), end(own)]) attempts.push(linked(attempts.at(-1), link));
      return { ...one, attempts };
    });
    expect(word).toBe('inconsistent');
    expect(steps.find(({ name }) => name === 'attempts')?.said).toBe('trial worse ended within the certification, and is left out');
  });

  it.each(lies)('about %s is found out', async (_, lie, words) => {
    const { word, steps } = await forged(lie);
    expect(['inconsistent', 'tampered']).toContain(word);
    expect(steps.flatMap(({ state, said }) => (state === 'failed' ? [said] : [])).join('; ')).toMatch(words);
  });
});

describe('evidence that is not of these trials', () => {
  const withLoads = async (exhibits: Readonly<Record<string, object>>) => {
    await using other = await Workplace.open();
    const [load, ...rest] = goodTrials;
    if (!load) throw new Error('there is no trial');
    await other.issue([{ ...load, exhibits }, ...rest]);
    return (await other.verify()).steps.find(({ name }) => name === 'consistency');
  };

  it.each([
    ['of last month', now - 30 * day],
    ['of next week', now + 7 * day],
    ['of no day at all', 1e300],
  ])('because it is %s is told', async (_, startedAt) => {
    const step = await withLoads({ 'phases/load.json': { ...goodLoad, startedAt } });
    expect(step).toMatchObject({ word: 'inconsistent', said: expect.stringContaining('phases/load.json was measured from') as string });
  });

  it('because it is one sample by two names is told', async () => {
    const step = await withLoads({ 'phases/load.json': goodLoad, 'phases/more.json': goodLoad });
    expect(step).toMatchObject({ word: 'inconsistent', said: expect.stringContaining('once more') as string });
  });

  it.each([
    ['an empty object', { format: 'load-phase/1' }],
    ['lists of nothing', { ...goodLoad, latency: { counts: [null] }, windows: null }],
  ])('because it is %s that calls itself a phase is told, and breaks nothing', async (_, exhibit) => {
    const step = await withLoads({ 'phases/load.json': exhibit });
    expect(step).toMatchObject({ word: 'inconsistent', said: expect.stringContaining('has another shape') as string });
  });

  it('because of its size is not read', async () => {
    await using other = await Workplace.open();
    await mkdir(join(other.directory, 'trials'), { recursive: true });
    const bytes = 10 * 1024 ** 3;
    await writeFile(join(other.directory, 'trials', 'sparse.json'), '');
    await truncate(join(other.directory, 'trials', 'sparse.json'), bytes);
    const exhibit = { name: 'sparse.json', digest: `sha256:${'0'.repeat(64)}`, bytes };
    await expect(readTrialFile(join(other.directory, 'trials'), exhibit)).rejects.toThrow('at most 67108864 are looked at');
  });
});

it('says whether its criteria are those of this engine, whatever they are called', async () => {
  await using other = await Workplace.open();
  const said = async (from: Workplace) => (await from.verify()).steps.find(({ name }) => name === 'criteria')?.said;
  expect(await said(place)).toContain('those of this engine');
  const weak = defaultReadiness.criteria.filter(({ domain }) => domain === 'performance');
  await other.issue(goodTrials, {
    readiness: { ...defaultReadiness, criteria: weak.map((one) => ({ ...one, statement: '![shown](https://elsewhere.example)' })) },
  });
  expect(await said(other)).toContain('which are not those of this engine');
  for (const page of ['report.html', 'summary.md']) {
    expect(await readFile(join(other.directory, 'out', page), 'utf8')).toContain('which are not those of this engine');
    expect(await readFile(join(place.directory, 'out', page), 'utf8')).toContain(', those of this engine');
  }
  expect(await readFile(join(other.directory, 'out', 'summary.md'), 'utf8')).toContain('!\\[shown\\](https://elsewhere.example)');
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
