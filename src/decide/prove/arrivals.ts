// When requests are to leave: the whole schedule of a phase follows from its arrivals and a seed, however many processes send it.
import type { Duration } from '../../base/units.ts';
import type { Arrivals } from '../../model/proving/load.ts';

/** Open loop: closed loops have no schedule, their users ask when they were answered. */
export type OpenArrivals = Exclude<Arrivals, { readonly kind: 'users' }>;

/** How many were due in the first `at` milliseconds of a phase that lasts `lasts`: the integral of the rate. */
export function dueBy(arrivals: OpenArrivals, at: Duration, lasts: Duration): number {
  const seconds = at / 1000;
  switch (arrivals.kind) {
    case 'constant':
    case 'poisson':
      return arrivals.rate * seconds;
    case 'ramp':
      return arrivals.from * seconds + ((arrivals.to - arrivals.from) * seconds * seconds * 1000) / (2 * lasts);
    case 'spike': {
      const inside = Math.min(Math.max(at - arrivals.at, 0), arrivals.lasts) / 1000;
      return arrivals.base * (seconds - inside) + arrivals.peak * inside;
    }
    case 'sine': {
      const turn = arrivals.period / (2000 * Math.PI);
      return arrivals.base * seconds + arrivals.amplitude * turn * (1 - Math.cos(seconds / turn));
    }
    case 'replay': {
      const whole = Math.floor(seconds);
      const before = arrivals.rates.slice(0, whole).reduce((sum, one) => sum + one, 0);
      return before + (arrivals.rates[whole] ?? 0) * (seconds - whole);
    }
  }
}

/** The highest rate of a phase, a second: what a generator and its connections must be able to carry. */
export function highestRate(arrivals: OpenArrivals): number {
  switch (arrivals.kind) {
    case 'constant':
    case 'poisson':
      return arrivals.rate;
    case 'ramp':
      return Math.max(arrivals.from, arrivals.to);
    case 'spike':
      return Math.max(arrivals.base, arrivals.peak);
    case 'sine':
      return arrivals.base + arrivals.amplitude;
    case 'replay':
      return Math.max(0, ...arrivals.rates);
  }
}

/** Milliseconds since the phase's start, ascending, all before its end. `random`: from 0 to below 1; asked for Poisson arrivals only. */
export function* arrivalTimes(arrivals: OpenArrivals, lasts: Duration, random: () => number): Generator<number> {
  if (arrivals.kind === 'poisson') yield* poissonTimes(arrivals.rate, lasts, random);
  else if (arrivals.kind === 'constant') for (let n = 0; (n * 1000) / arrivals.rate < lasts; n += 1) yield (n * 1000) / arrivals.rate;
  else yield* followed(arrivals, lasts);
}

/** Gaps are exponential (a Poisson process). */
function* poissonTimes(rate: number, lasts: Duration, random: () => number): Generator<number> {
  const mean = 1000 / rate;
  for (let at = -Math.log(1 - random()) * mean; at < lasts; at -= Math.log(1 - random()) * mean) yield at;
}

/** The n-th leaves when n were due: within a millisecond the rate does not change. */
function* followed(arrivals: OpenArrivals, lasts: Duration): Generator<number> {
  let n = 0;
  let before = 0;
  for (let at = 0; at < lasts; at += 1) {
    const after = dueBy(arrivals, Math.min(at + 1, lasts), lasts);
    while (n < after) {
      yield at + Math.max(0, (n - before) / (after - before));
      n += 1;
    }
    before = after;
  }
}
