// Security probes as data: what was tried on a deployed application, and what came of it, with the evidence.

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof severities)[number];

export type ProbeWord =
  | 'passed'
  | 'failed'
  /** It could not be tried, or its harmless twin was answered in the same way. */
  | 'not_measured'
  /** Seen, and worth knowing; neither good nor bad by itself. */
  | 'told';

/** A piece of what went over the wire, with secrets left out. */
export interface ProbeEvidence {
  /** `GET /search?q=…` */
  readonly request: string;
  /** `200`, `closed` */
  readonly answered: string;
  /** The piece of the answer that shows it. */
  readonly piece: string;
  /** Why that is a finding. */
  readonly because: string;
}

export interface ProbeResult {
  /** `headers.csp` */
  readonly probe: string;
  readonly title: string;
  readonly severity: Severity;
  /** Number in the Common Weakness Enumeration. */
  readonly cwe: number;
  /** `https://shop.localhost` */
  readonly site: string;
  readonly word: ProbeWord;
  /** Why it was not measured, or what was told. */
  readonly because?: string;
  /** Requests that it sent. */
  readonly tried: number;
  /** Never without a piece of evidence when failed. */
  readonly evidence: readonly ProbeEvidence[];
  readonly remediation: string;
}

/** What other parts of the engine know of the same application; absent: not asked. */
export interface OtherFindings {
  /** `met`, `not_met` or `not_measured`, as that part says it. */
  readonly word: 'met' | 'not_met' | 'not_measured';
  readonly because?: string;
  /** How many things were looked at: components, files, instances. */
  readonly looked: number;
  readonly findings: readonly OtherFinding[];
}

export interface OtherFinding {
  readonly id: string;
  readonly severity: Severity | 'not_stated';
  readonly about: string;
  readonly text: string;
}

export interface SiteExhibit {
  readonly site: string;
  /** Paths of its routes. */
  readonly mounts: readonly string[];
  /** What was found there and looked at: method, path, status. */
  readonly pages: readonly string[];
  readonly inputs: readonly string[];
  /** It answers 2xx to paths that nobody has. */
  readonly answersEverything: boolean;
  readonly requests: number;
  /** Absent: it answered as it should. */
  readonly untried?: string;
}

/** The raw outcome of a security trial. */
export interface SecurityExhibit {
  readonly format: 'security-probes/1';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly runtime: string;
  readonly interrupted: boolean;
  readonly sites: readonly SiteExhibit[];
  readonly results: readonly ProbeResult[];
  readonly supply?: OtherFindings;
  /** Secrets in what is shipped. */
  readonly shipped?: OtherFindings;
  readonly watch?: OtherFindings;
}
