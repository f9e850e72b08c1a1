// A certificate as the command line shows it.
import { domainsOf, levelText, linesOf, resultWords } from '../../../decide/certify/render/text.ts';
import type { Statement } from '../../../model/readiness/certificate.ts';
import type { CertificateView } from '../../../surfaces/cli/certify/certifying.ts';

export function viewOf(statement: Statement): CertificateView {
  const { predicate } = statement;
  return {
    statement,
    level: predicate.level,
    headline: levelText(statement),
    lines: linesOf(predicate).map(({ criterion, result, wanted, measured }) => ({
      id: criterion.id,
      statement: criterion.statement,
      word: resultWords[result.word],
      wanted,
      measured: result.word === 'met' ? measured : (result.because ?? measured),
    })),
    domains: domainsOf(predicate),
    conditions: predicate.conditions,
  };
}
