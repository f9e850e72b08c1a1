// Signs where the audit's chain ends: after so many records, after a while, and when the engine ends. Only what continues the last one is signed.

import type { ChainHead } from '../../base/chain.ts';
import { chainStart } from '../../base/chain.ts';
import type { Clock } from '../../base/clock.ts';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import type { ChainVerdict } from '../chain.ts';
import { broken, ChainWalk, recordKey } from '../chain.ts';
import { readHead } from '../chain-store.ts';
import type { CheckpointPlaces } from './places.ts';
import { openSigner, readCheckpoints, writeCheckpoint } from './places.ts';
import type { Checkpoint, PublicKey, Signer } from './statement.ts';
import { checkpointType, digestOfCheckpoint } from './statement.ts';

/** How much at most is written and not signed yet. */
export interface CheckpointRhythm {
  readonly records: number;
  readonly time: Duration;
}

const usual: CheckpointRhythm = { records: 256, time: 60_000 };

export interface CheckpointParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly places: CheckpointPlaces;
  readonly log?: Pick<Log, 'warn'>;
  readonly rhythm?: CheckpointRhythm;
}

export class CheckpointBook {
  readonly #parts: CheckpointParts;
  readonly #rhythm: CheckpointRhythm;
  readonly #lifetime = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #signing: Promise<unknown> = Promise.resolve();
  /** What this process knows to have been signed. */
  #last: Checkpoint | undefined;
  #complained = '';

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
    this.#rhythm = parts.rhythm ?? usual;
  }

  start(): void {
    this.#running = this.#everySoOften();
  }

  /** The last word is signed, too. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    await this.#running;
    await this.#sealQuietly();
  }

  /** A record was written. Never throws, and nobody waits for it. */
  grew({ sequence }: ChainHead): void {
    if (sequence - (this.#last?.sequence ?? 0) >= this.#rhythm.records) void this.#sealQuietly();
  }

  /**
   * The checkpoint of the chain's end, made now if the newest is older; `undefined` while there are no records.
   * Errors: `audit_unsigned`, `store_corrupt` when the chain does not continue the newest, `disk_full`, `home_unwritable`.
   */
  seal(): Promise<Checkpoint | undefined> {
    const next = this.#signing.then(() => this.#seal());
    this.#signing = next.catch(() => undefined);
    return next;
  }

  /** Errors: as `seal`. */
  async signer(): Promise<Signer> {
    return openSigner(this.#parts.places, (await this.all()).length > 0);
  }

  all(): Promise<readonly Checkpoint[]> {
    return readCheckpoints(this.#parts.places);
  }

  /** What is wrong with the checkpoints themselves; the heads that they vouch for, when nothing is. Errors: `audit_unsigned`. */
  async vouched(): Promise<readonly Checkpoint[] | ChainVerdict> {
    // Known before it is read: what is signed meanwhile is not missed.
    const last = this.#last;
    const all = await this.all();
    if (all.length === 0 && !last) return [];
    return problemAmong(all, (await this.signer()).key, last) ?? all;
  }

  async #seal(): Promise<Checkpoint | undefined> {
    const { store, clock, places } = this.#parts;
    const head = await readHead(store);
    if (!head) return undefined;
    const last = (await this.all()).at(-1);
    const signer = await this.signer();
    if (last && last.sequence === head.sequence && last.hash === head.hash) return this.#keep(last);
    await this.#refuseBroken(last ?? chainStart, head);
    const { sequence, hash } = head;
    const checkpoint = signer.sign({
      type: checkpointType,
      number: (last?.number ?? 0) + 1,
      sequence,
      hash,
      at: clock.now(),
      previous: last ? digestOfCheckpoint(last) : chainStart.hash,
    } as const);
    await writeCheckpoint(places, checkpoint);
    return this.#keep(checkpoint);
  }

  #keep(checkpoint: Checkpoint): Checkpoint {
    this.#last = checkpoint;
    this.#complained = '';
    return checkpoint;
  }

  /** A signature under a chain that was tampered with would wash it clean. */
  async #refuseBroken(from: ChainHead, to: ChainHead): Promise<void> {
    const walk = new ChainWalk([], from);
    let after = recordKey(from.sequence);
    let left = to.sequence - from.sequence;
    while (left > 0) {
      const records = await this.#parts.store.list('audit', { after, limit: Math.min(1000, left) });
      if (!records.every(({ key, value }) => walk.step(value, key)) || records.length === 0) break;
      after = records.at(-1)?.key ?? after;
      left -= records.length;
    }
    const verdict = walk.end(to);
    if (verdict.ok) return;
    throw new CodeError('store_corrupt', `The audit is not signed any further: ${verdict.problem}`, {
      hint: 'Run "codectl audit verify" to see what was tampered with.',
    });
  }

  async #everySoOften(): Promise<void> {
    const { signal } = this.#lifetime;
    while (!signal.aborted) {
      await this.#sealQuietly();
      await this.#parts.clock.sleep(this.#rhythm.time, signal).catch(() => undefined);
    }
  }

  /** What cannot be signed is told once, and by `audit verify` and `audit export` as often as they are asked. */
  async #sealQuietly(): Promise<void> {
    try {
      await this.seal();
    } catch (thrown) {
      const { message, hint } = asCodeError(thrown);
      if (message === this.#complained) return;
      this.#complained = message;
      this.#parts.log?.warn({ error: message, hint }, 'the audit could not be signed');
    }
  }
}

function problemAmong(all: readonly Checkpoint[], key: PublicKey, last: Checkpoint | undefined): ChainVerdict | undefined {
  for (const [at, one] of all.entries()) {
    if (!key.verify(one)) return broken(one.sequence, `Checkpoint ${one.number} is not signed by the key ${key.id}.`);
    const problem = linkProblem(one, all[at - 1]);
    if (problem) return problem;
  }
  const end = all.at(-1)?.number ?? 0;
  if (!last || end >= last.number) return undefined;
  return broken(last.sequence, `Checkpoints ${end + 1} to ${last.number} are missing from the end.`);
}

function linkProblem(one: Checkpoint, before: Checkpoint | undefined): ChainVerdict | undefined {
  const due = (before?.number ?? 0) + 1;
  const previous = before ? digestOfCheckpoint(before) : chainStart.hash;
  if (one.number === due && one.previous === previous) return undefined;
  return broken(one.sequence, `Checkpoint ${due} is missing: checkpoint ${one.number} stands in its place.`);
}
