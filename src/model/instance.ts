// Replica sets and instances: what the engine asks a runtime for, and what a runtime says of it.
import type { Release } from './release.ts';
import type { RestartSpec } from './service.ts';

/** Where things live: `shop/staging`. The pair is the unit of deployment, of serialisation and of observation. */
export interface Scope {
  readonly application: string;
  readonly environment: string;
}

export function scopeKey(scope: Scope): string {
  return `${scope.application}/${scope.environment}`;
}

/** `shop/staging/api`: the name of a service for routes, metrics and endpoints. */
export function serviceKey(scope: Scope, service: string): string {
  return `${scopeKey(scope)}/${service}`;
}

/** N instances of one release of one service in one environment. */
export interface ReplicaSet {
  /** Scope and revision: `shop/staging/api@3f9a1c2b44d0` */
  readonly id: string;
  readonly scope: Scope;
  readonly release: Release;
  readonly replicas: number;
  /** Raised to have every instance replaced in turn without a new release (`restart`). */
  readonly generation: number;
  /** Its instances are ready as soon as they run, until their probe has passed once; from then on it is believed. */
  readonly unchecked?: true;
  /** It waits for somebody to look at it: an instance that does not become ready is not replaced. */
  readonly held?: true;
  /** What follows when an instance ends by itself; absent: it is replaced, at the usual pace. */
  readonly restart?: RestartSpec;
}

export function replicaSetId(scope: Scope, revision: string): string {
  return `${scopeKey(scope)}/${revision}`;
}

export type InstanceState =
  | 'starting' // asked for, not yet seen running
  | 'running'
  | 'draining' // chosen to stop: out of the routes, in-flight requests finish
  | 'stopping' // told to stop (SIGTERM)
  | 'exited';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why an instance is no longer running, as far as it can be known. */
export interface ExitReason {
  readonly code?: number;
  readonly signal?: string;
  readonly outOfMemory?: boolean;
  /** What kept it from starting at all, when that is so. */
  readonly because?: string;
  /** Another start would end the same: what is asked for is wrong. */
  readonly final?: true;
  /** In words, where there is neither code nor signal: `was lost with its node n2`. */
  readonly how?: string;
  /** What the runtime last complained of in it, in its own words: no cause is claimed. */
  readonly said?: string;
  /** True when the engine asked for it. */
  readonly requested: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Instance {
  /** Unique on its runtime and readable: `api-3f9a1c-k4t9`. */
  readonly id: string;
  readonly replicaSet: string;
  readonly generation: number;
  readonly state: InstanceState;
  /** Passed its readiness probe; only a ready instance is ever routed to. */
  readonly ready: boolean;
  readonly address?: Address;
  readonly pid?: number;
  readonly node?: string;
  readonly startedAt: number;
  /** When what it waited for, its image, was there; its deadline counts from here. */
  readonly waitedUntil?: number;
  /** Taken for ready: nobody asks it, or its probe has never passed yet. */
  readonly assumed?: true;
  /** When it last became ready. */
  readonly readyAt?: number;
  /** When it was chosen to stop; its drain time counts from here. */
  readonly drainingAt?: number;
  readonly exit?: ExitReason;
  /** Failed its liveness probe; it will be replaced. */
  readonly dead?: boolean;
  /** The last thing that the readiness probe said when it did not pass (`GET /healthz answered 503`). */
  readonly unreadyBecause?: string;
  /** The task that it runs; such an instance is no replica: not counted, routed or replaced. */
  readonly task?: string;
  /** What could not be enforced here, for example `memory limit`. */
  readonly notEnforced?: readonly string[];
}

/** What every instance is told of itself in its environment, whatever runs it. */
export function introductionOf({ id, scope, release, generation }: ReplicaSet): Readonly<Record<string, string>> {
  return {
    CODE_APPLICATION: scope.application,
    CODE_ENVIRONMENT: scope.environment,
    CODE_SERVICE: release.service,
    CODE_RELEASE: release.id,
    CODE_REPLICA_SET: id,
    CODE_GENERATION: String(generation),
  };
}
