// Who has read what programs or strangers wrote: what such a caller wants afterwards may be what they want, so a person decides.
import type { Clock } from '../base/clock.ts';
import { CodeError, hasCode } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { Principal } from '../model/principal.ts';
import type { Change, Store, Stored } from '../ports/store.ts';

/** Counted from the last time that it read such words: about as long as one conversation goes on. */
export const taintLife: Duration = 8 * 3_600_000;
/** What is read in a row is not written down each time. */
const coarse: Duration = 5 * 60_000;
const prefix = 'taint/';
/** Names of what was read; enough to tell a person why. */
const mostSources = 10;
/** Writers of one record that meet again and again are a defect, not bad luck. */
const tries = 20;

export interface Taint {
  readonly principal: string;
  /** Who is behind it. */
  readonly person: string;
  /** Absent: it is about a credential. */
  readonly run?: string;
  readonly since: number;
  readonly until: number;
  /** Operations that answered with such words. */
  readonly read: readonly string[];
}

export interface Taints {
  /** Whoever decides by itself, or says that it acts for what does, has read words of others. People are not marked: they judge what they read. */
  mark(principal: Principal, operation: string): Promise<void>;
  of(principal: Principal): Promise<Taint | undefined>;
  list(): Promise<readonly Taint[]>;
  /** Lets all runs and credentials of that name go on. Errors: `taint_unknown`, `denied` to whoever is behind it. */
  lift(name: string, by: Principal): Promise<readonly Taint[]>;
}

interface TaintsParts {
  readonly store: Store;
  readonly clock: Clock;
}

export function createTaints(parts: TaintsParts): Taints {
  return new StoredTaints(parts);
}

class StoredTaints implements Taints {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor({ store, clock }: TaintsParts) {
    this.#store = store;
    this.#clock = clock;
  }

  async mark(principal: Principal, operation: string): Promise<void> {
    if (principal.kind !== 'agent' && principal.run === undefined) return;
    const key = keyOf(principal);
    if (key !== undefined) await this.#keep(key, principal, operation);
  }

  async #keep(key: string, principal: Principal, operation: string): Promise<void> {
    for (let left = tries; ; left -= 1) {
      const stored = await this.#store.get('singleton', key);
      const before = stored && this.#living(stored);
      const next = nextTaint(principal, operation, before, this.#clock.now());
      if (next === before) return;
      try {
        const put: Change = { op: 'put', kind: 'singleton', key, value: { ...next }, expect: stored?.version ?? 0 };
        return await this.#store.commit(before ? [put] : [put, ...(await this.#over(key))]);
      } catch (thrown) {
        if (left === 0 || !hasCode(thrown, 'write_conflict')) throw thrown;
      }
    }
  }

  async of(principal: Principal): Promise<Taint | undefined> {
    const key = keyOf(principal);
    const stored = key === undefined ? undefined : await this.#store.get('singleton', key);
    return stored && this.#living(stored);
  }

  async list(): Promise<readonly Taint[]> {
    return (await this.#all()).flatMap((one) => this.#living(one) ?? []);
  }

  async lift(name: string, by: Principal): Promise<readonly Taint[]> {
    const found = (await this.#all()).flatMap((stored) => {
      const value = this.#living(stored);
      return value?.principal === name ? [{ ...stored, value }] : [];
    });
    if (found.length === 0)
      throw new CodeError('taint_unknown', `${name} is not held back: it has read nothing that others wrote, or not of late.`, {
        hint: 'See "codectl taint list".',
      });
    const person = by.person ?? by.id;
    if (by.run !== undefined || (by.kind !== 'local_user' && found.some(({ value }) => value.person === person)))
      throw new CodeError('denied', `${by.id} may not let ${name} go on: that is the same person, or a program of his.`, {
        hint: 'Somebody else does, with a credential of his own; or whoever owns the machine, there.',
      });
    const at = this.#clock.now();
    await this.#store.commit([
      ...found.map(({ key, version }): Change => ({ op: 'delete', kind: 'singleton', key, expect: version })),
      { op: 'append', event: { at, kind: 'taint.lifted', message: `${by.id} let ${name} go on after what it had read` } },
    ]);
    return found.map(({ value }) => value);
  }

  async #all(): Promise<readonly Stored<Readonly<Record<string, unknown>>>[]> {
    return this.#store.list('singleton', { prefix });
  }

  /** What no longer counts goes when the next one comes. */
  async #over(but: string): Promise<readonly Change[]> {
    const over = (await this.#all()).filter((one) => one.key !== but && !this.#living(one));
    return over.map(({ key, version }) => ({ op: 'delete', kind: 'singleton', key, expect: version }));
  }

  #living({ value }: Stored<Readonly<Record<string, unknown>>>): Taint | undefined {
    const taint = value as unknown as Taint;
    return taint.until > this.#clock.now() ? taint : undefined;
  }
}

/** The same, when there is nothing to write down. */
function nextTaint({ id, person = id, run }: Principal, operation: string, before: Taint | undefined, now: number): Taint {
  const until = now + taintLife;
  const known = before?.read ?? [];
  const isKnown = known.includes(operation) || known.length >= mostSources;
  if (before && isKnown && until - before.until < coarse) return before;
  return {
    principal: id,
    person,
    ...(run !== undefined && { run }),
    since: before?.since ?? now,
    until,
    read: isKnown ? known : [...known, operation],
  };
}

/** Whoever has a credential does not get rid of it by calling his run something else; whoever owns the machine has none. */
function keyOf({ id, token, run }: Principal): string | undefined {
  if (token !== undefined) return `${prefix}${token}`;
  return run === undefined ? undefined : `${prefix}${id}/${run}`;
}
