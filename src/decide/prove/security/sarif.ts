// Findings of a security trial as SARIF 2.1.0 (OASIS), for services that show them beside code.
import type { OtherFinding, ProbeEvidence, ProbeResult, SecurityExhibit, Severity } from '../../../model/proving/probe.ts';

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';
const levels: Readonly<Record<Severity | 'not_stated', 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  not_stated: 'warning',
  low: 'note',
  info: 'note',
};
/** As scales of weaknesses cut them (CVSS), each at its lower end. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.0', high: '7.0', medium: '4.0', low: '0.1', info: '0.0' };

export function sarifOf({ results, supply, shipped, watch }: SecurityExhibit, version: string): object {
  const rules = new Map(results.map((one) => [one.probe, ruleOf(one)]));
  const others = [...(supply?.findings ?? []), ...(shipped?.findings ?? []), ...(watch?.findings ?? [])];
  for (const one of others) if (!rules.has(one.id)) rules.set(one.id, { id: one.id, shortDescription: { text: one.text } });
  const blind = results.filter(({ word }) => word === 'not_measured');
  return {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'codectl prove security', version, rules: [...rules.values()] } },
        results: [...results.flatMap(resultsOf), ...others.map(otherOf)],
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: blind.map(({ probe, site, because }) => ({
              level: 'warning',
              descriptor: { id: probe },
              message: { text: `${site}: not measured: ${because}` },
            })),
          },
        ],
      },
    ],
  };
}

function ruleOf({ probe, title, severity, cwe, remediation }: ProbeResult): object {
  return {
    id: probe,
    shortDescription: { text: title },
    help: { text: remediation },
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['security', `external/cwe/cwe-${cwe}`], 'security-severity': scores[severity] },
  };
}

function resultsOf({ probe, severity, site, evidence }: ProbeResult): readonly object[] {
  return evidence.map((one) => ({
    ruleId: probe,
    level: levels[severity],
    message: { text: sentenceOf(one) },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(site, one) } } }],
  }));
}

function otherOf({ id, severity, about, text }: OtherFinding): object {
  return {
    ruleId: id,
    level: levels[severity],
    message: { text: `${about}: ${text}` },
    locations: [{ logicalLocations: [{ name: about }] }],
  };
}

function sentenceOf({ request, answered, piece, because }: ProbeEvidence): string {
  return `${because}: ${request} was answered ${answered}${piece === '' ? '' : ` (${piece})`}`;
}

/** `GET /search?q=…`: its address; else that of the site. */
function uriOf(site: string, { request }: ProbeEvidence): string {
  const path = /^[A-Z]+ (\/\S*)/.exec(request)?.[1]?.split('?')[0];
  return path === undefined ? `${site}/` : `${site}${encodeURI(path)}`;
}
