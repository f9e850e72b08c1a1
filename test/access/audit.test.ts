// The audit on a real store: whole under load and over restarts, and no tampering with the store goes unseen.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/access/audit.ts';
import { createAudit } from '../../src/access/audit.ts';
import { verifyAudit } from '../../src/access/chain.ts';
import { fileWitness } from '../../src/access/witness.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { openSqliteStore } from '../../src/adapters/store/sqlite/sqlite.ts';
import { chained, chainStart } from '../../src/base/chain.ts';
import { CodeError } from '../../src/base/errors.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { AuditRecord } from '../../src/model/principal.ts';
import type { Change, Store } from '../../src/ports/store.ts';

const clock = new ManualClock(5000);
const deploy = { principal: 'user:x', operation: 'change.apply', effect: 'write', subject: { application: 'shop' } } as const;
let store: Store;
let audit: Audit;

beforeEach(() => {
  store = openMemoryStore();
  audit = createAudit({ store, clock });
});

const keyOf = (sequence: number) => String(sequence).padStart(12, '0');
const write = (...changes: Change[]) => store.commit(changes);

async function record(sequence: number): Promise<AuditRecord> {
  const found = await store.get('audit', keyOf(sequence));
  if (!found) throw new Error(`no record ${sequence}`);
  return found.value;
}

/** Three calls, each with its outcome: six records. */
async function threeCalls(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    const { call } = await audit.intent(deploy);
    await audit.outcome(call, { result: 'ok', subject: { id: `shop-${n}` } });
  }
}

describe('O-10 the audit', () => {
  it('lists intents and outcomes in order, with who, what and when, tied by their call', async () => {
    const { call } = await audit.intent(deploy);
    await audit.outcome(call, { result: 'failed', error: 'port_taken: no port' });
    const [intent, outcome] = await audit.show({});
    expect(intent).toMatchObject({ sequence: 1, at: 5000, phase: 'intent', call, ...deploy, previous: '0'.repeat(64) });
    expect(intent).not.toHaveProperty('result');
    expect(outcome).toMatchObject({
      sequence: 2,
      phase: 'outcome',
      call,
      principal: 'user:x',
      result: 'failed',
      error: 'port_taken: no port',
      previous: intent?.hash,
    });
    expect(await audit.show({ after: 1, limit: 1 })).toEqual([outcome]);
  });

  it('writes no secret of an input, a result or an error', async () => {
    const { call } = await audit.intent({ ...deploy, subject: { env: { API_KEY: 'hunter2' } } });
    await audit.outcome(call, { result: 'failed', subject: { token: 'hunter2' }, error: 'cannot reach https://u:hunter2@host/' });
    expect(JSON.stringify(await audit.show({}))).not.toContain('hunter2');
    expect(await audit.verify()).toEqual({ ok: true, count: 2 });
  });

  it('refuses a second outcome and one without an intent', async () => {
    const { call } = await audit.intent(deploy);
    await audit.outcome(call, { result: 'ok' });
    await expect(audit.outcome(call, { result: 'ok' })).rejects.toMatchObject({ code: 'input_invalid' });
    await expect(audit.outcome('call-9', { result: 'ok' })).rejects.toMatchObject({ code: 'input_invalid' });
  });

  it('keeps the chain whole when a hundred calls come at once', async () => {
    const calls = await Promise.all(Array.from({ length: 100 }, () => audit.intent(deploy)));
    expect(new Set(calls.map(({ call }) => call)).size).toBe(100);
    await Promise.all(calls.map(({ call }) => audit.outcome(call, { result: 'ok' })));
    expect(await audit.verify()).toEqual({ ok: true, count: 200 });
    const records = await audit.show({ limit: 1000 });
    expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    expect(verifyAudit(records)).toEqual({ ok: true, count: 200 });
  });

  it('keeps the chain whole when two processes write to it', async () => {
    const other = createAudit({ store, clock });
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? audit : other).intent(deploy)));
    expect(await audit.verify()).toEqual({ ok: true, count: 40 });
  });

  it('leaves no gap when a commit fails, and goes on when it works again', async () => {
    let full = true;
    const flaky: Store = {
      ...openMemoryStore(),
      get: (kind, key) => store.get(kind, key),
      list: (kind, options) => store.list(kind, options),
      commit: async (changes) => {
        if (full) throw new CodeError('disk_full', 'No space.');
        return store.commit(changes);
      },
    };
    const shaky = createAudit({ store: flaky, clock });
    await expect(shaky.intent(deploy)).rejects.toMatchObject({ code: 'disk_full' });
    full = false;
    await shaky.intent(deploy);
    expect(await shaky.verify()).toEqual({ ok: true, count: 1 });
  });

  it('goes on where it ended after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      for (let start = 0; start < 3; start++) {
        const file = await openSqliteStore({ file: join(directory, 'code.db') });
        const again = createAudit({ store: file, clock });
        const { call } = await again.intent({ ...deploy, subject: { half: 0.1, minus: -0, big: 1e21, text: 'ü\ud800😀' } });
        await again.outcome(call, { result: 'ok' });
        expect(await again.verify()).toEqual({ ok: true, count: (start + 1) * 2 });
        await file.close();
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('walks chains longer than a page', async () => {
    await Promise.all(Array.from({ length: 2100 }, () => audit.intent(deploy)));
    expect(await audit.verify()).toEqual({ ok: true, count: 2100 });
    await write({ op: 'delete', kind: 'audit', key: keyOf(1500) });
    expect(await audit.verify()).toMatchObject({ ok: false, sequence: 1500 });
  });
});

