// What is told of a security trial: its exhibit, reports for other programs, figures, and a table with what to do about it.
import { securityFigures } from '../../decide/prove/figures/security.ts';
import { junitOf } from '../../decide/prove/security/junit.ts';
import { sarifOf } from '../../decide/prove/security/sarif.ts';
import { byWeight, verdictOf } from '../../decide/prove/security/verdict.ts';
import type { OtherFindings, ProbeResult, SecurityExhibit, Severity } from '../../model/proving/probe.ts';
import { writeFileAtomic } from '../../platform/files.ts';
import { writeExhibit } from '../evidence.ts';

export interface ReportWish {
  readonly failOn: Severity;
  /** Files; absent: not wanted. */
  readonly sarif: string | undefined;
  readonly junit: string | undefined;
  /** Of this product. */
  readonly version: string;
  /** Of the evidence. */
  readonly directory: string;
}

export async function reportSecurity(exhibit: SecurityExhibit, { failOn, sarif, junit, version, directory }: ReportWish) {
  const kept = await writeExhibit(directory, 'security.json', exhibit);
  if (sarif !== undefined) await writeFileAtomic(sarif, `${JSON.stringify(sarifOf(exhibit, version), null, 2)}\n`, 0o644);
  if (junit !== undefined) await writeFileAtomic(junit, junitOf(exhibit, failOn), 0o644);
  return {
    verdict: verdictOf(exhibit, failOn),
    ...securityFigures({ 'security.json': exhibit }),
    exhibits: [kept],
    table: {
      head: ['PROBE', 'SITE', 'SEVERITY', 'WORD', 'WHAT'],
      rows: byWeight(exhibit.results).map((one) => [one.probe, one.site, one.severity, one.word, whatOf(one)]),
    },
    notes: [
      ...exhibit.results.filter(({ word }) => word === 'failed').flatMap(adviceOf),
      ...otherNote('supply chain', exhibit.supply),
      ...otherNote('secrets in what is shipped', exhibit.shipped),
      ...otherNote('runtime watch', exhibit.watch),
    ],
  };
}

function otherNote(name: string, other: OtherFindings | undefined): readonly string[] {
  if (!other) return [];
  const because = other.because === undefined ? '' : `, ${other.because}`;
  return [`${name}: ${other.word}${because}`, ...other.findings.slice(0, 10).map((one) => `  ${one.severity}: ${one.about}: ${one.text}`)];
}

function whatOf({ because, evidence: [first], title }: ProbeResult): string {
  return because ?? (first ? `${first.request}: ${first.because}` : title);
}

function adviceOf({ probe, cwe, severity, evidence, remediation }: ProbeResult): readonly string[] {
  const seen = evidence.map((one) => `  ${one.request} -> ${one.answered}: ${one.because}${one.piece === '' ? '' : ` (${one.piece})`}`);
  return [`${probe} (${severity}, CWE-${cwe})`, ...seen, `  ${remediation}`];
}
