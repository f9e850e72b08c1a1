// Parsed policy sets, kept for those who ask often: parsing takes longer than asking. The evaluator frees none, so their names are used again.
import type { Language, PolicySet } from './language.ts';

/** Enough for those who call within a few minutes; each takes some kilobytes. */
const kept = 256;

let owners = 0;

export class PreparedSets {
  readonly #language: Language;
  readonly #size: number;
  /** Sets of several owners are in one evaluator. */
  readonly #prefix = `sets-${++owners}`;
  /** Name by key; the one that was asked longest ago comes first. */
  readonly #names = new Map<string, string>();

  constructor(language: Language, size = kept) {
    this.#language = language;
    this.#size = size;
  }

  /** Under which name the set of that key is; it is made when it is not there. */
  of(key: string, make: () => PolicySet): string {
    const known = this.#names.get(key);
    if (known !== undefined) this.#names.delete(key);
    const name = known ?? this.#prepared(make());
    this.#names.set(key, name);
    return name;
  }

  #prepared(set: PolicySet): string {
    const [oldest] = this.#names.size < this.#size ? [] : this.#names;
    const name = oldest?.[1] ?? `${this.#prefix}-${this.#names.size}`;
    this.#language.prepare(name, set);
    if (oldest) this.#names.delete(oldest[0]);
    return name;
  }
}