describe('tampering with the store', () => {
  const faults: readonly (readonly [string, number, () => Promise<void>])[] = [
    [
      'an edited record',
      3,
      async () => write({ op: 'put', kind: 'audit', key: keyOf(3), value: { ...(await record(3)), principal: 'user:y' } }),
    ],
    ['a deleted record', 4, async () => write({ op: 'delete', kind: 'audit', key: keyOf(4) })],
    [
      'a deleted beginning',
      1,
      async () => write({ op: 'delete', kind: 'audit', key: keyOf(1) }, { op: 'delete', kind: 'audit', key: keyOf(2) }),
    ],
    ['a deleted end', 5, async () => write({ op: 'delete', kind: 'audit', key: keyOf(5) }, { op: 'delete', kind: 'audit', key: keyOf(6) })],
    ['a deleted audit', 1, async () => write(...[1, 2, 3, 4, 5, 6].map((n): Change => ({ op: 'delete', kind: 'audit', key: keyOf(n) })))],
    [
      'two records that changed places',
      2,
      async () => {
        const [two, five] = [await record(2), await record(5)];
        await write({ op: 'put', kind: 'audit', key: keyOf(2), value: five }, { op: 'put', kind: 'audit', key: keyOf(5), value: two });
      },
    ],
    [
      'a last record under another key',
      6,
      async () => {
        const value = await record(6);
        await write({ op: 'delete', kind: 'audit', key: keyOf(6) }, { op: 'put', kind: 'audit', key: 'zzz', value });
      },
    ],
    ['a lost end mark', 1, async () => write({ op: 'delete', kind: 'singleton', key: 'audit-head' })],
    [
      'an end mark that was put back',
      5,
      async () => write({ op: 'put', kind: 'singleton', key: 'audit-head', value: { sequence: 4, hash: (await record(4)).hash } }),
    ],
    [
      'a record beyond the end',
      7,
      async () => write({ op: 'put', kind: 'audit', key: keyOf(7), value: { ...(await record(6)), sequence: 7 } }),
    ],
  ];

  it.each(faults)('%s is found at record %i', async (_, sequence, fault) => {
    await threeCalls();
    expect(await audit.verify()).toEqual({ ok: true, count: 6 });
    await fault();
    expect(await audit.verify()).toMatchObject({ ok: false, sequence });
  });

  it('is not covered up by writing on: a chain whose end mark was lost is refused', async () => {
    await threeCalls();
    await write({ op: 'delete', kind: 'singleton', key: 'audit-head' });
    await expect(audit.intent(deploy)).rejects.toMatchObject({
      code: 'store_corrupt',
      hint: expect.stringContaining('codectl audit verify'),
    });
  });
});

