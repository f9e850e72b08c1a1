// When a generator's process sends its next request: by the schedule that all of them know, or as its users were answered.
import { Random } from '../../../base/random.ts';
import type { Duration } from '../../../base/units.ts';
import { arrivalTimes } from '../../../decide/prove/arrivals.ts';
import type { Arrivals, LoadPhase } from '../../../model/proving/load.ts';

/** Where requests come from: the time of the next one, or that there will be none. Milliseconds since the start. */
export interface Source {
  /** Infinity: none is due before something is answered, or ever. */
  readonly next: number;
  /** Whether there can be any more. */
  readonly over: boolean;
  /** Takes the next. */
  advance(): void;
  /** One was answered at that time. */
  answered(at: number): void;
}

/** `index`: which of how many processes this one is. */
export function sourceOf({ arrivals, lasts }: LoadPhase, seed: number, index: number, of: number): Source {
  if (arrivals.kind === 'users') return new Users(arrivals, lasts, index, of);
  const random = new Random(seed);
  return new Schedule(
    arrivalTimes(arrivals, lasts, () => random.next()),
    index,
    of,
  );
}

/** Every so-many-th of the times that all processes know. */
class Schedule implements Source {
  readonly #times: Iterator<number, unknown>;
  readonly #of: number;
  next = Number.POSITIVE_INFINITY;
  over = false;

  constructor(times: Iterator<number, unknown>, index: number, of: number) {
    this.#times = times;
    this.#of = of;
    this.#skip(index + 1);
  }

  advance(): void {
    this.#skip(this.#of);
  }

  answered(): void {
    // Nobody waits for anybody.
  }

  #skip(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const step = this.#times.next();
      this.over = step.done === true;
      this.next = typeof step.value === 'number' && !this.over ? step.value : Number.POSITIVE_INFINITY;
      if (this.over) return;
    }
  }
}

/** They do not all come in at the same moment. */
const comingIn: Duration = 1_000;

/** A closed loop: each asks, waits for the answer, thinks, and asks again. */
class Users implements Source {
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
