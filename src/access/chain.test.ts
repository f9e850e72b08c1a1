// Whatever is done to a chain of records, the first record that is not as it was written is named.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChainHead } from '../base/chain.ts';
import { chained, chainStart, hashOf } from '../base/chain.ts';
import type { AuditRecord } from '../model/principal.ts';
import type { Unchained } from './chain.ts';
import { verifyAudit } from './chain.ts';

function chainOf(count: number): { readonly records: AuditRecord[]; readonly head: ChainHead } {
  let head = chainStart;
  const records: AuditRecord[] = [];
  for (let n = 1; n <= count; n++) {
    const outcome = n % 2 === 0;
    const phase: Pick<Unchained, 'phase' | 'result' | 'error'> = outcome
      ? { phase: 'outcome', result: 'failed', error: 'x: y' }
      : { phase: 'intent' };
    const record: AuditRecord = chained(head, {
      at: n,
      call: `call-${n}`,
      principal: 'user:x',
      operation: 'a.b',
      effect: 'write',
      subject: { n, deep: { list: [n] } },
      ...phase,
    } satisfies Unchained);
    records.push(record);
    head = { sequence: record.sequence, hash: record.hash };
  }
  return { records, head };
}

const { records, head } = chainOf(6);
const fields = ['at', 'phase', 'call', 'principal', 'operation', 'effect', 'subject', 'result', 'error', 'previous', 'hash'] as const;
const edited = (n: number, change: object) => records.map((record) => (record.sequence === n ? { ...record, ...change } : record));

describe('verifyAudit', () => {
  it('accepts a chain as it was written, also an empty one', () => {
    expect(verifyAudit(records, head)).toEqual({ ok: true, count: 6 });
    expect(verifyAudit([], undefined)).toEqual({ ok: true, count: 0 });
    expect(
      verifyAudit(
        records.map((record) => JSON.parse(JSON.stringify(record)) as AuditRecord),
        head,
      ),
    ).toEqual({ ok: true, count: 6 });
  });

  it.each(fields.flatMap((field) => [1, 4, 6].map((n) => [field, n] as const)))('names the record whose %s was edited: %i', (field, n) => {
    const forged = field === 'subject' ? { n, deep: { list: [n, n] } } : field === 'at' ? 99 : 'forged';
    expect(verifyAudit(edited(n, { [field]: forged }), head)).toMatchObject({ ok: false, sequence: n });
  });

  it('names a record with a member more or less', () => {
    expect(verifyAudit(edited(3, { extra: true }), head)).toMatchObject({ sequence: 3 });
    expect(verifyAudit(edited(4, { error: undefined }), head)).toMatchObject({ sequence: 4 });
  });

  it('finds an edit whose hash was made to fit at the next link, or at the stored end', () => {
    const rehashed = (n: number) =>
      edited(n, { principal: 'user:y' }).map((record) => (record.sequence === n ? { ...record, hash: hashOf(record) } : record));
    expect(verifyAudit(rehashed(3), head)).toMatchObject({ sequence: 4, problem: expect.stringContaining('does not continue record 3') });
    expect(verifyAudit(rehashed(6), head)).toMatchObject({ sequence: 6, problem: expect.stringContaining('replaced') });
  });

  it.each([1, 2, 3, 4, 5, 6])('names record %i when it was deleted', (n) => {
    expect(
      verifyAudit(
        records.filter(({ sequence }) => sequence !== n),
        head,
      ),
    ).toMatchObject({ ok: false, sequence: n });
  });

  it('names the first of two that changed places, and one that is there twice', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 2 }), ([a = 0, b = 0]) => {
        const swapped = [...records];
        [swapped[a], swapped[b]] = [records[b] as AuditRecord, records[a] as AuditRecord];
        expect(verifyAudit(swapped, head)).toMatchObject({ ok: false, sequence: Math.min(a, b) + 1 });
      }),
    );
    expect(verifyAudit([...records.slice(0, 3), records[2] as AuditRecord, ...records.slice(3)], head)).toMatchObject({ sequence: 4 });
  });

  it('finds a cut beginning, a cut end, an end that was moved and an end that was lost', () => {
    expect(verifyAudit(records.slice(2), head)).toMatchObject({ sequence: 1 });
    expect(verifyAudit(records.slice(0, 4), head)).toMatchObject({ sequence: 5, problem: 'Records 5 to 6 are missing from the end.' });
    expect(verifyAudit([], head)).toMatchObject({ sequence: 1 });
    expect(verifyAudit(records, { sequence: 4, hash: records[3]?.hash ?? '' })).toMatchObject({ sequence: 5 });
  });

  it('finds a beginning that was written anew', () => {
    const anew = chained(chainStart, { ...(records[0] as AuditRecord), principal: 'user:y' });
    expect(verifyAudit([anew, ...records.slice(1)], head)).toMatchObject({ sequence: 2 });
  });
});
