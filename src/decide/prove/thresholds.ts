// Thresholds as people write them, and what became of each: held against the end of the interval that speaks against it.
import { parseDuration, parseShare } from '../../base/units.ts';
import type { CriterionWord } from '../../model/proving/criterion.ts';
import type { Figure, Figures } from '../../model/proving/figure.ts';

export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly figure: string;
  readonly op: '<' | '<=' | '>' | '>=';
  /** In the figure's unit. */
  readonly value: number;
}

export interface Judged {
  readonly threshold: Threshold;
  readonly word: CriterionWord;
  /** In words: what was measured, or why it was not. */
  readonly seen: string;
}

const metrics = {
  p50: { figure: 'performance.latency.p50', reads: parseDuration },
  p95: { figure: 'performance.latency.p95', reads: parseDuration },
  p99: { figure: 'performance.latency.p99', reads: parseDuration },
  errors: { figure: 'performance.errors', reads: parseShare },
  availability: { figure: 'performance.availability', reads: parseShare },
  throughput: { figure: 'performance.throughput', reads: number },
  users: { figure: 'performance.users', reads: number },
} as const;

export const thresholdForm = `a threshold such as "p99 < 100ms", "errors < 1%", "throughput > 1000" (of ${Object.keys(metrics).join(', ')})`;

/** Undefined: it is none. */
export function readThreshold(text: string): Threshold | undefined {
  const [, metric = '', op, amount = ''] = /^\s*([a-z0-9]+)\s*(<=?|>=?)\s*([\d.]+[a-z%]*)\s*$/.exec(text) ?? [];
  if (op === undefined || !Object.hasOwn(metrics, metric)) return undefined;
  const { figure, reads } = metrics[metric as keyof typeof metrics];
  const value = reads(amount);
  return value === undefined ? undefined : { text: text.trim(), figure, op: op as Threshold['op'], value };
}

export function judgeThresholds(thresholds: readonly Threshold[], { figures, unmeasured }: Figures): readonly Judged[] {
  return thresholds.map((threshold) => {
    const figure = figures.find(({ id }) => id === threshold.figure);
    if (figure !== undefined) return { threshold, word: isMet(threshold, figure) ? 'met' : 'not_met', seen: seenText(figure) };
    return {
      threshold,
      word: 'not_measured',
      seen: unmeasured.find(({ id }) => id === threshold.figure)?.because ?? 'it was not measured',
    };
  });
}

function isMet({ op, value }: Threshold, { lower, upper }: Figure): boolean {
  switch (op) {
    case '<':
      return upper < value;
    case '<=':
      return upper <= value;
    case '>':
      return lower > value;
    case '>=':
      return lower >= value;
  }
}

function seenText({ estimate, lower, upper, unit, n }: Figure): string {
  const short = (value: number) => String(Number(value.toPrecision(4)));
  return `${short(estimate)} ${unit}, between ${short(lower)} and ${short(upper)} (n = ${n})`;
}

function number(text: string): number | undefined {
  return /^\d{1,12}(?:\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}
