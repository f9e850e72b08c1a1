// What the CLI asks of whoever puts the product together, to certify: criteria, a guard of the machine, what is looked at besides the trials, and a signed certificate.
import type { Figure, Unmeasured } from '../../../model/proving/figure.ts';
import type { Exhibit, MachineWatch } from '../../../model/proving/trial.ts';
import type { Readiness } from '../../../model/readiness/readiness.ts';

/** The operations of the engine, by name. */
export type Ask = (operation: string, input: Readonly<Record<string, unknown>>, idempotencyKey?: string) => Promise<unknown>;

export interface Lost {
  /** `chaos`: what figures of it begin with. */
  readonly about: string;
  readonly because: string;
}

export interface Certifying {
  readonly defaults: Readiness;
  /** Criteria as a file. */
  yaml(readiness: Readiness): string;
  /** Begins to watch what else the machine does. `pids`: processes that belong to the trial, beside this one. */
  watch(pids: () => readonly number[]): { stop(): MachineWatch };
  look(request: LookRequest): Promise<Looked>;
  issue(request: IssueRequest): Promise<Issued>;
  verify(request: VerifyRequest): Promise<VerifiedView>;
  /** Errors of all that take a file: `input_invalid` where it is no certificate. */
  read(file: string): Promise<CertificateView>;
  compare(before: string, after: string): Promise<ComparedView>;
  /** Writes pages anew from a certificate and the evidence beside it; returns their names. */
  report(file: string, directory: string): Promise<readonly string[]>;
  /** Adds a signature by another key: a file with a private key in PEM. Returns the id of the key. */
  sign(file: string, key: string): Promise<string>;
  badge(file: string): Promise<string>;
  /** The public key of this home. Errors: `denied`. */
  key(home: string): Promise<{ readonly id: string; readonly pem: string }>;
}

export interface LookRequest {
  readonly home: string;
  readonly id: string;
  readonly target: object;
  readonly route: string | undefined;
  readonly path: string | undefined;
  /** Roll back and forth: two deployments. */
  readonly rollback: boolean;
  /** Directory of the source; absent: the certificate speaks of none. */
  readonly source: string | undefined;
  readonly lost: readonly Lost[];
  readonly ask: Ask;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Looked {
  readonly figures: readonly Figure[];
  readonly unmeasured: readonly Unmeasured[];
  readonly exhibits: readonly Exhibit[];
}

export interface IssueRequest {
  readonly home: string;
  readonly directory: string;
  readonly id: string;
  readonly profile: string;
  readonly readiness: Readiness;
  readonly machine: MachineWatch;
  readonly target: object;
  /** Answers of `trials.get`, the certification's own the last. */
  readonly trials: readonly object[];
  /** Of `trials.list`. */
  readonly attempts: readonly object[];
}

export interface CertificateView {
  readonly statement: object;
  readonly level: string;
  /** Level, score and coverage in one line. */
  readonly headline: string;
  readonly lines: readonly {
    readonly id: string;
    readonly statement: string;
    readonly word: string;
    readonly wanted: string;
    readonly measured: string;
  }[];
  readonly domains: readonly { readonly domain: string; readonly score: number; readonly met: number; readonly of: number }[];
  readonly conditions: readonly string[];
}

export interface Issued extends CertificateView {
  readonly file: string;
  readonly files: readonly string[];
}

export interface VerifyRequest {
  readonly file: string;
  readonly evidence: string | undefined;
  /** Files with public keys; empty: the one of this home. */
  readonly keys: readonly string[];
  readonly home: string;
  readonly source: string | undefined;
  readonly readiness: Readiness | undefined;
  /** Hold it against this machine too. */
  readonly here: boolean;
  readonly releases: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

export interface VerifiedView {
  readonly word: string;
  readonly holds: boolean;
  readonly steps: readonly { readonly number: number; readonly name: string; readonly state: string; readonly said: string }[];
  readonly headline: string | undefined;
}

export interface ComparedView {
  readonly level: { readonly before: string; readonly after: string };
  readonly score: { readonly before: number; readonly after: number };
  readonly comparable: boolean;
  readonly differences: readonly { readonly criterion: string; readonly kind: string; readonly before?: string; readonly after?: string }[];
}
