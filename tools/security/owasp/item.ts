// One requirement of a published list, in our own words, and how it stands: proved by tests that are named, not met, or not applicable.
import type { Proof } from './proofs.ts';

export type Standing =
  | { readonly kind: 'met'; readonly proofs: readonly Proof[] }
  /** `missing`: what there is not. */
  | { readonly kind: 'not_met'; readonly missing: string }
  | { readonly kind: 'not_applicable'; readonly because: string };

export interface Item {
  readonly id: string;
  readonly words: string;
  readonly standing: Standing;
}

export interface List {
  readonly title: string;
  readonly source: string;
  readonly chapters: readonly { readonly title: string; readonly items: readonly Item[] }[];
}

/** Id, words, how it stands. */
export type Row = readonly [string, string, Standing];

export const itemsOf = (rows: readonly Row[]): readonly Item[] => rows.map(([id, words, standing]) => ({ id, words, standing }));

/** What tests prove. To fill a gap, add a proof to `proofs.ts` and name it here. */
export const met = (...proofs: readonly [Proof, ...Proof[]]): Standing => ({ kind: 'met', proofs });
export const not = (missing: string): Standing => ({ kind: 'not_met', missing });
export const none = (because: string): Standing => ({ kind: 'not_applicable', because });
