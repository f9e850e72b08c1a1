// A deployment: one attempt to make a release set live in an environment. Plain data; `decide/rollout` moves it, `engine/` stores it.
import type { Scope } from './instance.ts';
import type { ReleaseCounts, Verdict } from './measurement.ts';
import type { ScalePause } from './scale.ts';
import type { ServiceSpec } from './service.ts';

/** How a deployment ended; the same word in CLI, API, MCP, events and audit. */
export type Outcome =
  | 'succeeded'
  | 'rolled_back' // the new release failed; the old one serves again with its full capacity
  | 'aborted' // somebody stopped it; the old one serves again
  | 'failed' // nothing is left changed
  | 'failed_mixed' // neither release could be made whole; a person must look
  | 'inconclusive' // no verdict at the cap; the old one serves again
  | 'superseded' // a newer deployment took over
  | 'cancelled'; // ended before anything was started

export type DeploymentKind = 'deploy' | 'retry' | 'rollback' | 'scale' | 'restart' | 'remove';

/** Where a deployment stands. `forward` heads for the new releases, `reverting` back to the old ones. */
export type Direction = 'forward' | 'reverting';

export interface Deployment {
  /** `shop-staging-12` */
  readonly id: string;
  readonly number: number;
  readonly scope: Scope;
  readonly runtime: string;
  readonly kind: DeploymentKind;
  readonly planId: string;
  readonly direction: Direction;
  readonly services: readonly ServiceRollout[];
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome?: Outcome;
  /** Why it turned or ended, in one sentence that names the service and the instance. */
  readonly reason?: string;
  /** The last lines of the instance that failed. */
  readonly lastLog?: readonly string[];
  /** Set by `abort`; the next pass turns the deployment round. */
  readonly abortRequested?: { readonly by: string; readonly at: number; readonly reason?: string };
  /** Set by `pause`, or at a deadline where the strategy says so: nothing goes on until `resume`; failures still turn it round. */
  readonly held?: { readonly by: string; readonly at: number; readonly reason?: string };
  /** Set by `promote --full`: the rest of the steps and every analysis is skipped. */
  readonly unwatched?: { readonly by: string; readonly at: number };
  /** Of a rollback. */
  readonly returns?: Return;
  /** Turned round because there was no verdict in time: it will end as `inconclusive`. */
  readonly undecided?: true;
  readonly startedBy: string;
}

/** Which release set a rollback goes back to. */
export interface Return {
  /** The deployment that made it live, and when. */
  readonly deployment: string;
  readonly at: number;
  /** When it was rolled back from: then this goes forward again. */
  readonly leftAt?: number;
}

export type ServiceStage =
  | 'waiting' // something that it needs is not there yet
  | 'shifting' // sizes and weights move
  | 'baking' // all new; watched
  | 'settled'; // as wanted

export interface ServiceRollout {
  readonly service: string;
  readonly stage: ServiceStage;
  /** When the stage began. */
  readonly since: number;
  /** What it is made to be; absent when the service is to be removed. */
  readonly to?: ServiceTarget;
  /** What was live before and what a revert restores; absent for a new service. */
  readonly from?: ServiceTarget;
  /** The sizes decided so far, by revision; a set that is on its way out is listed with 0 until its last instance is gone. */
  readonly sizes: Sizes;
  /** The most instances of the wanted revision that were ready at once, and when that number last grew; the progress deadline counts from there. */
  readonly mostReady: number;
  readonly progressAt: number;
  /** Decided shares of the traffic, 0 to 1, by revision; absent: as many parts as instances are ready. */
  readonly weights?: Weights;
  /** Where it stands in a course of steps (canary, blue-green); absent for rolling. */
  readonly step?: StepState;
  /** What was measured of both releases so far, and what follows from it. */
  readonly analysis?: RolloutAnalysis;
  /** Back to a release that was live not long ago: neither steps nor analysis, all its instances at once. */
  readonly direct?: true;
}

export type Weights = Readonly<Record<string, number>>;

export interface StepState {
  /** Which step of the course, from 0. */
  readonly index: number;
  /** When its share was reached, with all instances that it takes ready; absent until then. */
  readonly reachedAt?: number;
  /** Who ended its pause. */
  readonly promotedBy?: string;
}

