// The crons of an environment: begins what is due, once, and remembers up to when it has looked.
import { digestOfJson } from '../../base/digest.ts';
import type { CronAnswer } from '../../decide/tasks/cron.ts';
import { decideCron } from '../../decide/tasks/cron.ts';
import type { ScheduleSpec } from '../../model/completion.ts';
import type { EnvironmentState, ServiceTarget } from '../../model/deployment.ts';
import type { NewEvent } from '../../model/event.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey, serviceKey } from '../../model/instance.ts';
import type { Change, Stored } from '../../ports/store.ts';
import { runTask } from './drafts.ts';
import type { JobsOptions } from './options.ts';
import type { Tasks } from './tasks.ts';

/** Kept for each cron while it is there: a schedule that was changed begins anew, so that nothing is made up for that was never asked for. */
interface Cursor {
  readonly since: number;
  readonly schedule: string;
}

/** Told with every pass, and the same until somebody deploys. */
const digests = new WeakMap<ScheduleSpec, string>();

export class Schedules {
  readonly #options: JobsOptions;
  readonly #tasks: Tasks;
  /** By scope, those of its crons. */
  readonly #cursors = new Map<string, Map<string, Stored<Cursor>>>();

  constructor(options: JobsOptions, tasks: Tasks) {
    this.#options = options;
    this.#tasks = tasks;
  }

  async look(state: EnvironmentState): Promise<void> {
    const crons = Object.entries(state.services).filter(([, { spec }]) => spec.kind === 'cron' && spec.schedule);
    await this.#forgetAllBut(
      state.scope,
      crons.map(([service]) => service),
    );
    for (const [service, target] of crons) if (target.spec.schedule) await this.#lookAt(state, service, target, target.spec.schedule);
  }

  async #lookAt(state: EnvironmentState, service: string, target: ServiceTarget, schedule: ScheduleSpec): Promise<void> {
    const { ports, wake } = this.#options;
    const { scope } = state;
    const now = ports.clock.now();
    const cursor = await this.#cursor(scope, service, digestOfSchedule(schedule));
    const open = this.#tasks.open(scope).filter((one) => one.service === service && one.purpose === 'cron');
    const answer = decideCron({ schedule, since: cursor.value.since, open, now });
    if (answer.wakeAt !== undefined) wake(scope, answer.wakeAt);
    if (answer.since === undefined) return;
    const at = now;
    for (const { id } of answer.replace)
      await this.#tasks.edit(id, (task) => ({ ...task, cancelRequested: { by: 'engine', at, reason: 'the next run takes its place' } }));
    const skips = skipEvents(answer, { at, ...scope, service, release: target.release });
    await this.#advance(scope, cursor, answer.since, skips, async (changes) => {
      if (answer.start === undefined) return ports.store.commit(changes, ports.fence());
      const draft = runTask({ scope, runtime: state.runtime, service, target }, 'cron', 'engine');
      await this.#tasks.create({ ...draft, scheduledAt: answer.start }, changes);
    });
  }

  /** In one commit with what follows from it: no run is begun twice, and none is forgotten. */
  async #advance(
    scope: Scope,
    { key, version, value }: Stored<Cursor>,
    since: number,
    events: readonly NewEvent[],
    commit: (changes: readonly Change[]) => Promise<unknown>,
  ): Promise<void> {
    const next: Cursor = { ...value, since };
    const put: Change = { op: 'put', kind: 'singleton', key, value: { ...next }, expect: version };
    await commit([put, ...events.map((event): Change => ({ op: 'append', event }))]);
    (await this.#known(scope)).set(key, { key, version: version + 1, value: next });
  }

  async #cursor(scope: Scope, service: string, schedule: string): Promise<Stored<Cursor>> {
    const { store, clock, fence } = this.#options.ports;
    const key = cursorKey(scope, service);
    const all = await this.#known(scope);
    const known = all.get(key);
    if (known?.value.schedule === schedule) return known;
    const fresh = { key, version: (known?.version ?? 0) + 1, value: { since: clock.now(), schedule } };
    await store.commit([{ op: 'put', kind: 'singleton', key, value: { ...fresh.value }, expect: known?.version ?? 0 }], fence());
    all.set(key, fresh);
    return fresh;
  }

  /** A cron that comes back begins anew: nobody had asked for what it would have begun meanwhile. */
  async #forgetAllBut(scope: Scope, services: readonly string[]): Promise<void> {
    const { store, fence } = this.#options.ports;
    const all = await this.#known(scope);
    const wanted = new Set(services.map((one) => cursorKey(scope, one)));
    for (const { key, version } of [...all.values()].filter((one) => !wanted.has(one.key))) {
      await store.commit([{ op: 'delete', kind: 'singleton', key, expect: version }], fence());
      all.delete(key);
    }
  }

  async #known(scope: Scope): Promise<Map<string, Stored<Cursor>>> {
    const known = this.#cursors.get(scopeKey(scope));
    if (known) return known;
    const stored = await this.#options.ports.store.list('singleton', { prefix: cursorKey(scope, '') });
    const loaded = new Map(stored.map((one) => [one.key, readCursor(one)]));
    this.#cursors.set(scopeKey(scope), loaded);
    return loaded;
  }
}

function digestOfSchedule(schedule: ScheduleSpec): string {
  const digest = digests.get(schedule) ?? digestOfJson(schedule);
  digests.set(schedule, digest);
  return digest;
}

function cursorKey(scope: Scope, service: string): string {
  return `cron/${serviceKey(scope, service)}`;
}

function readCursor(stored: Stored<Readonly<Record<string, unknown>>>): Stored<Cursor> {
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
