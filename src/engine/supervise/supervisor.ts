// Makes a runtime of a driver that only knows single instances: keeps their records, probes them, heals and drains by `decide/heal`.
import { asCodeError } from '../../base/errors.ts';
import type { RandomText } from '../../base/ids.ts';
import type { Duration } from '../../base/units.ts';
import type { HealAction, HealQuestion } from '../../decide/heal.ts';
import { heal } from '../../decide/heal.ts';
import type { NewEvent } from '../../model/event.ts';
import type { Instance, ReplicaSet, Scope } from '../../model/instance.ts';
import type { ExecOutput, InstanceStats, Instances, LogLine, LogOptions } from '../../ports/instances.ts';
import type { Log } from '../../ports/log.ts';
import type { Probes } from '../../ports/probes.ts';
import type { Runtime, RuntimeCapabilities, TrafficView } from '../../ports/runtime.ts';
import type { Change, InstanceRecord, Lease, Store } from '../../ports/store.ts';
import { Journal } from './journal.ts';
import { beginningOf, endOf, neverBegan, newsOf, scopeOf, startId } from './naming.ts';
import { assumeReady, checkListener, Prober } from './prober.ts';
import { Records } from './records.ts';
import type { SlotOptions } from './slots.ts';
import { StartSlots } from './slots.ts';
import { Strays, waitedFor } from './strays.ts';
import { TaskBook } from './task-book.ts';

export interface SuperviseOptions extends SlotOptions {
  readonly driver: Instances;
  readonly capabilities: RuntimeCapabilities;
  readonly probes: Probes;
  readonly store: Store;
  readonly random: RandomText;
  readonly log: Log;
  readonly fence: () => Pick<Lease, 'name' | 'token'>;
  /** Values of the secrets that a release names. */
  readonly secrets: (scope: Scope, names: readonly string[]) => Promise<Readonly<Record<string, string>>>;
  /** See `StartRequest.surroundings`. */
  readonly surroundings: (set: Pick<ReplicaSet, 'scope' | 'release'>) => Promise<Readonly<Record<string, string>>>;
}

export class Supervisor implements Runtime {
  readonly name: string;
  readonly capabilities: RuntimeCapabilities;
  readonly tasks: TaskBook;
  readonly pin: Runtime['pin'];
  readonly tidy: Runtime['tidy'];
  readonly exportImage: Runtime['exportImage'];
  readonly sight: Runtime['sight'];
  readonly #options: SuperviseOptions;
  readonly #records = new Records();
  readonly #journal: Journal;
  readonly #prober: Prober;
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #lifetime = new AbortController();
  readonly #strays: Strays;
  readonly #slots: StartSlots;
  readonly #startedAt: number;
  #unsubscribe: () => void = () => {};

