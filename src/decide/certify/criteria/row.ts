// A criterion in one line of a table.
import type { Threshold, Weight } from '../../../model/proving/criterion.ts';

export type Row = readonly [
  id: string,
  statement: string,
  figure: string,
  threshold: Threshold,
  weight: Weight,
  required: boolean,
  sample: number,
  worst?: number,
];
