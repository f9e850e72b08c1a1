// Criteria of readiness as data, and what became of each.
import type { Figure } from './figure.ts';

export const domains = [
  'integration',
  'performance',
  'stress',
  'chaos',
  'security',
  'scalability',
  'monitoring',
  'infrastructure',
  'experts',
  'deployment',
] as const;

export type Domain = (typeof domains)[number];

export interface Threshold {
  /** `at_most`, `below`: the upper end of the interval is held against it; `at_least`, `above`: the lower end; `equals`: both. */
  readonly op: 'at_most' | 'below' | 'at_least' | 'above' | 'equals';
  readonly value: number;
  readonly unit: string;
}

export type Weight = 'critical' | 'high' | 'medium' | 'low';

export interface Criterion {
  /** `performance.latency.p95` */
  readonly id: string;
  readonly domain: Domain;
  readonly statement: string;
  /** The figure that it is judged by. */
  readonly figure: string;
  readonly threshold: Threshold;
  /** For a grade between nothing and all: the value that earns nothing. Absent: met is all, anything else nothing. */
  readonly worst?: number;
  readonly weight: Weight;
  readonly required: boolean;
  /** Fewer samples than this are `not_measured`. */
  readonly minimumSample: number;
}

export type CriterionWord = 'met' | 'not_met' | 'not_measured';

export interface CriterionResult {
  readonly criterion: Criterion;
  readonly word: CriterionWord;
  /** Absent when not measured. */
  readonly figure?: Figure;
  /** Why not met or not measured, in words. */
  readonly because?: string;
  /** 0 … 1, by the confidence bound; 0 when not measured. */
  readonly grade: number;
}

export type Level = 'certified' | 'conditional' | 'not_certified' | 'invalid';
