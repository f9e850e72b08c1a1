// How severe an advisory says that it is: computed from its CVSS vector (FIRST, versions 2 to 4). What has no vector has no number.
import calculator from 'ae-cvss-calculator';
import type { StatedSeverity } from '../../model/supply/advisory.ts';
import type { Rating, Severity } from '../../model/supply/finding.ts';

/** Of the newest version of CVSS that is stated; of several vectors of that version the highest. */
export function severityOf(stated: readonly StatedSeverity[]): Severity | undefined {
  for (const type of ['CVSS_V4', 'CVSS_V3', 'CVSS_V2']) {
    const scored = stated.filter((one) => one.type === type).flatMap(({ score: vector }) => scoredVector(vector));
    const [worst] = scored.sort((a, b) => b.score - a.score);
    if (worst) return worst;
  }
  return undefined;
}

function scoredVector(vector: string): readonly Severity[] {
  const score = scoreOf(vector);
  return score === undefined ? [] : [{ score, rating: ratingOf(score), vector }];
}

function scoreOf(vector: string): number | undefined {
  try {
    const read = calculator.fromVector(vector);
    // Half a vector has no score.
    if (!read?.isBaseFullyDefined()) return undefined;
    const { overall } = read.calculateScores();
    return Number.isFinite(overall) ? overall : undefined;
  } catch {
    return undefined;
  }
}

/** The qualitative scale of CVSS 3.1 and 4.0. */
function ratingOf(score: number): Rating {
  if (score === 0) return 'none';
  if (score < 4) return 'low';
  if (score < 7) return 'medium';
  return score < 9 ? 'high' : 'critical';
}
