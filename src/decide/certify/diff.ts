// Two certificates of one application, side by side: what became better, what became worse, and what is judged by other criteria now.

import type { CriterionWord } from '../../model/proving/criterion.ts';
import type { Readiness1 } from '../../model/readiness/certificate.ts';
import { measuredText } from './render/text.ts';

export interface Difference {
  readonly criterion: string;
  readonly kind: 'better' | 'worse' | 'same' | 'new' | 'gone';
  readonly before?: string;
  readonly after?: string;
}

export interface Compared {
  readonly level: { readonly before: string; readonly after: string };
  readonly score: { readonly before: number; readonly after: number };
  /** The criteria are the same. */
  readonly comparable: boolean;
  readonly differences: readonly Difference[];
}

const worth: Readonly<Record<CriterionWord, number>> = { not_measured: 0, not_met: 0, met: 1 };

export function compare(before: Readiness1, after: Readiness1): Compared {
  const ids = [...new Set([...before.results, ...after.results].map(({ id }) => id))];
  const of = (one: Readiness1, id: string) => one.results.find((result) => result.id === id);
  const said = (one: ReturnType<typeof of>) => one && `${one.word}: ${measuredText(one)}`;
  const differences = ids.map((id): Difference => {
    const [was, is] = [of(before, id), of(after, id)];
    const texts = { ...(was && { before: said(was) ?? '' }), ...(is && { after: said(is) ?? '' }) };
    if (!was) return { criterion: id, kind: 'new', ...texts };
    if (!is) return { criterion: id, kind: 'gone', ...texts };
    const step = worth[is.word] - worth[was.word] || is.grade - was.grade;
    return { criterion: id, kind: step > 0 ? 'better' : step < 0 ? 'worse' : 'same', ...texts };
  });
  return {
    level: { before: before.level, after: after.level },
    score: { before: before.scores.overall.score, after: after.scores.overall.score },
    comparable: before.criteria.digest === after.criteria.digest,
    differences,
  };
}
