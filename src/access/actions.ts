// What the engine does by itself – heals, scales, turns round, ends – is written to the audit: each such event once, also over a crash.
import type { Clock } from '../base/clock.ts';
import { asCodeError } from '../base/errors.ts';
import type { EngineEvent, EventKind } from '../model/event.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { Audit, AuditAction } from './audit.ts';

/**
 * `false`: progress and what is merely seen, which changes nothing; and what somebody asked for, which the audit has by that call.
 * A new kind of event must say here what it is.
 */
const isAction: Readonly<Record<EventKind, boolean>> = {
  'deployment.started': true,
  'deployment.turned': true,
  'deployment.ended': true,
  'service.stage': false,
  'service.progress': false,
  'service.scaled': true,
  'scale.paused': false,
  'scale.resumed': false,
  'service.step': true,
  'service.verdict': true,
  'deployment.paused': true,
  'deployment.resumed': false,
  'deployment.promoted': false,
  'instance.waiting': false,
  'instance.started': true,
  'instance.ready': false,
  'instance.unready': false,
  'instance.exited': true,
  'instance.stopped': true,
  'traffic.applied': false,
  'traffic.paused': false,
  'traffic.resumed': false,
  'lock.acquired': false,
  'lock.released': false,
  'approval.given': false,
  'approval.withdrawn': false,
  'approval.glass_broken': false,
  'policy.changed': false,
  'taint.lifted': false,
  'secret.set': false,
  'secret.removed': false,
  'task.started': true,
  'task.retried': true,
  'task.ended': true,
  'task.skipped': true,
  'gateway.restarted': true,
  'drift.found': true,
  'drift.repaired': true,
  'trial.begun': false,
  'trial.ended': false,
  'incident.opened': true,
  'incident.noted': false,
  'incident.acknowledged': false,
  'incident.resolved': false,
  'watch.found': true,
  'watch.cleared': true,
  'upstream.attached': true,
  'engine.started': true,
  'engine.problem': true,
};

/** Events read, and records written together. */
const batch = 64;

export interface ActionParts {
  readonly audit: Pick<Audit, 'actions'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log?: Pick<Log, 'warn'>;
}

export class ActionBook {
  readonly #parts: ActionParts;
  readonly #lifetime = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  start(): void {
    const unsubscribe = this.#parts.store.onEvents(() => this.#wake());
    this.#running = this.#follow().finally(unsubscribe);
  }

  /** What was told until now is written. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    this.#wake();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#lifetime;
    let after: number | undefined;
    for (let ending = false; !ending; ) {
      // Before the look: what is told during it wakes us at once.
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      ending = signal.aborted;
      const reached = await this.#writeAfter(after).catch((thrown: unknown) => this.#failed(thrown));
      after = reached ?? after;
      if (ending || signal.aborted) continue;
      await (reached === undefined ? this.#parts.clock.sleep(1000, signal).catch(() => undefined) : woken);
    }
  }

  /** Resolves with the number of the last event that was dealt with. */
  async #writeAfter(known: number | undefined): Promise<number> {
    const { audit, store } = this.#parts;
    let after = known ?? (await lastWritten(store));
    for (;;) {
      const events = await store.events(after, batch);
      const last = events.at(-1);
      if (!last) return after;
      await audit.actions(events.filter(({ kind }) => isAction[kind]).map(actionOf));
      after = last.sequence;
    }
  }

  /** The store may be full, or slow: what was not written is written later, from where it stopped. */
  #failed(thrown: unknown): undefined {
    this.#parts.log?.warn({ error: asCodeError(thrown).message }, 'what the engine did could not be written to the audit; tried again');
    return undefined;
  }
}

/** The chain itself knows: records and the place reached are one commit. */
async function lastWritten(store: Store): Promise<number> {
  let after: string | undefined;
  for (;;) {
    const records = await store.list('audit', { reverse: true, limit: 500, ...(after !== undefined && { after }) });
    const found = records.find(({ value }) => value.phase === 'action');
    if (found) return Number(found.value.subject['event'] ?? 0);
    if (records.length === 0) return 0;
    after = records.at(-1)?.key;
  }
}

function actionOf({ sequence, at, kind, ...told }: EngineEvent): AuditAction {
  return { call: `event-${sequence}`, at, operation: kind, subject: { event: sequence, ...told } };
}
