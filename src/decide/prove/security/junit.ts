// Probes of a security trial as JUnit XML, for services that show tests: a probe is a test, and what was not measured is skipped.
import type { OtherFindings, ProbeResult, SecurityExhibit, Severity } from '../../../model/proving/probe.ts';
import { isAtLeast } from './verdict.ts';

/** What is below `failOn` is told in the output of its test, and fails nothing. */
export function junitOf({ results, supply, shipped, watch, startedAt, endedAt }: SecurityExhibit, failOn: Severity): string {
  const cases = [
    ...results.map((one) => caseOf(one, failOn)),
    ...otherCase('supply chain', supply, failOn),
    ...otherCase('secrets in what is shipped', shipped, failOn),
    ...otherCase('runtime watch', watch, failOn),
  ];
  const count = (word: string) => cases.filter((one) => one.includes(`<${word} `)).length;
  const facts = `tests="${cases.length}" failures="${count('failure')}" skipped="${count('skipped')}" time="${(endedAt - startedAt) / 1000}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${facts}>\n<testsuite name="codectl prove security" ${facts}>\n${cases.join('\n')}\n</testsuite>\n</testsuites>\n`;
}

function caseOf({ probe, title, site, severity, word, because = '', evidence, remediation }: ProbeResult, failOn: Severity): string {
  const told = evidence.map((one) => `${one.request} -> ${one.answered}: ${one.because} ${one.piece}`.trim()).join('\n');
  const head = `${severity}: ${title}`;
  if (word === 'not_measured') return testCase(site, probe, `<skipped message="${escape(because)}"/>`);
  if (word === 'failed' && isAtLeast(severity, failOn))
    return testCase(site, probe, `<failure message="${escape(head)}">${escape(`${told}\n${remediation}`)}</failure>`);
  const output = [...(word === 'failed' ? [head, told, remediation] : []), ...(word === 'told' ? [because] : [])].join('\n');
  return testCase(site, probe, output === '' ? '' : `<system-out>${escape(output)}</system-out>`);
}

function otherCase(name: string, other: OtherFindings | undefined, failOn: Severity): readonly string[] {
  if (!other) return [];
  const severe = other.findings.filter(({ severity }) => isAtLeast(severity, failOn));
  const told = severe.map(({ id, about, text }) => `${id} ${about}: ${text}`).join('\n');
  if (severe.length > 0) return [testCase('engine', name, `<failure message="${severe.length} findings">${escape(told)}</failure>`)];
  return [testCase('engine', name, other.word === 'not_measured' ? `<skipped message="${escape(other.because ?? '')}"/>` : '')];
}

function testCase(site: string, name: string, inside: string): string {
  return `<testcase classname="${escape(site)}" name="${escape(name)}">${inside}</testcase>`;
}

/** XML 1.0 has no way to write most control characters. */
function escape(text: string): string {
  return text.replaceAll(/[^\t\n\x20-\ud7ff\ue000-\ufffd]/g, '\ufffd').replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
