// When requests arrive, as people write it: one word, or a word with its numbers.
import { parseDuration } from '../../base/units.ts';
import type { Arrivals } from './load.ts';

/** How each is written. */
export const arrivalForms = {
  constant: 'constant',
  poisson: 'poisson',
  ramp: 'ramp:10-500',
  spike: 'spike:100-1000@5s+2s',
  sine: 'sine:100~50/30s',
} as const;

/** A generator that is asked for more measures itself. */
export const highestAsked = 1_000_000;
export const mostUsers = 100_000;

/** `rate`: of constant and Poisson ones. Undefined: it is none of the forms. */
export function readArrivals(text: string, rate: number): Arrivals | undefined {
  if (text === 'constant' || text === 'poisson') return { kind: text, rate };
  const [, kind, first, second, third, fourth] = /^(ramp|spike|sine):([\d.]+)[-~]([\d.]+)(?:[@/](\w+))?(?:\+(\w+))?$/.exec(text) ?? [];
  const [from, to] = [readRate(first), readRate(second)];
  if (from === undefined || to === undefined) return undefined;
  if (kind === 'ramp') return third === undefined && fourth === undefined ? { kind, from, to } : undefined;
  return kind === 'spike' ? spikeOf(from, to, third, fourth) : fourth === undefined ? sineOf(from, to, third) : undefined;
}

function spikeOf(base: number, peak: number, from = '', long = ''): Arrivals | undefined {
  const [at, lasts] = [parseDuration(from), parseDuration(long)];
  return at === undefined || lasts === undefined ? undefined : { kind: 'spike', base, peak, at, lasts };
}

/** It must not fall below nothing. */
function sineOf(base: number, amplitude: number, turn = ''): Arrivals | undefined {
  const period = parseDuration(turn) ?? 0;
  return period === 0 || amplitude > base ? undefined : { kind: 'sine', base, amplitude, period };
}

/** A second; undefined: it is none. */
export function readRate(text = ''): number | undefined {
  const read = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  return read <= highestAsked ? read : undefined;
}
