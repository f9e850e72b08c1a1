// A certificate for other programs: JUnit for test reports, SARIF for code scanning, a badge for a page.

import { escaped } from '../../../base/markup.ts';
import type { Level } from '../../../model/proving/criterion.ts';
import type { Statement } from '../../../model/readiness/certificate.ts';
import { domainsOf, levelWords, linesOf } from './text.ts';

/** What is not met is a failure, what was not measured an error: neither is a pass, and no test is skipped. */
export function certificateJunit({ predicate }: Statement): string {
  const suites = domainsOf(predicate).map(({ domain }) => {
    const cases = linesOf(predicate, domain).map(({ result, criterion, wanted, measured }) => {
      const said = escaped(`${wanted} is wanted; ${result.because ?? measured}`);
      const name = `name="${escaped(criterion.statement)}" classname="${escaped(criterion.id)}"`;
      if (result.word === 'met') return `    <testcase ${name}/>`;
      const kind = result.word === 'not_met' ? 'failure' : 'error';
      return `    <testcase ${name}><${kind} message="${said}"/></testcase>`;
    });
    const count = (word: string) => predicate.results.filter((one) => one.domain === domain && one.word === word).length;
    const counts = `tests="${cases.length}" failures="${count('not_met')}" errors="${count('not_measured')}"`;
    return [`  <testsuite name="${domain}" ${counts}>`, ...cases, '  </testsuite>'].join('\n');
  });
  const name = escaped(`${predicate.application} in ${predicate.environment}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${name}">\n${suites.join('\n')}\n</testsuites>\n`;
}

/** SARIF 2.1.0. */
export function certificateSarif({ predicate }: Statement): string {
  const open = linesOf(predicate).filter(({ result }) => result.word !== 'met');
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'codectl certify',
            rules: predicate.criteria.criteria.map(({ id, statement, weight }) => ({
              id,
              shortDescription: { text: statement },
              properties: { weight },
            })),
          },
        },
        results: open.map(({ result, criterion, wanted, measured }) => ({
          ruleId: criterion.id,
          level: criterion.weight === 'critical' || criterion.required ? 'error' : 'warning',
          kind: result.word === 'not_met' ? 'fail' : 'open',
          message: { text: `${criterion.statement}: ${result.word.replace('_', ' ')}. ${wanted} is wanted; ${result.because ?? measured}` },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'code.yaml' }, region: { startLine: 1 } } }],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const colours: Readonly<Record<Level, string>> = {
  certified: '#2da44e',
  conditional: '#bf8700',
  not_certified: '#cf222e',
  invalid: '#6e7781',
};

export function certificateBadge({ predicate: { level, scores } }: Statement): string {
  const [left, right] = ['readiness', level === 'invalid' ? 'invalid' : `${levelWords[level]} ${scores.overall.score}`];
  const [a, b] = [left.length * 7 + 12, right.length * 7 + 12];
  const text = (x: number, said: string) => `<text x="${x}" y="14" fill="#fff" text-anchor="middle">${escaped(said)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${a + b}" height="20" role="img" aria-label="${escaped(`${left}: ${right}`)}">`,
    `<rect width="${a}" height="20" fill="#444"/><rect x="${a}" width="${b}" height="20" fill="${colours[level]}"/>`,
    `<g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(a / 2, left)}${text(a + b / 2, right)}</g></svg>\n`,
  ].join('');
}
