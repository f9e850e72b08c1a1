// What the engine does by itself is in the audit: once, in order, over crashes and stores that fail; and in the formats of others.
import { beforeEach, describe, expect, it } from 'vitest';
import { ActionBook } from '../../src/access/actions.ts';
import type { Audit } from '../../src/access/audit.ts';
import { createAudit } from '../../src/access/audit.ts';
import { cefLine } from '../../src/access/export/cef.ts';
import { ocsfEvent } from '../../src/access/export/ocsf.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import { CodeError } from '../../src/base/errors.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import { Redactor } from '../../src/base/redactor.ts';
import type { EventKind } from '../../src/model/event.ts';
import type { AuditRecord } from '../../src/model/principal.ts';
import type { Store } from '../../src/ports/store.ts';
import { until } from '../kit/until.ts';

const clock = new ManualClock(5000);
let store: Store;
let audit: Audit;

beforeEach(() => {
  store = openMemoryStore();
  audit = createAudit({ store, clock });
});

const scope = { application: 'shop', environment: 'live' };
const told = (...kinds: readonly EventKind[]) =>
  store.commit(
    kinds.map((kind) => ({ op: 'append', event: { at: 7000, kind, message: `${kind} it is`, ...scope, facts: { of: 2 } } }) as const),
  );
const actions = async () => (await audit.show({ limit: 1000 })).filter(({ phase }) => phase === 'action');
const kinds = async () => (await actions()).map(({ operation }) => operation);

describe('what the engine does by itself', () => {
  it('is in the audit, and progress is not', async () => {
    const book = new ActionBook({ audit, store, clock });
    await told('engine.started', 'service.progress', 'deployment.turned', 'instance.ready', 'service.scaled');
    book.start();
    await until(kinds, (seen) => seen.length === 3);
    await told('instance.exited', 'drift.repaired');
    await book.stop();
    expect(await kinds()).toEqual(['engine.started', 'deployment.turned', 'service.scaled', 'instance.exited', 'drift.repaired']);
    expect((await actions())[1]).toMatchObject({
      at: 7000,
      phase: 'action',
      call: 'event-3',
      principal: 'engine',
      operation: 'deployment.turned',
      result: 'ok',
      subject: { event: 3, message: 'deployment.turned it is', ...scope, facts: { of: 2 } },
    });
    expect(await audit.verify()).toMatchObject({ ok: true, count: 5 });
  });

  it('is there once, however often the engine dies', async () => {
    for (let life = 0; life < 4; life += 1) {
      const book = new ActionBook({ audit: createAudit({ store, clock }), store, clock });
      book.start();
      await told(...Array.from({ length: 50 }, () => 'instance.started' as const), 'service.progress');
      await book.stop();
      // Calls between them: the last action is looked for among them.
      const { call } = await audit.intent({ principal: 'user:x', operation: 'change.apply', effect: 'write', subject: {} });
      await audit.outcome(call, { result: 'ok' });
    }
    const calls = (await actions()).map(({ call }) => call);
    expect(calls).toHaveLength(200);
    expect(new Set(calls).size).toBe(200);
  });

  it('is written when the store works again, without a gap', async () => {
    let full = true;
    const flaky: Store = {
      ...store,
      get: (kind, key) => store.get(kind, key),
      list: (kind, options) => store.list(kind, options),
      events: (after, limit) => store.events(after, limit),
      onEvents: (listener) => store.onEvents(listener),
      commit: async (changes) => {
        if (full) throw new CodeError('disk_full', 'No space.');
        return store.commit(changes);
      },
    };
    const warnings: string[] = [];
    const log = { warn: (_: object, message: string) => void warnings.push(message) };
    const ticking = new ManualClock(0);
    const book = new ActionBook({ audit: createAudit({ store: flaky, clock }), store: flaky, clock: ticking, log });
    book.start();
    await told('instance.started');
    await until(
      () => warnings.length,
      (count) => count > 0,
    );
    full = false;
    await until(
      () => ticking.nextAt(),
      (at) => at !== undefined,
    );
    ticking.moveTo(1000);
    await until(kinds, (seen) => seen.length === 1);
    await book.stop();
    expect(await kinds()).toEqual(['instance.started']);
  });

  it('holds no secret that an event tells', async () => {
    const redactor = new Redactor();
    redactor.know(['canary-value']);
    const book = new ActionBook({ audit: createAudit({ store, clock, redactor }), store, clock });
    await store.commit([{ op: 'append', event: { at: 1, kind: 'instance.exited', message: 'it said canary-value' } }]);
    book.start();
    await book.stop();
    expect(JSON.stringify(await actions())).toContain('it said [redacted]');
  });
});

const record: AuditRecord = {
  sequence: 12,
  at: 1_700_000_000_000,
  phase: 'outcome',
  call: 'call-11',
  principal: 'token:ci|x',
  operation: 'change.apply',
  effect: 'write',
  subject: { id: 'shop=1', text: 'a\\b\nc|d' },
  result: 'refused',
  error: 'denied: no = no\nat all',
  previous: 'a'.repeat(64),
  hash: 'b'.repeat(64),
};

describe('the formats of others', () => {
  it('CEF escapes what would end a field, in head and extension each by its own rule', () => {
    const line = cefLine({ ...record, operation: 'a|b\\c' }, '1.2.3');
    expect(line).toBe(
      'CEF:0|CODE|codectl|1.2.3|a\\|b\\\\c|a\\|b\\\\c outcome|6|rt=1700000000000 externalId=12 suser=token:ci|x act=a|b\\\\c outcome=refused ' +
        'reason=denied: no \\= no\\nat all msg={"id":"shop\\=1","text":"a\\\\\\\\b\\\\nc|d"} cs1Label=phase cs1=outcome cs2Label=effect cs2=write ' +
        `cs3Label=call cs3=call-11 cs4Label=hash cs4=${'b'.repeat(64)} cs5Label=previous cs5=${'a'.repeat(64)}`,
    );
    expect(line).not.toContain('\n');
  });

  it('OCSF has the class, the activity and the result, and what it has no place for beside them', () => {
    expect(ocsfEvent(record, '1.2.3')).toMatchObject({
      class_uid: 6003,
      category_uid: 6,
      activity_id: 3,
      type_uid: 600_303,
      time: 1_700_000_000_000,
      status_id: 2,
      status: 'Failure',
      status_detail: 'denied: no = no\nat all',
      metadata: { version: '1.6.0', uid: 'b'.repeat(64), sequence: 12, product: { name: 'codectl', version: '1.2.3' } },
      actor: { user: { name: 'token:ci|x' } },
      api: { operation: 'change.apply', request: { uid: 'call-11' } },
      unmapped: { phase: 'outcome', subject: record.subject, previous: 'a'.repeat(64) },
    });
    const { result: _, error: __, ...intent } = record;
    expect(ocsfEvent({ ...intent, phase: 'intent', effect: 'destroy' }, '1')).toMatchObject({
      activity_id: 4,
      status_id: 0,
      type_uid: 600_304,
    });
  });
});
