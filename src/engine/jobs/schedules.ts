// The crons of an environment: begins what is due, once, and remembers up to when it has looked.
import { digestOfJson } from '../../base/digest.ts';
import type { CronAnswer } from '../../decide/tasks/cron.ts';
import { decideCron } from '../../decide/tasks/cron.ts';
import type { ScheduleSpec } from '../../model/completion.ts';
import type { EnvironmentState, ServiceTarget } from '../../model/deployment.ts';
import type { NewEvent } from '../../model/event.ts';
import { serviceKey } from '../../model/instance.ts';
import type { Change, Stored } from '../../ports/store.ts';
import { runTask } from './drafts.ts';
import type { JobsOptions } from './options.ts';
import type { Tasks } from './tasks.ts';

/** Kept for each cron: a schedule that was changed begins anew, so that nothing is made up for that was never asked for. */
interface Cursor {
  readonly since: number;
  readonly schedule: string;
}

export class Schedules {
  readonly #options: JobsOptions;
  readonly #tasks: Tasks;
  readonly #cursors = new Map<string, Stored<Cursor>>();

  constructor(options: JobsOptions, tasks: Tasks) {
    this.#options = options;
    this.#tasks = tasks;
  }

  async look(state: EnvironmentState): Promise<void> {
    for (const [service, target] of Object.entries(state.services)) {
      const { kind, schedule } = target.spec;
      if (kind === 'cron' && schedule) await this.#lookAt(state, service, target, schedule);
    }
  }

  async #lookAt(state: EnvironmentState, service: string, target: ServiceTarget, schedule: ScheduleSpec): Promise<void> {
    const { ports, wake } = this.#options;
    const { scope } = state;
    const now = ports.clock.now();
    const cursor = await this.#cursor(serviceKey(scope, service), digestOfJson(schedule), now);
    const open = this.#tasks.open(scope).filter((one) => one.service === service && one.purpose === 'cron');
    const answer = decideCron({ schedule, since: cursor.value.since, open, now });
    if (answer.wakeAt !== undefined) wake(scope, answer.wakeAt);
    if (answer.since === undefined) return;
    const at = now;
    for (const { id } of answer.replace)
      await this.#tasks.edit(id, (task) => ({ ...task, cancelRequested: { by: 'engine', at, reason: 'the next run takes its place' } }));
    const skips = skipEvents(answer, { at, ...scope, service, release: target.release });
    await this.#advance(cursor, answer.since, skips, async (changes) => {
      if (answer.start === undefined) return ports.store.commit(changes, ports.fence());
      const draft = runTask({ scope, runtime: state.runtime, service, target }, 'cron', 'engine');
      await this.#tasks.create({ ...draft, scheduledAt: answer.start }, changes);
    });
  }

  /** In one commit with what follows from it: no run is begun twice, and none is forgotten. */
  async #advance(
    { key, version, value }: Stored<Cursor>,
    since: number,
    events: readonly NewEvent[],
    commit: (changes: readonly Change[]) => Promise<unknown>,
  ): Promise<void> {
    const next: Cursor = { ...value, since };
    const put: Change = { op: 'put', kind: 'singleton', key, value: { ...next }, expect: version };
    await commit([put, ...events.map((event): Change => ({ op: 'append', event }))]);
    this.#cursors.set(key, { key, version: version + 1, value: next });
  }

  async #cursor(service: string, schedule: string, now: number): Promise<Stored<Cursor>> {
    const { store, fence } = this.#options.ports;
    const key = `cron/${service}`;
    const known = this.#cursors.get(key) ?? readCursor(await store.get('singleton', key));
    if (known?.value.schedule === schedule) {
      this.#cursors.set(key, known);
      return known;
    }
    const fresh = { key, version: (known?.version ?? 0) + 1, value: { since: now, schedule } };
    await store.commit([{ op: 'put', kind: 'singleton', key, value: { ...fresh.value }, expect: known?.version ?? 0 }], fence());
    this.#cursors.set(key, fresh);
    return fresh;
  }
}

function readCursor(stored: Stored<Readonly<Record<string, unknown>>> | undefined): Stored<Cursor> | undefined {
  if (!stored) return undefined;
  const { since, schedule } = stored.value;
  return { ...stored, value: { since: typeof since === 'number' ? since : 0, schedule: typeof schedule === 'string' ? schedule : '' } };
}

function skipEvents({ skipped, more }: CronAnswer, about: Omit<NewEvent, 'kind' | 'message'>): readonly NewEvent[] {
  return skipped.map(({ at, because }, index) => {
    const others = more && index === skipped.length - 1 ? '; there were others before it' : '';
    const message = `${about.service}: the run of ${new Date(at).toISOString()} was left out: ${because}${others}`;
    return { ...about, kind: 'task.skipped', message };
  });
}
