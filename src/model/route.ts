// The route table: everything that the data plane must know, told whole; and what the data plane measures.
import type { Bytes, Duration } from '../base/units.ts';
import type { Address } from './instance.ts';
import type { RouteSpec } from './service.ts';

export interface RouteTable {
  /** Grows with every change; an older table is refused. */
  readonly version: number;
  readonly routes: readonly Route[];
  readonly services: readonly RoutedService[];
}

export interface Route extends RouteSpec {
  /** A service key (`shop/staging/api`). */
  readonly service: string;
}

export interface RoutedService {
  /** `shop/staging/api` */
  readonly key: string;
  readonly releases: readonly WeightedRelease[];
  readonly policy: TrafficPolicy;
  /** Set while an operator holds the service's traffic: requests wait up to `hold`, then 504; `stopped` answers 503 with the message at once. */
  readonly pause?: { readonly kind: 'held'; readonly hold: Duration } | { readonly kind: 'stopped'; readonly message: string };
}

export interface WeightedRelease {
  readonly release: string;
  /** Any non-negative number; a release's share is its weight over the sum. Zero takes no new request. */
  readonly weight: number;
  readonly upstreams: readonly Upstream[];
}

export interface Upstream extends Address {
  readonly instance: string;
}

export interface TrafficPolicy {
  /** How long a request waits while its service has no upstream, before 503. */
  readonly hold: Duration;
  readonly connectTimeout: Duration;
  /** From the last byte of the request to the first byte of the response. */
  readonly responseTimeout: Duration;
  /** Without a byte in either direction. */
  readonly idleTimeout: Duration;
  readonly maxBody?: Bytes;
  /** How long requests in flight may go on at an instance that left the table; then they end with 504. Absent: until it is stopped. */
  readonly drain?: Duration;
}

export const defaultTrafficPolicy: TrafficPolicy = {
  hold: 5_000,
  connectTimeout: 2_000,
  responseTimeout: 60_000,
  idleTimeout: 300_000,
};

/** What the data plane reports: counters since the gateway started, per release and per instance. */
export interface TrafficObservation {
  /** The table in force. */
  readonly version: number;
  /** Identifies one life of the gateway; counters restart with it. */
  readonly epoch: string;
  readonly listening: Address;
  readonly releases: readonly ReleaseTraffic[];
  /** Requests and tunnels in flight; an instance that left the table stays listed until it has none. */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Instances that the data plane took out by itself after failures, until the given time. */
  readonly ejected: Readonly<Record<string, number>>;
}

export interface ReleaseTraffic {
  readonly service: string;
  readonly release: string;
  readonly requests: number;
  /** 5xx answered by the release, and requests the gateway could not complete with it. */
  readonly failures: number;
  /** Upper bounds in milliseconds and counts per bucket (not cumulative), from arrival of the head to the last byte of the response. */
  readonly latency: readonly LatencyBucket[];
}

export interface LatencyBucket {
  readonly atMost: number;
  readonly count: number;
}
