// A plan: what a change would do, bound by digest to what was live when it was made.
import type { Digest } from '../base/digest.ts';
import type { DeploymentKind, Return, ServiceTarget } from './deployment.ts';
import type { Scope } from './instance.ts';
import type { TrialKind } from './proving/trial.ts';
import type { ShippedFacts } from './supply/signature.ts';

export type ChangeKind =
  | 'create' // the service is new
  | 'replace' // a new release takes over from the live one
  | 'update' // the release stays; replicas, routes or strategy change
  | 'keep'
  | 'stop'; // the service is no longer in the manifest

export interface ServiceChange {
  readonly service: string;
  readonly kind: ChangeKind;
  /** Why, in words that name the parts that differ. */
  readonly reason: string;
  readonly from?: ServiceTarget;
  readonly to?: ServiceTarget;
}

export type Risk = 'none' | 'low' | 'medium' | 'high';

export interface Plan {
  readonly id: string;
  /** Over scope, kind, base, changes and what is said of approval: what an approval and an apply are bound to. */
  readonly digest: Digest;
  readonly scope: Scope;
  readonly runtime: string;
  /** `trial`: it changes nothing by itself; with it a trial may be begun that the environment wants approved. */
  readonly kind: DeploymentKind | 'trial';
  /** Which of the versions that deployments made of the environment's record the plan is for; apply refuses any other. 0: there was none. */
  readonly base: number;
  readonly changes: readonly ServiceChange[];
  readonly warnings: readonly string[];
  readonly risk: Risk;
  /** Of what it would ship anew, as it was when it was planned; absent: it was not looked at. */
  readonly shipped?: readonly ShippedFacts[];
  /** Whether the environment wants it approved: because it wanted that so far, or from this plan on. */
  readonly approval: 'none' | 'required';
  /** The environment wants approval of what comes after it. */
  readonly lasting?: 'required';
  /** Of a rollback. */
  readonly returns?: Return;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly createdBy: string;
  /** Of a trial: what was announced of it. */
  readonly trial?: PlannedTrial;
  /** The deployment, or the trial, that it became. */
  readonly appliedAs?: string;
}

export interface PlannedTrial {
  readonly kind: TrialKind;
  readonly profile: string;
  /** The blast radius, a line for each thing that may be felt. */
  readonly touches: readonly string[];
}

/** One person's yes to one plan, bound to what that plan says. */
export interface Approval {
  readonly plan: string;
  /** Of the plan as it was shown; what says something else is not what was approved. */
  readonly digest: Digest;
  /** `approved`: a person agreed; `glass`: somebody answers for doing without. */
  readonly kind: 'approved' | 'glass';
  /** Whose yes it is; the key holds it too, so that nobody counts twice. */
  readonly person: string;
  /** With which credential it was given. */
  readonly principal: string;
  /** Of a token: its id. With the token the approval ends. */
  readonly token?: string;
  /** A comment, or the reason why the glass was broken. */
  readonly reason?: string;
  readonly at: number;
  readonly expiresAt: number;
  /** The deployment that it was used for; then it is used up. */
  readonly usedAs?: string;
}

/** More people than that no policy can ask for. */
export const mostApprovals = 2;