export interface RolloutAnalysis {
  /** The memory of `decide/analyse`: plain JSON that only it reads. */
  readonly state: object;
  readonly verdict?: Verdict;
  /** The gateway's counters at the last look, by its epoch: the next look takes the difference. */
  readonly seen: Readonly<Record<string, SidesSeen>>;
  /** Requests of all looks. */
  readonly requests: { readonly baseline: number; readonly canary: number };
}

export interface SidesSeen {
  readonly baseline: ReleaseCounts;
  readonly canary: ReleaseCounts;
}

/** Wanted number of instances by revision (see `revisionOf`). */
export type Sizes = Readonly<Record<string, number>>;

/** A service as it is wanted: which release, how many, and the parts of the spec that are not in the release. */
export interface ServiceTarget {
  readonly release: string;
  readonly replicas: number;
  readonly generation: number;
  readonly spec: ServiceSpec;
  /** It was made live without waiting for its checks; its instances are taken for ready until their probe has passed once. */
  readonly unchecked?: true;
}

/** Services that a deployment makes live without waiting for their checks. */
export function uncheckedIn({ services }: Pick<Deployment, 'services'>): readonly string[] {
  return services.flatMap(({ service, to, from }) => (to?.unchecked && from?.release !== to.release ? [service] : []));
}

/** The name of a replica set within its service: the release, and the restart count when there was one (`api@3f9a1c2b44d0+2`). */
export function revisionOf(target: Pick<ServiceTarget, 'release' | 'generation'>): string {
  return target.generation === 0 ? target.release : `${target.release}+${target.generation}`;
}

/** What an environment of an application is meant to be when no deployment is running: the record that loops converge to. */
export interface EnvironmentState {
  readonly scope: Scope;
  readonly runtime: string;
  readonly services: Readonly<Record<string, ServiceTarget>>;
  /** The number of the deployment that is running, if any. */
  readonly deployment?: number;
  /** Sizes that a deployment left behind when it could make neither side whole (`failed_mixed`); kept as they are until the next deployment. */
  readonly mixed?: Readonly<Record<string, Sizes>>;
  /** The number of the newest deployment. */
  readonly lastNumber: number;
  /** Release sets that were live, newest first; the tail is pruned. */
  readonly history: readonly ReleaseSet[];
  /** Instances of releases that did not make it, without traffic, by service: for a look, until a time or the next deployment of anything here. */
  readonly kept?: Readonly<Record<string, KeptSet>>;
  /** Traffic holds by service; survive deployments. */
  readonly pauses?: Readonly<Record<string, TrafficPause>>;
  /** What people set against scaling, by service; survives deployments. */
  readonly scaling?: Readonly<Record<string, ScalePause>>;
  /** A manual lock: deploys are refused while it is held. */
  readonly lock?: ManualLock;
  /** Plans for it need the approval of somebody else, also the one that gives this up. */
  readonly approval?: 'required';
  /** How many versions of this record came from a pause, a lock or the scaler: plans do not drift by these. */
  readonly interventions?: number;
}

/** Nothing is wanted, nothing is under way, and nothing was left behind. */
export function isEmpty({ services, deployment, mixed }: EnvironmentState): boolean {
  return Object.keys(services).length === 0 && deployment === undefined && mixed === undefined;
}

/** Services that only a deployment that ended as `failed_mixed` knew: they run, and the record does not want them. */
export function leftBehind(state: EnvironmentState | undefined): readonly string[] {
  return Object.keys(state?.mixed ?? {}).filter((service) => state?.services[service] === undefined);
}

export interface KeptSet {
  readonly revision: string;
  readonly replicas: number;
  /** Absent: until the next deployment. */
  readonly until?: number;
}

export interface ReleaseSet {
  readonly deployment: string;
  readonly number: number;
  /** Of that deployment. */
  readonly kind?: DeploymentKind;
  readonly at: number;
  readonly services: Readonly<Record<string, ServiceTarget>>;
}

export type TrafficPause = { readonly kind: 'held'; readonly hold: number } | { readonly kind: 'stopped'; readonly message: string };

export interface ManualLock {
  readonly by: string;
  readonly at: number;
  readonly message: string;
}
