// A closed loop: users who ask, wait for the answer, think, and ask again.
import type { Duration } from '../../base/units.ts';
import type { Arrivals } from '../../model/proving/load.ts';
import type { Source } from './source.ts';

/** They do not all come in at the same moment. */
const comingIn: Duration = 1_000;

export class Users implements Source {
  readonly #think: Duration;
  readonly #lasts: Duration;
  /** When each asks next, ascending: all think equally long. */
  #due: number[];
  #first = 0;

  constructor({ users, think }: Extract<Arrivals, { readonly kind: 'users' }>, lasts: Duration, index: number, of: number) {
    this.#think = think;
    this.#lasts = lasts;
    const within = Math.min(think, comingIn);
    this.#due = Array.from({ length: users }, (_, user) => (user / users) * within).filter((_, user) => user % of === index);
  }

  get next(): number {
    const at = this.#due[this.#first] ?? Number.POSITIVE_INFINITY;
    return at < this.#lasts ? at : Number.POSITIVE_INFINITY;
  }

  /** When the phase's time is over, which whoever runs it knows: nobody who still waits will ask again. */
  get over(): boolean {
    return this.next === Number.POSITIVE_INFINITY;
  }

  advance(): void {
    this.#first += 1;
    if (this.#first < 4096) return;
    this.#due = this.#due.slice(this.#first);
    this.#first = 0;
  }

  answered(at: number): void {
    this.#due.push(at + this.#think);
  }
}
