// A certificate of readiness: what is said of an application, by which criteria, from which evidence. The predicate of an in-toto Statement.
import type { Attempt } from '../proving/attempt.ts';
import type { Criterion, CriterionWord, Domain, Level } from '../proving/criterion.ts';
import type { Figure, Unmeasured } from '../proving/figure.ts';
import type { Exhibit, MachineWatch, TrialKind, TrialVerdict } from '../proving/trial.ts';

export const predicateType = 'https://codectl.dev/production-readiness/v1';
export const statementType = 'https://in-toto.io/Statement/v1';
export const payloadType = 'application/vnd.in-toto+json';

export interface Statement {
  readonly _type: typeof statementType;
  /** Releases under trial, and the source where it was given. */
  readonly subject: readonly Subject[];
  readonly predicateType: typeof predicateType;
  readonly predicate: Readiness1;
}

export interface Subject {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

export interface Readiness1 {
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  readonly runtime: string;
  readonly profile: string;
  /** ISO 8601. */
  readonly issuedAt: string;
  readonly reviewBy: string;
  readonly notAfter: string;
  readonly verifier: { readonly id: string };
  readonly criteria: CertifiedCriteria;
  readonly platform: Platform;
  readonly machine: MachineWatch;
  /** Service → release. */
  readonly releases: Readonly<Record<string, string>>;
  readonly trials: readonly CertifiedTrial[];
  readonly results: readonly CertifiedResult[];
  readonly scores: CertifiedScores;
  readonly level: Level;
  /** Why the level is not higher. */
  readonly conditions: readonly string[];
  readonly risks: readonly Risk[];
  /** Every attempt at this environment since the certificate before, or since ever; the certification's own beginning is the last. */
  readonly attempts: readonly Attempt[];
  /** The link that they continue. */
  readonly after?: { readonly sequence: number; readonly hash: string };
  readonly source?: CertifiedSource;
  readonly evidence: { readonly root: string; readonly files: number; readonly bytes: number };
  /** Digest of the certificate before. */
  readonly previous?: string;
}

export interface CertifiedCriteria {
  readonly name: string;
  readonly rubric: string;
  readonly digest: string;
  readonly criteria: readonly Criterion[];
  readonly excluded: readonly { readonly domain: Domain; readonly because: string }[];
}

/** What a certificate was made on: with another one it does not speak of what runs. */
export interface Platform {
  /** Major and minor. */
  readonly kernel: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memory: number;
  readonly node: string;
  readonly engine: string;
}

export interface CertifiedTrial {
  readonly id: string;
  readonly kind: TrialKind;
  readonly profile: string;
  readonly seed: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly verdict: TrialVerdict;
  readonly machine?: MachineWatch;
  readonly figures: readonly Figure[];
  readonly unmeasured: readonly Unmeasured[];
  readonly exhibits: readonly Exhibit[];
  readonly root: string;
}

export interface CertifiedResult {
  readonly id: string;
  readonly domain: Domain;
  readonly word: CriterionWord;
  readonly grade: number;
  readonly figure?: Figure;
  readonly because?: string;
}

export interface CertifiedScores {
  readonly domains: readonly {
    readonly domain: Domain;
    readonly score: number;
    readonly best: number;
    readonly met: number;
    readonly of: number;
  }[];
  readonly overall: { readonly score: number; readonly best: number };
  readonly coverage: number;
  readonly weakest?: Domain;
}

export interface Risk {
  readonly criterion: string;
  readonly severity: 'critical' | 'high' | 'medium' | 'low';
  readonly what: string;
  /** The command that tells more, or measures it. */
  readonly command: string;
}

export interface CertifiedSource {
  readonly digest: string;
  readonly files: number;
  readonly lines: number;
  /** The exhibit that has the digests of all lines. */
  readonly exhibit: string;
}