  constructor(options: SuperviseOptions) {
    this.name = options.driver.name;
    this.capabilities = options.capabilities;
    ({ pin: this.pin, tidy: this.tidy, exportImage: this.exportImage } = options.driver);
    this.sight = async (wanted) => (await options.driver.sight?.(this.#records.requests(wanted))) ?? {};
    this.#options = options;
    this.#startedAt = options.clock.now();
    const known = () => new Set([...this.#records.ids(), ...this.#slots.unrecorded(), ...this.tasks.ids()]);
    this.#strays = new Strays(options.driver, options.log, this.#lifetime.signal, known);
    this.#journal = new Journal(options.store, options.fence);
    this.#slots = new StartSlots(options);
    this.tasks = new TaskBook({ ...options, known }, this.#journal, this.#lifetime.signal);
    this.#prober = new Prober(options.probes, options.clock, {
      readiness: (id, ready, because) => void this.#guard(id, () => this.#readinessTurned(id, ready, because)),
      dead: (id, because) => void this.#guard(id, () => this.#livenessFailed(id, because)),
    });
  }

  /** Loads the records of earlier lives and removes what nobody remembers, waited for until `enough`. Call once before the first pass. */
  async start(enough?: AbortSignal): Promise<void> {
    for (const { value } of await this.#options.store.list('instance')) {
      if (value.driver === this.name && value.task === undefined) this.#records.put(value);
      else if (value.driver === this.name) this.tasks.recall(value);
    }
    this.#unsubscribe = this.#options.driver.onChange((id) => this.#wakeFor(id));
    await waitedFor(this.strays(), enough);
  }

  strays(): Promise<readonly Instance[]> {
    return this.#strays.dismiss();
  }

  /** Stops watching; the instances go on. */
  stop(): void {
    this.#lifetime.abort();
    this.#unsubscribe();
    this.#prober.stop();
  }

  async observe(scope: Scope, signal: AbortSignal): Promise<readonly Instance[]> {
    const living = this.#records.inScope(scope).filter((one) => one.state !== 'exited');
    const seen = await this.#options.driver.inspect(living, signal);
    // Late news may be of an instance that was forgotten meanwhile: its record must not come back.
    const isNews = (one: InstanceRecord) => (this.#records.get(one.id) ?? one).state !== 'exited';
    for (const one of seen) if (isNews(one)) await (one.state === 'exited' ? this.#ended(one) : this.#begun(one));
    // What is decided on this is stored: after a crash it must not rest on a readiness that nobody remembers.
    await this.#journal.flush();
    // Others may have been started while the driver was asked: whoever routes by this answer must not leave them out.
    return this.#records.inScope(scope);
  }

  async apply(set: ReplicaSet, traffic: TrafficView, signal: AbortSignal): Promise<void> {
    await this.#journal.flush();
    const instances = this.#records.ofSet(set.id);
    for (const one of instances) if (one.state === 'running' && !this.#prober.watches(one.id)) this.#watch(one, set);
    const { stop, probe } = set.release.run;
    const answer = this.#heal(instances, { wanted: set.replicas, stop, probe, held: set.held, restart: set.restart }, traffic);
    const starts = answer.actions.filter((one) => one.kind === 'start');
    await Promise.all(starts.slice(0, this.#slots.room(set, starts.length)).map(() => this.#startOne(set, signal)));
    for (const action of answer.actions) if (action.kind !== 'start') await this.#act(action, stop.grace);
    if (answer.wakeAt !== undefined) this.#options.wake(set.scope, answer.wakeAt);
  }

  async remove(_scope: Scope, replicaSet: string, grace: Duration, traffic: TrafficView): Promise<void> {
    await this.#journal.flush();
    const probe = { interval: 1_000, timeout: 1_000, passes: 1, fails: 1, deadline: Number.MAX_SAFE_INTEGER };
    for (const action of this.#heal(this.#records.ofSet(replicaSet), { wanted: 0, stop: { drain: grace, grace }, probe }, traffic).actions)
      if (action.kind !== 'start') await this.#act(action, grace);
  }

  logs(instance: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    const record = this.#records.get(instance) ?? this.tasks.get(instance);
    return record && this.#options.driver.logs ? this.#options.driver.logs(record, options, signal) : nothing<LogLine>();
  }

  exec(instance: string, command: readonly string[], signal: AbortSignal): AsyncIterable<ExecOutput> {
    const record = this.#records.get(instance);
    return record && this.#options.driver.exec ? this.#options.driver.exec(record, command, signal) : nothing<ExecOutput>();
  }

  async stats(scope: Scope): Promise<Readonly<Record<string, InstanceStats>>> {
    const mine = this.#records.inScope(scope).filter((one) => one.state === 'running');
    return (await this.#options.driver.stats?.(mine)) ?? {};
  }

  #heal(instances: readonly Instance[], wish: Pick<HealQuestion, 'wanted' | 'stop' | 'probe' | 'held' | 'restart'>, traffic: TrafficView) {
    return heal({ ...wish, ...traffic, instances, watchedSince: this.#startedAt, now: this.#options.clock.now() });
  }

  // ── acting ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #startOne(set: ReplicaSet, signal: AbortSignal): Promise<void> {
    const { random, wake } = this.#options;
    const id = startId(set, random);
    this.#slots.begin(id);
    const record = assumeReady(await this.#tryStart(id, set, signal), set);
    this.#slots.recorded(id);
    // From here on its record is known, whether or not it can be written yet.
    this.#records.put(record);
    if (record.state === 'running') this.#watch(record, set);
    await this.#save(record, [beginningOf(record, set.release, this.#options.clock.now())]);
    wake(set.scope);
  }

  /** The record of an instance that runs, or of one that ended before it began. */
  async #tryStart(id: string, set: ReplicaSet, signal: AbortSignal): Promise<InstanceRecord> {
    const { driver, secrets, surroundings, clock } = this.#options;
    try {
      const values = await secrets(set.scope, set.release.run.secrets);
      return await driver.start({ id, replicaSet: set, secrets: values, surroundings: await surroundings(set) }, signal);
    } catch (thrown) {
      return neverBegan(id, set, this.name, asCodeError(thrown), clock.now());
    }
  }

  async #act(action: Exclude<HealAction, { kind: 'start' }>, grace: Duration): Promise<void> {
    const record = this.#records.get(action.instance);
    if (!record) return;
    switch (action.kind) {
      case 'drain':
        await this.#save({
          ...record,
          state: 'draining',
          drainingAt: this.#options.clock.now(),
          unreadyBecause: record.unreadyBecause ?? action.because,
        });
        return this.#wakeFor(record.id);
      case 'stop':
        return this.#stopInBackground(record, grace);
      case 'forget':
        return this.#forget(record);
    }
  }

  /** SIGTERM and grace may take long; the pass goes on meanwhile. */
  async #stopInBackground(record: InstanceRecord, grace: Duration): Promise<void> {
    if (this.#stopping.has(record.id)) return;
    if (record.state !== 'stopping') await this.#save({ ...record, state: 'stopping', ready: false });
    this.#prober.forget(record.id);
    const work = this.#options.driver
      .stop(record, grace, this.#lifetime.signal)
      .then(() => this.#wakeFor(record.id))
      .catch((thrown: unknown) =>
        this.#options.log.error({ instance: record.id, error: asCodeError(thrown).message }, 'could not stop an instance'),
      )
      .finally(() => this.#stopping.delete(record.id));
    this.#stopping.set(record.id, work);
  }

  async #forget(record: InstanceRecord): Promise<void> {
    this.#prober.forget(record.id);
    await this.#options.driver.forget(record);
    await this.#journal.write([{ op: 'delete', kind: 'instance', key: record.id }]);
    this.#records.delete(record.id);
  }

  // ── learning ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What it waited for is there, and it runs: its time to become ready begins. */
  async #begun(seen: InstanceRecord): Promise<void> {
    const known = this.#records.get(seen.id);
    if (known?.state !== 'starting' || seen.state !== 'running') return;
    const at = this.#options.clock.now();
    await this.#save({ ...seen, startedAt: at, waitedUntil: at }, [this.#event(seen, 'instance.started', `${seen.id} was started`)]);
  }

  async #ended(seen: InstanceRecord): Promise<void> {
    this.#prober.forget(seen.id);
    const known = this.#records.get(seen.id) ?? seen;
    const requested = known.state === 'stopping' || known.state === 'draining' || seen.exit?.requested === true;
    const at = this.#options.clock.now();
    const record: InstanceRecord = { ...known, state: 'exited', ready: false, exit: { at, ...seen.exit, requested } };
    await this.#save(record, [endOf(record, at)]);
    this.#wakeFor(record.id);
  }

  async #readinessTurned(id: string, ready: boolean, because: string | undefined): Promise<void> {
    const record = this.#records.get(id);
    if (!record || record.state !== 'running') return;
    const turned = record.ready !== ready;
    const readyAt = ready && turned ? this.#options.clock.now() : record.readyAt;
    const next: InstanceRecord = { ...record, ready, readyAt, unreadyBecause: because, assumed: undefined };
    if (!turned && !record.assumed) return this.#records.put(next);
    const message = ready ? `${id} is ready` : `${id} is no longer ready: ${because ?? 'its probe failed'}`;
    await this.#save(next, [this.#event(next, ready ? 'instance.ready' : 'instance.unready', message)]);
    this.#wakeFor(id);
  }

  async #livenessFailed(id: string, because: string): Promise<void> {
    const record = this.#records.get(id);
    if (!record || record.state !== 'running') return;
    await this.#save({ ...record, dead: true, ready: false, unreadyBecause: because }, [
      this.#event(record, 'instance.unready', `${id} failed its liveness probe: ${because}`),
    ]);
    this.#wakeFor(id);
  }

  #watch(record: InstanceRecord, set: ReplicaSet): void {
    const { probe, liveness } = set.release.run;
    const { listening } = this.#options.driver;
    const precheck =
      listening && record.address ? () => checkListener(() => listening.call(this.#options.driver, record), record) : undefined;
    const { id: instance, address, ready, assumed } = record;
    this.#prober.watch({ instance, address, spec: probe, liveness, ready, assumed, precheck });
  }

  // ── remembering ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #save(record: InstanceRecord, events: readonly NewEvent[] = []): Promise<void> {
    const changes: Change[] = [
      { op: 'put', kind: 'instance', key: record.id, value: record },
      ...events.map((event): Change => ({ op: 'append', event })),
    ];
    // In memory first: whoever looks while the disk is busy must not act on, and then write back, what was true before.
    this.#records.put(record);
    this.#slots.note(record);
    await this.#journal.write(changes);
  }

  #event(record: InstanceRecord, kind: NewEvent['kind'], message: string): NewEvent {
    return newsOf(record, kind, message, this.#options.clock.now());
  }

  #wakeFor(instance: string): void {
    const record = this.#records.get(instance) ?? this.tasks.get(instance);
    if (record) this.#options.wake(scopeOf(record));
  }

  async #guard(instance: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!this.#lifetime.signal.aborted)
        this.#options.log.error({ instance, error: asCodeError(thrown).message }, 'could not act on news of an instance');
      // The next pass writes what could not be written.
      this.#wakeFor(instance);
    }
  }
}

async function* nothing<T>(): AsyncIterable<T> {}
