// What the CLI asks of whoever puts the product together: trials of what is deployed, each said beforehand, carried out, and told with its evidence.

import type { Experiment } from '../../../model/proving/experiment.ts';
import type { Figure, Unmeasured } from '../../../model/proving/figure.ts';
import type { Arrivals } from '../../../model/proving/load.ts';
import type { OtherFindings, Severity } from '../../../model/proving/probe.ts';
import type { Exhibit, MachineWatch, TrialKind, TrialVerdict } from '../../../model/proving/trial.ts';
import type { TargetView } from './answers.ts';

export interface Proving {
  readonly load: Trial<LoadWish>;
  /** Errors: `input_invalid`, `too_large`. */
  readonly scenarioFrom: (wish: ImportWish) => { readonly text: string; readonly notes: readonly string[] };
  readonly chaos: Trial<ChaosWish>;
  /** Takes back what trials left broken that were killed; every one, also of a trial that runs. `home`: of the engine. */
  undoFaults(home: string): Promise<readonly UndoneFault[]>;
  readonly stress: Trial<StressWish>;
  readonly scale: Trial<ScaleWish>;
  readonly security: Trial<SecurityWish>;
}

export interface Trial<Wish> {
  readonly kind: TrialKind;
  /** What it would do to this target. Errors: `usage` for a wish that does not fit it. */
  plan(wish: Wish, target: TargetView): TrialPlan;
  /** Resolves also when it was interrupted or found something bad: `verdict` says so. Rejects when the trial itself could not be carried out. */
  run(wish: Wish, call: TrialCall): Promise<TrialEnding>;
}

export interface TrialPlan {
  readonly profile: string;
  /** The blast radius: a line for each thing that may be felt. */
  readonly touches: readonly string[];
  /** Milliseconds, at most. */
  readonly lasts: number;
  readonly seed: number;
}

export interface TrialCall {
  /** In the book of trials. */
  readonly id: string;
  readonly target: TargetView;
  /** The same as it is now. */
  look(): Promise<TargetView>;
  readonly plan: TrialPlan;
  /** Where its exhibits go; it may not be there yet. */
  readonly directory: string;
  /** One line for each thing that is done. */
  readonly progress: (line: string) => void;
  /** How it goes just now, in one line that replaces the one before. */
  readonly glance: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface TrialEnding {
  readonly verdict: TrialVerdict;
  readonly figures: readonly Figure[];
  readonly unmeasured: readonly Unmeasured[];
  readonly exhibits: readonly Exhibit[];
  readonly machine?: MachineWatch;
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  /** Why it is not passed, and what a reader must know. */
  readonly notes: readonly string[];
}

export interface ImportWish {
  readonly kind: 'har' | 'openapi';
  readonly text: string;
  readonly file: string;
  /** Of a recording: whose requests; absent: the first one's. */
  readonly host: string | undefined;
  /** Of a description: also what changes something. */
  readonly writes: boolean;
}

export interface LoadWish {
  /** Absent: as the scenario or the profile says. */
  readonly arrivals: Arrivals | undefined;
  readonly lasts: number | undefined;
  readonly seed: number;
  /** Host of one of the application's routes; absent: the first. */
  readonly route: string | undefined;
  readonly path: string | undefined;
  readonly keepAlive: boolean;
  readonly timeout: number;
  /** Absent: as many as the rate needs. */
  readonly workers: number | undefined;
  readonly connections: number;
  /** `quick`, `standard`, `full`: phases that suffice for what a certificate claims. */
  readonly profile: string | undefined;
  /** A file of what visitors do, as it was read. */
  readonly scenario: { readonly text: string; readonly file: string } | undefined;
  /** `p99 < 100ms` */
  readonly expect: readonly string[];
}

export interface ChaosWish {
  readonly experiments: readonly Experiment[];
  /** How often each is done: all of them, then all of them again. */
  readonly repeats: number;
  readonly seed: number;
  readonly route: string | undefined;
}

export interface UndoneFault {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  /** Why it could not be. */
  readonly because?: string;
}

/** By instance, since it started. */
export type Usage = Readonly<Record<string, { readonly cpuSeconds: number; readonly memory: number }>>;

interface LimitWish {
  readonly profile: string;
  readonly seed: number;
  /** Host of one of the application's routes; absent: the first. */
  readonly route: string | undefined;
  readonly path: string | undefined;
  /** Milliseconds of the 99th percentile, and the share of requests that may fail. */
  readonly slo: { readonly p99: number; readonly errors: number };
  /** Never more requests a second. */
  readonly most: number;
  /** Where the runtime tells it. */
  readonly usage: (target: TargetView, signal: AbortSignal) => Promise<Usage>;
}

export interface StressWish extends LimitWish {
  /** Share of good answers that the nominal load is to show. */
  readonly availability: number;
  /** `cpu=95%`, `memory=1Gi`, …, as given. */
  readonly abortOn: readonly string[];
}

export interface ScaleWish extends LimitWish {
  readonly service: string;
  readonly replicas: { readonly from: number; readonly to: number };
  /** Of the closed loop at the end; 0: none. */
  readonly users: number;
  readonly means: ScaleMeans;
}

/** Changes go the way that every change goes: planned, permitted, applied. Without a signal they are carried out whatever else was interrupted. */
export interface ScaleMeans {
  /** Resolves when the deployment that does it has ended. Rejects when it did not succeed. */
  resize(target: TargetView, service: string, replicas: number, signal: AbortSignal | undefined): Promise<void>;
  /** Its load decides about its size again. */
  release(target: TargetView, service: string, signal: AbortSignal | undefined): Promise<void>;
  look(target: TargetView, signal: AbortSignal): Promise<TargetView>;
  /** Instances of the service that others are told of now. */
  endpoints(target: TargetView, service: string, signal: AbortSignal): Promise<readonly string[]>;
}

export interface SecurityWish {
  readonly profile: string;
  readonly seed: number;
  /** What to look at beside what is found: method, path and, for what writes, a body. */
  readonly listed: readonly { readonly method: string; readonly path: string; readonly body?: string }[];
  /** Ids of probes; empty: all. */
  readonly only: readonly string[];
  readonly failOn: Severity;
  readonly mostPages: number;
  /** To one site. */
  readonly mostRequests: number;
  /** Milliseconds for which one answer is waited for. */
  readonly patience: number;
  /** What other parts of the engine know of the application. */
  readonly others: { readonly supply?: OtherFindings; readonly shipped?: OtherFindings; readonly watch?: OtherFindings };
  /** Where reports go, as absolute paths. */
  readonly sarif: string | undefined;
  readonly junit: string | undefined;
}
