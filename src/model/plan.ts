// A plan: what a change would do, bound by digest to what was live when it was made.
import type { Digest } from '../base/digest.ts';
import type { DeploymentKind, Return, ServiceTarget } from './deployment.ts';
import type { Scope } from './instance.ts';

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
  /** Over scope, kind, base and changes: what an approval and an apply are bound to. */
  readonly digest: Digest;
  readonly scope: Scope;
  readonly runtime: string;
  readonly kind: DeploymentKind;
  /** Which of the versions that deployments made of the environment's record the plan is for; apply refuses any other. 0: there was none. */
  readonly base: number;
  readonly changes: readonly ServiceChange[];
  readonly warnings: readonly string[];
  readonly risk: Risk;
  readonly approval: 'none' | 'required';
  /** Of a rollback. */
  readonly returns?: Return;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly createdBy: string;
  /** The deployment that it became. */
  readonly appliedAs?: string;
}
