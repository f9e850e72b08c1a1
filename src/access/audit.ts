// What is written down of every change: an intent before it, an outcome after it, durable before the caller goes on.
import type { Clock } from '../base/clock.ts';
import { CodeError } from '../base/errors.ts';
import { Redactor } from '../base/redactor.ts';
import type { AuditRecord } from '../model/principal.ts';
import type { Store } from '../ports/store.ts';
import type { ChainVerdict, Unchained } from './chain.ts';
import { recordKey } from './chain.ts';
import { ChainWriter, verifyStored } from './chain-store.ts';
import type { CheckpointBook } from './checkpoints/book.ts';
import { type ExportLine, exportLines } from './export/lines.ts';
import { redact, redactText } from './redact.ts';
import type { Witness } from './witness.ts';

export interface Audit {
  /** Writes what is about to be done; `call` ties the outcome to it. Errors: those of `Store.commit`, upon which nothing may be done. */
  intent(intent: Pick<AuditRecord, 'principal' | 'operation' | 'effect' | 'subject' | 'policies'>): Promise<{ readonly call: string }>;
  /** Writes what came of it. Errors: `input_invalid` for a call without an intent here; those of `Store.commit`. */
  outcome(call: string, outcome: AuditOutcome): Promise<void>;
  /** Writes what the engine did by itself, all of it or nothing. Errors: those of `Store.commit`. */
  actions(actions: readonly AuditAction[]): Promise<void>;
  /** Records after a number, or the newest ones when none is named; always the oldest of them first. */
  show(options: { readonly after?: number; readonly limit?: number }): Promise<readonly AuditRecord[]>;
  /** Walks the whole chain as it is stored, and compares it with what the witness noted and what was signed. Errors: `audit_unsigned`. */
  verify(): Promise<ChainVerdict>;
  /** What can be checked without this engine. Errors: `audit_unsigned`, `input_invalid`, `store_corrupt`. */
  exported(after: number): AsyncGenerator<ExportLine>;
  /** Absent: nothing is signed. */
  readonly checkpoints: CheckpointBook | undefined;
}

export interface AuditAction {
  /** Names the event that told it. */
  readonly call: string;
  readonly at: number;
  readonly operation: string;
  readonly subject: Readonly<Record<string, unknown>>;
}

export interface AuditOutcome {
  readonly result: 'ok' | 'refused' | 'failed';
  readonly error?: string;
  readonly subject?: Readonly<Record<string, unknown>>;
}

export interface AuditParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Outside the store; without it a store that was cut back together with its end mark looks whole. */
  readonly witness?: Witness;
  /** Signs the chain's end; without it nothing can be proved elsewhere. */
  readonly checkpoints?: CheckpointBook;
  /** Knows what no pattern gives away. */
  readonly redactor?: Redactor;
}

/** Who did what nobody asked for at that moment. */
const engine = 'engine';

export function createAudit({ store, clock, witness, checkpoints, redactor = new Redactor() }: AuditParts): Audit {
  const writer = new ChainWriter(store, witness, (head) => checkpoints?.grew(head));
  /** Intents that wait for their outcome. */
  const open = new Map<string, Pick<AuditRecord, 'principal' | 'operation' | 'effect'>>();
  return {
    async intent({ principal, operation, effect, subject, policies }) {
      const by = policies && policies.length > 0 ? { policies } : {};
      const known = { at: clock.now(), principal, operation, effect, subject: redact(redactor.hideAll(subject)), ...by };
      // The intent's own number names the call: unique for ever, and it finds the record.
      const { call } = await writer.write((sequence) => ({ ...known, phase: 'intent', call: `call-${sequence}` }));
      open.set(call, { principal, operation, effect });
      return { call };
    },
    async outcome(call, { result, error, subject = {} }) {
      const intent = open.get(call);
      if (!intent) throw new CodeError('input_invalid', `${call} has no intent that waits for an outcome.`);
      open.delete(call);
      const told = error === undefined ? {} : { error: redactText(redactor.hide(error)) };
      const record: Unchained = {
        at: clock.now(),
        phase: 'outcome',
        call,
        ...intent,
        subject: redact(redactor.hideAll(subject)),
        result,
        ...told,
      };
      await writer.write(() => record);
    },
    async actions(actions) {
      const records = actions.map(
        ({ subject, ...known }): Unchained => ({
          ...known,
          phase: 'action',
          principal: engine,
          effect: 'write',
          subject: redact(redactor.hideAll(subject)),
          result: 'ok',
        }),
      );
      if (records.length > 0) await writer.writeAll(records.map((record) => () => record));
    },
    async show({ after, limit = 100 }) {
      if (after === undefined) return (await store.list('audit', { reverse: true, limit })).map(({ value }) => value).toReversed();
      return (await store.list('audit', { after: recordKey(after), limit })).map(({ value }) => value);
    },
    async verify() {
      const vouched = (await checkpoints?.vouched()) ?? [];
      return 'ok' in vouched ? vouched : verifyStored(store, witness, vouched);
    },
    exported(after) {
      if (!checkpoints) throw new CodeError('audit_unsigned', 'This engine signs nothing, so there is nothing to check elsewhere.');
      return exportLines({ store, checkpoints, redactor, now: () => clock.now() }, after);
    },
    checkpoints,
  };
}
