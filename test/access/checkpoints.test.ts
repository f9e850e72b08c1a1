// The audit elsewhere: what was edited, deleted, moved, cut off or added to an export is found and named, and the store cannot be rewritten unseen.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/access/audit.ts';
import { createAudit } from '../../src/access/audit.ts';
import { CheckpointBook } from '../../src/access/checkpoints/book.ts';
import type { Examination } from '../../src/access/checkpoints/examine.ts';
import { fileWitness } from '../../src/access/witness.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { chained, chainStart, hashOf } from '../../src/base/chain.ts';
import { canonicalJson } from '../../src/base/digest.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Redactor } from '../../src/base/redactor.ts';
import type { AuditRecord } from '../../src/model/principal.ts';
import { examineExport } from '../../src/operations/offline/audit.ts';
import type { Store } from '../../src/ports/store.ts';
import { until } from '../kit/until.ts';

const clock = new ManualClock(5000);
const deploy = { principal: 'user:x', operation: 'change.apply', effect: 'write', subject: { application: 'shop' } } as const;
let directory: string;
let store: Store;
let redactor: Redactor;
let book: CheckpointBook;
let audit: Audit;

const places = () => ({
  key: join(directory, 'audit-key'),
  publicKey: join(directory, 'audit-key.pub'),
  checkpoints: join(directory, 'audit-checkpoints'),
});
const open = (records = 1_000_000) => {
  book = new CheckpointBook({ store, clock, places: places(), rhythm: { records, time: 60_000 } });
  audit = createAudit({ store, clock, witness: fileWitness(join(directory, 'audit-heads')), checkpoints: book, redactor });
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-proof-'));
  store = openMemoryStore();
  redactor = new Redactor();
  open();
});
afterEach(() => rm(directory, { recursive: true }));

async function calls(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const { call } = await audit.intent(deploy);
    await audit.outcome(call, { result: 'ok', subject: { id: `shop-${n}` } });
  }
}

async function exported(after = 0): Promise<readonly object[]> {
  const lines: object[] = [];
  for await (const { line } of audit.exported(after)) lines.push(JSON.parse(JSON.stringify(line)) as object);
  return lines;
}

async function examined(lines: readonly (object | string)[], checkpoint?: object): Promise<Examination> {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  const each = async function* () {
    yield* texts;
  };
  const key = { text: await readFile(places().publicKey, 'utf8'), where: 'audit-key.pub' };
  return examineExport({ lines: each(), key, ...(checkpoint && { checkpoint: { text: JSON.stringify(checkpoint), where: 'last.json' } }) });
}

const isRecord = (line: object): line is AuditRecord => 'phase' in line;
const edit = (lines: readonly object[], n: number, change: (record: AuditRecord) => object) =>
  lines.map((line) => (isRecord(line) && line.sequence === n ? change(line) : line));
const without = (lines: readonly object[], ...gone: readonly number[]) =>
  lines.filter((line) => !isRecord(line) || !gone.includes(line.sequence));
const rehashed = (record: AuditRecord, change: object): AuditRecord => {
  const changed = { ...record, ...change };
  return { ...changed, hash: hashOf(changed) };
};
const numbered = (lines: readonly object[], n: number): object => lines.find((line) => isRecord(line) && line.sequence === n) ?? {};
const faultsOf = ({ faults }: Examination) => faults.map(({ kind, sequence }) => `${kind} ${sequence}`);

/** Ten records; checkpoints after the fourth and the tenth. */
async function tenRecords(): Promise<readonly object[]> {
  await calls(2);
  await book.seal();
  await calls(3);
  return exported();
}