describe('tampering with the store and its end mark', () => {
  let directory: string;
  let heads: string;
  const again = () => createAudit({ store, clock, witness: fileWitness(heads) });
  const forget = (...sequences: readonly number[]) => sequences.map((n): Change => ({ op: 'delete', kind: 'audit', key: keyOf(n) }));
  const endAt = async (sequence: number): Promise<Change> => {
    const { hash } = await record(sequence);
    return { op: 'put', kind: 'singleton', key: 'audit-head', value: { sequence, hash } };
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'audit-heads-'));
    heads = join(directory, 'audit-heads');
    audit = again();
    await threeCalls();
    expect(await audit.verify()).toEqual({ ok: true, count: 6 });
  });
  afterEach(() => rm(directory, { recursive: true }));

  const faults: readonly (readonly [string, number, () => Promise<void>])[] = [
    ['a cut-off end', 5, async () => write(...forget(5, 6), await endAt(4))],
    [
      'a whole audit that is gone',
      1,
      async () => write(...forget(1, 2, 3, 4, 5, 6), { op: 'delete', kind: 'singleton', key: 'audit-head' }),
    ],
    [
      'a chain that was computed anew',
      1,
      async () => {
        let head = chainStart;
        for (let n = 1; n <= 6; n++) {
          const { sequence: _, previous: __, hash: ___, ...rest } = await record(n);
          const value = chained(head, { ...rest, principal: 'user:other' });
          head = { sequence: value.sequence, hash: value.hash };
          await write({ op: 'put', kind: 'audit', key: keyOf(n), value });
        }
        await write({ op: 'put', kind: 'singleton', key: 'audit-head', value: { ...head } });
      },
    ],
    ['a witness that is gone', 1, async () => rm(heads)],
    ['a witness that was begun anew', 1, async () => writeFile(heads, `6 ${(await record(6)).hash}\n`)],
  ];

  it.each(faults)('%s is found at record %i, by a daemon that is started later as well', async (_, sequence, fault) => {
    await fault();
    expect(await audit.verify()).toMatchObject({ ok: false, sequence });
    expect(await again().verify()).toMatchObject({ ok: false, sequence });
  });

  it('a cut-off end is not covered up by writing on', async () => {
    await write(...forget(5, 6), await endAt(4));
    for (let n = 0; n < 3; n++) await again().intent({ ...deploy, principal: 'user:other' });
    expect(await again().verify()).toMatchObject({ ok: false, sequence: 5 });
  });

  it('an audit that is gone is not begun anew', async () => {
    await write(...forget(1, 2, 3, 4, 5, 6), { op: 'delete', kind: 'singleton', key: 'audit-head' });
    await expect(again().intent(deploy)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringContaining('knows 6 records'),
    });
  });

  it('is not suspected after a crash: heads that were not noted, and a torn line', async () => {
    const lines = (await readFile(heads, 'utf8')).trimEnd().split('\n');
    await writeFile(heads, `${lines.slice(0, -1).join('\n')}\n6 01ab`);
    expect(await again().verify()).toEqual({ ok: true, count: 6 });
    await again().intent(deploy);
    expect(await again().verify()).toEqual({ ok: true, count: 7 });
    expect((await stat(heads)).mode & 0o777).toBe(0o600);
  });

  it('costs no record when the disk takes no head', async () => {
    await rm(heads);
    await mkdir(heads);
    await expect(again().intent(deploy)).resolves.toEqual({ call: 'call-7' });
  });
});
