// The same write asked for twice is done once: the first call claims its key, a repeat gets the answer of the first.
import type { Clock } from '../base/clock.ts';
import { CodeError, hasCode } from '../base/errors.ts';
import type { IdempotencyRecord, Store, Stored } from '../ports/store.ts';

export interface Keyed {
  readonly principal: string;
  readonly operation: string;
  /** Chosen by the caller; 1 to 200 printable characters. */
  readonly key: string;
  /** Digest of the input. */
  readonly input: string;
  /** The answer holds a secret: it is not kept, and a repeat is told so (`write_conflict`). */
  readonly confidential?: boolean;
}

export interface Idempotency {
  /**
   * Runs `work` once for each (principal, operation, key) and answers repeats with its stored result for 24 hours. A failed run frees the key.
   * Errors: `idempotency_mismatch` (another input), `write_conflict` (the first is still running), `input_invalid`, and those of `work`.
   */
  run<T>(call: Keyed, work: () => Promise<T>): Promise<T>;
  /** Drops what is older than 24 hours; `run` does it by itself once an hour. */
  prune(): Promise<void>;
}

const hour = 3_600_000;
const kept = 24 * hour;
/** A claim this old whose run is not in this process was left by a crash. */
const abandoned = 10 * 60_000;

export function createIdempotency({ store, clock }: { readonly store: Store; readonly clock: Clock }): Idempotency {
  return new StoredIdempotency(store, clock);
}

class StoredIdempotency implements Idempotency {
  readonly #store: Store;
  readonly #clock: Clock;
  /** Claims whose work runs here, however long it takes. */
  readonly #running = new Set<string>();
  #prunedAt: number;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#prunedAt = clock.now();
  }

  async run<T>(call: Keyed, work: () => Promise<T>): Promise<T> {
    checkKey(call.key);
    if (this.#clock.now() - this.#prunedAt >= hour) await this.prune();
    const place = [call.principal, call.operation, call.key].map(escaped).join('/');
    const found = await this.#store.get('idempotency', place);
    const answer = found && this.#answered(found, call);
    if (answer?.withheld) throw shownOnce(call);
    if (answer) return answer.value as T;
    return this.#claimed(place, call, found?.version ?? 0, work);
  }

  async prune(): Promise<void> {
    const now = this.#clock.now();
    this.#prunedAt = now;
    const old = (await this.#store.list('idempotency')).filter(({ key, value }) => now - value.at >= kept && !this.#running.has(key));
    if (old.length > 0) await this.#store.commit(old.map(({ key }) => ({ op: 'delete', kind: 'idempotency', key })));
  }

  /** The stored answer; `undefined` for a record that may be taken over. */
  #answered({ key, value }: Stored<IdempotencyRecord>, call: Keyed): Answer | undefined {
    const age = this.#clock.now() - value.at;
    const running = this.#running.has(key);
    if (age >= kept && !running) return undefined;
    if (value.input !== call.input) throw mismatch(call);
    if (value.result !== undefined) return value.result as Answer;
    if (running || age < abandoned) throw stillRunning(call);
    return undefined;
  }

  async #claimed<T>(place: string, call: Keyed, version: number, work: () => Promise<T>): Promise<T> {
    const claim: IdempotencyRecord = { input: call.input, at: this.#clock.now() };
    await this.#claim(place, call, claim, version);
    this.#running.add(place);
    try {
      const value = await work();
      const result: Answer = call.confidential ? { withheld: true } : { value };
      await this.#settle({ op: 'put', value: { ...claim, result }, place, expect: version + 1 });
      return value;
    } catch (error) {
      await this.#settle({ op: 'delete', place, expect: version + 1 });
      throw error;
    } finally {
      this.#running.delete(place);
    }
  }

  async #claim(place: string, call: Keyed, value: IdempotencyRecord, expect: number): Promise<void> {
    try {
      await this.#store.commit([{ op: 'put', kind: 'idempotency', key: place, value, expect }]);
    } catch (error) {
      if (hasCode(error, 'write_conflict')) throw stillRunning(call);
      throw error;
    }
  }

  /** What was done is done: a store that cannot note it must not turn the caller's answer into another. The claim then ages. */
  async #settle({ place, expect, ...end }: Settlement): Promise<void> {
    try {
      await this.#store.commit([{ ...end, kind: 'idempotency', key: place, expect }]);
    } catch (error) {
      if (!(error instanceof CodeError)) throw error;
    }
  }
}

/** Wrapped, so that a result of `undefined` differs from none. */
interface Answer {
  readonly value?: unknown;
  /** It was given once and not kept. */
  readonly withheld?: true;
}

type Settlement = { readonly place: string; readonly expect: number } & (
  | { readonly op: 'put'; readonly value: IdempotencyRecord }
  | { readonly op: 'delete' }
);

/** Names may hold the separator; `a/b`+`c` must not be `a`+`b/c`. */
function escaped(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}

function checkKey(key: string): void {
  if (/^[\x20-\x7e]{1,200}$/.test(key)) return;
  throw new CodeError('input_invalid', 'The idempotency key must have 1 to 200 printable ASCII characters.', {
    hint: 'A UUID is a good one.',
  });
}

function mismatch({ operation, key }: Keyed): CodeError {
  return new CodeError('idempotency_mismatch', `The idempotency key "${key}" was used for ${operation} with another input.`, {
    hint: 'Use a new key for a new request.',
    details: { operation, key },
  });
}

function stillRunning({ operation, key }: Keyed): CodeError {
  return new CodeError('write_conflict', `${operation} with the idempotency key "${key}" is still running.`, {
    hint: 'Wait a moment, then repeat it with the same key to get its answer.',
    details: { operation, key },
  });
}

function shownOnce({ operation, key }: Keyed): CodeError {
  return new CodeError('write_conflict', `${operation} with the idempotency key "${key}" was done; its answer was shown that once.`, {
    hint: 'If the answer got lost, undo it and repeat it with a new key.',
    details: { operation, key },
  });
}