describe('an export', () => {
  it('holds with nothing but the public key: whole, from a record on, and empty', async () => {
    await book.seal();
    await book.signer();
    expect(await examined(await exported())).toMatchObject({ ok: true, records: 0, from: 1, to: 0 });
    const lines = await tenRecords();
    expect(await examined(lines)).toEqual({ ok: true, records: 10, from: 1, to: 10, signedAt: 5000, checkpoints: 2, faults: [] });
    expect(await examined(await exported(6))).toMatchObject({ ok: true, records: 4, from: 7, to: 10, checkpoints: 1 });
    expect(await examined(await exported(10))).toMatchObject({ ok: true, records: 0 });
    await expect(exported(11)).rejects.toMatchObject({ code: 'input_invalid', message: expect.stringContaining('the last is 10') });
  });

  it('is verified after it went through a file with other line ends', async () => {
    const lines = await tenRecords();
    expect(await examined([...lines.map((line) => `${JSON.stringify(line)}\r`), ''])).toMatchObject({ ok: true, records: 10 });
  });

  const tampered: readonly (readonly [string, readonly string[], (lines: readonly object[]) => readonly (object | string)[]])[] = [
    ['an edit', ['edit 3'], (lines) => edit(lines, 3, (one) => ({ ...one, principal: 'user:y' }))],
    ['an edit whose hash was made to fit', ['edit 3'], (lines) => edit(lines, 3, (one) => rehashed(one, { principal: 'user:y' }))],
    [
      'an edit of the last, whose hash was made to fit',
      ['edit 10', 'edit 10'],
      (lines) => edit(lines, 10, (one) => rehashed(one, { error: 'x' })),
    ],
    ['a member more', ['edit 5'], (lines) => edit(lines, 5, (one) => ({ ...one, extra: 1 }))],
    ['a deletion', ['deletion 6'], (lines) => without(lines, 6)],
    ['a deletion of several', ['deletion 2', 'deletion 7'], (lines) => without(lines, 2, 3, 7)],
    ['a cut-off beginning', ['deletion 1'], (lines) => without(lines, 1, 2)],
    ['a cut-off end', ['truncation 9'], (lines) => without(lines, 9, 10)],
    ['a cut-off end with its checkpoint', ['truncation 8'], (lines) => lines.slice(0, -4)],
    [
      'a line that was cut off in the middle',
      ['edit 0', 'truncation 10'],
      (lines) => [...lines.slice(0, -2), JSON.stringify(lines.at(-2)).slice(0, 80)],
    ],
    [
      'a swap',
      ['reorder 2'],
      (lines) =>
        lines.map((line) =>
          isRecord(line) ? numbered(lines, ({ 2: 5, 5: 2 } as Record<number, number>)[line.sequence] ?? line.sequence) : line,
        ),
    ],
    [
      'a record twice',
      ['insertion 4'],
      (lines) => lines.flatMap((line) => (isRecord(line) && line.sequence === 4 ? [line, line] : [line])),
    ],
    ['a record that was made up', ['insertion 11'], (lines) => [...lines, rehashed(lines.at(-2) as AuditRecord, { sequence: 11 })]],
    ['a lost first line', ['truncation 0'], (lines) => lines.slice(1)],
    ['an edited first line', ['signature 10'], (lines) => [{ ...lines[0], from: 2 }, ...lines.slice(1)]],
    [
      'an edited checkpoint',
      ['signature 4'],
      (lines) => lines.map((line) => ('number' in line && line.number === 1 ? { ...line, at: 1 } : line)),
    ],
    ['a line of something else', ['edit 0'], (lines) => [...lines, { note: 'all is well' }]],
  ];

  it.each(tampered)('%s is found: %j', async (_, expected, tamper) => {
    expect(faultsOf(await examined(tamper(await tenRecords())))).toEqual(expected);
  });

  it('is found out when a chain was computed anew, also below a signature that was left away', async () => {
    const lines = await tenRecords();
    let head = chainStart;
    const anew = lines.map((line) => {
      if (!isRecord(line)) return line;
      const { sequence: _, previous: __, hash: ___, ...rest } = line;
      const made = chained(head, { ...rest, principal: 'user:y' });
      head = made;
      return made;
    });
    expect(faultsOf(await examined(anew))).toEqual(['edit 4', 'edit 10', 'edit 10']);
    expect(faultsOf(await examined(anew.filter(isRecord)))).toEqual(['truncation 0']);
  });

  it('that is an older one passed off as the newest is found out by a checkpoint that was kept elsewhere', async () => {
    const older = await tenRecords();
    await calls(2);
    const kept = await book.seal();
    expect(await examined(older)).toMatchObject({ ok: true });
    const found = await examined(older, kept);
    expect(faultsOf(found)).toEqual(['truncation 11']);
    expect(found.faults[0]?.problem).toMatch(/^Records 11 to 14 are missing from the end/);
    expect(await examined(await exported(), kept)).toMatchObject({ ok: true });
    expect(faultsOf(await examined(older, { ...kept, sequence: 10 }))).toEqual(['signature 10']);
  });

  it('does not hold by another key, nor by a private one', async () => {
    const lines = await tenRecords();
    const other = await mkdtemp(join(tmpdir(), 'audit-other-'));
    try {
      const theirs = new CheckpointBook({
        store,
        clock,
        places: { ...places(), key: join(other, 'k'), publicKey: join(other, 'p'), checkpoints: join(other, 'c') },
      });
      await theirs.seal();
      const each = async function* () {
        yield* lines.map((line) => JSON.stringify(line));
      };
      const found = await examineExport({ lines: each(), key: { text: await readFile(join(other, 'p'), 'utf8'), where: 'p' } });
      expect(new Set(found.faults.map(({ kind }) => kind))).toEqual(new Set(['signature']));
      const carried = examineExport({ lines: each(), key: { text: await readFile(places().key, 'utf8'), where: 'audit-key' } });
      await expect(carried).rejects.toMatchObject({
        code: 'audit_unsigned',
        message: expect.stringContaining('audit-key holds no public'),
      });
    } finally {
      await rm(other, { recursive: true });
    }
  });

  it('finds any one falsification of the records, whichever it is', async () => {
    const lines = await tenRecords();
    const at = fc.integer({ min: 1, max: 10 });
    const falsified = fc.oneof(
      fc
        .record({ at, text: fc.string({ minLength: 1 }) })
        .map(({ at: n, text }) => edit(lines, n, (one) => ({ ...one, call: one.call + text }))),
      at.map((n) => without(lines, n)),
      at.map((n) => lines.flatMap((line) => (isRecord(line) && line.sequence === n ? [line, line] : [line]))),
      fc.uniqueArray(at, { minLength: 2, maxLength: 2 }).map(([a = 1, b = 2]) =>
        edit(
          edit(lines, -1, (one) => one),
          a,
          () => lines.filter(isRecord)[b - 1] ?? {},
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(falsified, async (forged) => {
        expect((await examined(forged)).ok).toBe(false);
      }),
    );
  });

  it('gives out no value that became a secret after it was written, in no form', async () => {
    const { call } = await audit.intent({ ...deploy, subject: { note: 'hunter-2-canary' } });
    await audit.outcome(call, { result: 'ok' });
    redactor.know(['hunter-2-canary']);
    const lines = await exported();
    expect(JSON.stringify(lines)).not.toContain('hunter-2-canary');
    const found = await examined(lines);
    // It says so: what is not seen is not checked, and does not pass.
    expect(faultsOf(found)).toEqual(['withheld 1']);
    expect(faultsOf(await examined(without(lines, 2)))).toEqual(['withheld 1', 'truncation 2']);
  });
});

describe('checkpoints', () => {
  const signed = async () => (await book.all()).map(({ number, sequence }) => [number, sequence]);

  it('are made after so many records, and when the engine ends', async () => {
    open(4);
    await calls(1);
    expect(await signed()).toEqual([]);
    await calls(1);
    // Signing is not waited for.
    await until(signed, (all) => all.length === 1);
    await calls(1);
    await book.stop();
    expect(await signed()).toEqual([
      [1, 4],
      [2, 6],
    ]);
    expect(await audit.verify()).toEqual({ ok: true, count: 6 });
  });

  it('are made after a while, and not when nothing was written', async () => {
    const ticking = new ManualClock(5000);
    book = new CheckpointBook({ store, clock: ticking, places: places(), rhythm: { records: 1000, time: 60_000 } });
    await calls(1);
    const asleep = () =>
      until(
        () => ticking.nextAt(),
        (at) => at !== undefined,
      );
    book.start();
    await asleep();
    expect(await signed()).toEqual([[1, 2]]);
    await calls(1);
    ticking.moveTo(65_000);
    await asleep();
    expect(await signed()).toEqual([
      [1, 2],
      [2, 4],
    ]);
    ticking.moveTo(500_000);
    await asleep();
    await book.stop();
    expect(await signed()).toHaveLength(2);
  });

  it('go on after a restart, and a torn line is passed over', async () => {
    await calls(1);
    await book.seal();
    await writeFile(places().checkpoints, '{"type":"codectl.audit.checkpoint.v1","numb', { flag: 'a' });
    open();
    await calls(1);
    await book.seal();
    expect(await signed()).toEqual([
      [1, 2],
      [2, 4],
    ]);
    expect(await audit.verify()).toEqual({ ok: true, count: 4 });
  });

  it('are not put under a chain that was tampered with', async () => {
    await tenRecords();
    await calls(2);
    const forged = (await store.get('audit', '000000000012'))?.value as AuditRecord;
    await store.commit([{ op: 'put', kind: 'audit', key: '000000000012', value: { ...forged, principal: 'user:y' } }]);
    await expect(book.seal()).rejects.toMatchObject({ code: 'store_corrupt', message: expect.stringContaining('Record 12 was changed') });
    await expect(exported()).rejects.toMatchObject({ code: 'store_corrupt' });
    await store.commit([{ op: 'put', kind: 'audit', key: '000000000012', value: forged }]);
    await expect(book.seal()).resolves.toMatchObject({ sequence: 14 });
  });

  it('show that store, end mark and witness were all rewritten together', async () => {
    await tenRecords();
    const heads = join(directory, 'audit-heads');
    let head = chainStart;
    const noted = [`0 ${head.hash}`];
    for (let n = 1; n <= 10; n += 1) {
      const key = String(n).padStart(12, '0');
      const found = await store.get('audit', key);
      if (!found) throw new Error(`no record ${n}`);
      const { sequence: _, previous: __, hash: ___, ...rest } = found.value;
      const value = chained(head, { ...rest, principal: 'user:y' });
      head = { sequence: value.sequence, hash: value.hash };
      noted.push(`${head.sequence} ${head.hash}`);
      await store.commit([{ op: 'put', kind: 'audit', key, value }]);
    }
    await store.commit([{ op: 'put', kind: 'singleton', key: 'audit-head', value: { ...head } }]);
    await writeFile(heads, noted.join('\n'));
    open();
    expect(await audit.verify()).toMatchObject({ ok: false, sequence: 4 });
  });

  it.each([
    ['the middle one', 1, 'Checkpoint 2 is missing: checkpoint 3 stands in its place.'],
    ['the last one', 2, 'Checkpoints 3 to 3 are missing from the end.'],
  ] as const)('are missed: %s', async (_, at, problem) => {
    for (let n = 0; n < 3; n += 1) {
      await calls(1);
      await book.seal();
    }
    const left = (await book.all()).filter((_one, index) => index !== at);
    await writeFile(places().checkpoints, left.map((one) => canonicalJson(one)).join('\n'));
    expect(await audit.verify()).toMatchObject({ ok: false, problem });
  });

  it('are refused without the key that made them, or with one that others can read', async () => {
    await calls(1);
    await book.seal();
    const pem = await readFile(places().key, 'utf8');
    await rm(places().key);
    await expect(audit.verify()).rejects.toMatchObject({ code: 'audit_unsigned', message: expect.stringContaining('is gone') });
    await calls(1);
    await expect(book.seal()).rejects.toMatchObject({ code: 'audit_unsigned' });
    await writeFile(places().key, pem, { mode: 0o600 });
    await chmod(places().key, 0o644);
    await expect(book.seal()).rejects.toMatchObject({ code: 'audit_unsigned', message: expect.stringContaining('mode 644') });
    await chmod(places().key, 0o600);
    await expect(book.seal()).resolves.toMatchObject({ number: 2 });
    expect((await readFile(places().checkpoints, 'utf8')) + (await readFile(places().publicKey, 'utf8'))).not.toContain('PRIVATE');
  });
});
