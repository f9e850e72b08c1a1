// What was found changed behind the engine's back and what became of it, for those who ask later; events tell those who watch.
import type { Clock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import type { Drift } from '../../model/drift.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';

/** So long what was put right is still told. */
export const toldFor: Duration = 10 * 60_000;
/** Somebody who starts thousands of strays must not fill the memory. */
const atMost = 200;

type Subject = Pick<Drift, 'kind' | 'subject'>;

/** Lasts as long as the engine: its next life finds again what is still so. */
export class DriftBook {
  readonly #clock: Clock;
  readonly #pages = new Map<string, Drift>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Says whether that is news: what stands here unrepaired is known. */
  found(drift: Subject & Pick<Drift, 'scope' | 'message'>): boolean {
    if (this.open(drift)) return false;
    if (this.#pages.size >= atMost) this.#pages.delete(this.#pages.keys().next().value ?? '');
    // Deleted first, so that the newest comes last.
    this.#pages.delete(keyOf(drift));
    this.#pages.set(keyOf(drift), { ...drift, foundAt: this.#clock.now(), state: 'repairing' });
    return true;
  }

  /** Says whether it was not known to be repaired. */
  repaired(about: Subject): boolean {
    const known = this.open(about);
    if (!known) return false;
    const { because: _, ...rest } = known;
    this.#pages.set(keyOf(about), { ...rest, state: 'repaired', repairedAt: this.#clock.now() });
    return true;
  }

  /** Says whether the reason is news. */
  refused(about: Subject, because: string): boolean {
    const known = this.open(about);
    if (!known || (known.state === 'refused' && known.because === because)) return false;
    this.#pages.set(keyOf(about), { ...known, state: 'refused', because });
    return true;
  }

  /** Not repaired. */
  open(about: Subject): Drift | undefined {
    const known = this.#pages.get(keyOf(about));
    return known?.state === 'repaired' ? undefined : known;
  }

  openOf(kind: Drift['kind']): readonly Drift[] {
    return [...this.#pages.values()].filter((one) => one.kind === kind && one.state !== 'repaired');
  }

  /** What concerns an environment, the oldest first; what was repaired long ago is forgotten. */
  of(scope: Scope): readonly Drift[] {
    const since = this.#clock.now() - toldFor;
    for (const [key, one] of this.#pages) if (one.repairedAt !== undefined && one.repairedAt < since) this.#pages.delete(key);
    return [...this.#pages.values()].filter((one) => one.scope === undefined || scopeKey(one.scope) === scopeKey(scope));
  }
}

function keyOf({ kind, subject }: Subject): string {
  return `${kind} ${subject}`;
}
