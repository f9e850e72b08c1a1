// A certificate as Markdown: for a pull request, or a page of documentation.
import type { Readiness1, Statement } from '../../../model/readiness/certificate.ts';
import { criteriaText, domainsOf, levelWords, linesOf, resultWords } from './text.ts';

export function certificateMarkdown({ predicate }: Statement): string {
  const { application, environment, level, conditions, risks } = predicate;
  return [
    `# ${application} in ${environment}: ${levelWords[level]}`,
    '',
    ...introduction(predicate),
    ...section(
      'Why it is not more',
      conditions.map((one) => `- ${cell(one)}`),
    ),
    ...section('Domains', table(['Domain', 'Score', 'At best', 'Met'], domainRows(predicate))),
    ...section('Criteria', table(['Criterion', 'Result', 'Wanted', 'Measured'], criterionRows(predicate))),
    ...section(
      'Risks',
      risks.map(({ severity, what, command }) => `- **${severity}** ${cell(what)} – \`${command}\``),
    ),
    ...section('Trials', trialLines(predicate)),
    ...section('What this does not say', [
      'That the machine told the truth: whoever owns it and the key can sign anything. A second person who ran the same trials, and signed too, is worth more.',
    ]),
    '',
  ].join('\n');
}

function introduction({ scores, issuedAt, notAfter, reviewBy, machine, platform, criteria }: Readiness1): readonly string[] {
  const { score, best } = scores.overall;
  const weakest = scores.weakest ? ` (${scores.weakest})` : '';
  const busy = (machine.foreign * 100).toFixed(1);
  return [
    `Score ${score} of 10 (at best ${best}); ${Math.floor(scores.coverage * 100)} % of the criteria by weight were measured. The level follows from gates, the weakest domain${weakest} and coverage, not from the score.`,
    '',
    `Issued ${issuedAt}, to be reviewed by ${reviewBy}, valid until ${notAfter}. Criteria ${cell(criteriaText(criteria))}, rubric ${criteria.rubric}. Made on ${platform.cpus} processors, kernel ${platform.kernel}, Node.js ${platform.node}; other programs used ${busy} % of the machine.`,
  ];
}

function domainRows(predicate: Readiness1): readonly (readonly string[])[] {
  return domainsOf(predicate).map(({ domain, score, best, met, of }) => [domain, String(score), String(best), `${met} of ${of}`]);
}

function criterionRows(predicate: Readiness1): readonly (readonly string[])[] {
  return linesOf(predicate).map(({ result, criterion, wanted, measured }) => [
    `${criterion.statement} (\`${criterion.id}\`)`,
    resultWords[result.word],
    wanted,
    result.word === 'met' ? measured : (result.because ?? measured),
  ]);
}

function trialLines({ trials, attempts, after }: Readiness1): readonly string[] {
  const others = new Set(attempts.map(({ trial }) => trial)).size - trials.length;
  const rows = trials.map(({ id, kind, profile, verdict, figures, exhibits }) => {
    return [id, kind, profile, verdict, String(figures.length), String(exhibits.length)];
  });
  return [
    ...table(['Trial', 'Kind', 'Profile', 'Verdict', 'Figures', 'Exhibits'], rows),
    '',
    `The chain of attempts has ${others} other trials ${after ? 'since the certificate before' : 'since ever'}.`,
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return rows.length === 0 ? [] : [row(head), row(head.map(() => '---')), ...rows.map(row)];
}

function cell(text: string): string {
  return text
    .replaceAll(/[|[\]]/g, '\\$&')
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('<', '&lt;');
}
