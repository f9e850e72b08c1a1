// A measured value as it may be claimed: with its sample, its interval and the raw evidence that it was computed from.

export type FigureMethod =
  | 'clopper-pearson'
  | 'wilson'
  | 'order-statistic'
  | 'block-bootstrap'
  | 'bootstrap'
  | 'poisson-exact'
  | 'least-squares'
  | 'theil-sen'
  /** Between the highest that held and the lowest that did not. */
  | 'bracket'
  /** A count or a fact: its interval is the value itself. */
  | 'exact';

export interface Figure {
  /** `performance.latency.p95`, `chaos.partition.recovery`: the same name in every trial. */
  readonly id: string;
  /** `ms`, `1/s`, `share`, `count`, `s`, `yes` (1 or 0) */
  readonly unit: string;
  /** Sample size behind the value. */
  readonly n: number;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  /** Of the interval, two-sided, 0 … 1; 1 for exact ones. */
  readonly confidence: number;
  readonly method: FigureMethod;
  /** Names of the exhibits in the bundle that it was computed from. */
  readonly evidence: readonly string[];
}

/** What was not measured, and why: never a figure with a guess in it. */
export interface Unmeasured {
  readonly id: string;
  readonly because: string;
}

export interface Figures {
  readonly figures: readonly Figure[];
  readonly unmeasured: readonly Unmeasured[];
}
