// Looks for what was changed behind the engine's back – the route table, instances without a record, snapshots on disk – and puts it right.
// Instances that ended are not its business: every pass sees and replaces them.

import type { Digest } from '../../base/digest.ts';
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { EventKind, NewEvent } from '../../model/event.ts';
import type { Instance, Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Release } from '../../model/release.ts';
import type { Director } from '../director.ts';
import { releaseKey, scopeOfSet } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';
import type { DriftBook } from './book.ts';

/** Longest times for which drift goes unseen. The table costs one question; strays a look at every process; snapshots are read whole. */
export interface DriftRhythm {
  readonly table: Duration;
  readonly strays: Duration;
  readonly snapshots: Duration;
}

const usual: DriftRhythm = { table: 1_000, strays: 3_000, snapshots: 60_000 };

const table = { kind: 'route_table', subject: 'route table' } as const;

/** Where a live release's snapshot is used. */
interface Use {
  readonly digest: Digest;
  readonly scope: Scope;
  readonly release: Release;
}

export interface WatchedEngine {
  readonly ports: EnginePorts;
  readonly director: Director;
  readonly drift: DriftBook;
}

export class DriftWatch {
  readonly #ports: EnginePorts;
  readonly #director: Director;
  readonly #book: DriftBook;
  readonly #rhythm: DriftRhythm;
  readonly #lifetime = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor({ ports, director, drift }: WatchedEngine, rhythm: DriftRhythm = usual) {
    this.#ports = ports;
    this.#director = director;
    this.#book = drift;
    this.#rhythm = rhythm;
  }

  start(): void {
    this.#running = Promise.all([
      this.#every(this.#rhythm.table, () => this.lookAtTraffic()),
      this.#every(this.#rhythm.strays, () => this.lookForStrays()),
      this.#every(this.#rhythm.snapshots, () => this.lookAtSnapshots()),
    ]);
  }

  async stop(): Promise<void> {
    this.#lifetime.abort();
    await this.#running;
  }

  /** Also when the gateway was restarted: it may have lost its table, or been told another. Never throws. */
  lookAtTraffic(): Promise<void> {
    return this.#quietly('the route table', async (signal) => {
      const drift = await this.#director.drifted(signal);
      if (drift) {
        const message = `the gateway follows route table ${drift.found} instead of ${drift.expected}`;
        this.#book.found({ ...table, message });
        await this.#tell('drift.found', message, { facts: { expected: drift.expected, found: drift.found } });
        await this.#director.enforce(signal);
      }
      // Without a table in force – the gateway did not answer, and will be told again by the next pass – nothing is repaired.
      if (this.#director.table().version === 0 || !this.#book.repaired(table)) return;
      await this.#tell('drift.repaired', 'our route table is in force again', {});
    });
  }

  lookForStrays(): Promise<void> {
    return this.#quietly('instances without a record', async () => {
      const present = new Set<string>();
      for (const runtime of this.#ports.runtimes.values())
        for (const stray of (await runtime.strays?.()) ?? []) {
          present.add(stray.id);
          await this.#tellStray(stray);
        }
      for (const { subject, scope } of this.#book.openOf('stray'))
        if (!present.has(subject) && this.#book.repaired({ kind: 'stray', subject }))
          await this.#tell('drift.repaired', `${subject}, which nobody had a record of, has ended`, { ...scope, instance: subject });
    });
  }

  async #tellStray({ id, replicaSet }: Instance): Promise<void> {
    const scope = scopeOfSet(replicaSet);
    const message = `${id} runs with our mark but nobody has a record of it; it is stopped`;
    if (this.#book.found({ kind: 'stray', subject: id, scope, message }))
      await this.#tell('drift.found', message, { ...scope, instance: id });
  }

  lookAtSnapshots(): Promise<void> {
    return this.#quietly('snapshots', async (signal) => {
      for (const use of await this.#liveSnapshots()) {
        signal.throwIfAborted();
        await this.#lookAtSnapshot(use, signal);
      }
    });
  }

  async #lookAtSnapshot({ digest, scope, release }: Use, signal: AbortSignal): Promise<void> {
    const { artifacts } = this.#ports;
    const [about, drift] = [
      { ...scope, service: release.service, release: release.id },
      { kind: 'snapshot', subject: release.id } as const,
    ];
    const damage = await artifacts.verify?.(digest, signal);
    const mended = (how: string) => this.#tell('drift.repaired', `the snapshot of ${release.id} ${how}`, about);
    if (!damage) {
      if (this.#book.repaired(drift)) await mended('is as it should be again');
      return;
    }
    const message = `the snapshot of ${release.id} was changed on disk: ${damage.path || 'its directory'} (${damage.what})`;
    try {
      if (this.#book.found({ ...drift, scope, message })) await this.#tell('drift.found', message, about);
      const files = (await artifacts.repair?.(digest, signal)) ?? [];
      if (this.#book.repaired(drift)) await mended(`was mended: ${files.map((one) => one.path || '.').join(', ')}`);
    } catch (thrown) {
      const reason = asCodeError(thrown).message;
      if (signal.aborted || !this.#book.refused(drift, reason)) return;
      await this.#tell('engine.problem', `${message}, and cannot be mended: ${reason}`, about);
    }
  }

  /** Of every release that is live: what new instances are started from. */
  async #liveSnapshots(): Promise<readonly Use[]> {
    const { store } = this.#ports;
    const uses = new Map<Digest, Use>();
    for (const { value } of await store.list('environment'))
      for (const target of Object.values(value.services)) {
        const release = (await store.get('release', releaseKey(value.scope.application, target.release)))?.value;
        const artifact = release?.run.artifact;
        if (release && artifact?.kind === 'snapshot') uses.set(artifact.digest, { digest: artifact.digest, scope: value.scope, release });
      }
    return [...uses.values()].toSorted((a, b) => (scopeKey(a.scope) < scopeKey(b.scope) ? -1 : 1));
  }

  async #every(period: Duration, look: () => Promise<void>): Promise<void> {
    const { signal } = this.#lifetime;
    while (!signal.aborted) {
      await this.#ports.clock.sleep(period, signal).catch(() => undefined);
      if (!signal.aborted) await look();
    }
  }

  /** A look that fails is made again in its turn. */
  async #quietly(what: string, look: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      await look(signal);
    } catch (thrown) {
      if (!signal.aborted) this.#ports.log.warn({ error: asCodeError(thrown).message }, `could not look at ${what} for drift`);
    }
  }

  async #tell(kind: EventKind, message: string, about: Partial<NewEvent>): Promise<void> {
    const event: NewEvent = { at: this.#ports.clock.now(), kind, message, ...about };
    await this.#ports.store.commit([{ op: 'append', event }], this.#ports.fence());
  }
}
