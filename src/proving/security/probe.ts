// What a probe is: data about one weakness, and one function that tries it on a site and says what it saw.
import type { ProbeEvidence, ProbeWord, Severity } from '../../model/proving/probe.ts';
import type { Ground } from './ground.ts';

export interface Probe {
  /** `headers.csp` */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly cwe: number;
  readonly remediation: string;
  /** It is about answers to what does not exist: nothing can be learnt from a site that answers 2xx to everything. */
  readonly needsNotFound?: true;
  run(ground: Ground): Promise<Outcome>;
}

export interface Outcome {
  readonly word: ProbeWord;
  readonly because?: string;
  readonly evidence: readonly ProbeEvidence[];
}

/** Something had no answer that one could judge: the probe says `not_measured`, with these words. */
export class Untried extends Error {}

export const passed: Outcome = { word: 'passed', evidence: [] };

export function notMeasured(because: string): Outcome {
  return { word: 'not_measured', because, evidence: [] };
}

export function told(because: string): Outcome {
  return { word: 'told', because, evidence: [] };
}

/** More of the same would not say more. */
const mostEvidence = 8;

/** Failed by what was found, else passed. */
export function judged(evidence: readonly ProbeEvidence[]): Outcome {
  return evidence.length === 0 ? passed : { word: 'failed', evidence: evidence.slice(0, mostEvidence) };
}
