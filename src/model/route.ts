// The route table: everything that the data plane must know, told whole; and what the data plane measures.
import type { Duration, Share } from '../base/units.ts';
import type { Address } from './instance.ts';
import type { RouteSpec } from './service.ts';
import type { TrafficPolicy } from './traffic.ts';

export interface RouteTable {
  /** Grows with every change; an older table is refused. */
  readonly version: number;
  readonly routes: readonly Route[];
  readonly services: readonly RoutedService[];
}

export interface Route extends RouteSpec {
  /** A service key (`shop/staging/api`). */
  readonly service: string;
  /** Only for callers on this machine or a private network: a name or loopback address by which services find each other. */
  readonly internal?: boolean;
}

export interface RoutedService {
  /** `shop/staging/api` */
  readonly key: string;
  readonly releases: readonly WeightedRelease[];
  readonly policy: TrafficPolicy;
  /** Set while an operator holds the service's traffic: requests wait up to `hold`, then 504; `stopped` answers 503 with the message at once. */
  readonly pause?: { readonly kind: 'held'; readonly hold: Duration } | { readonly kind: 'stopped'; readonly message: string };
  /** Asked in this order before stickiness and weights; the first that fits, and whose release has an upstream, decides. */
  readonly rules?: readonly RoutingRule[];
  readonly sticky?: Stickiness;
  readonly mirror?: Mirror;
  /**
   * Releases are being compared: each request's is drawn by lot from one generator that nobody can foretell. Without it shares are exact over any run,
   * and whoever counts along could keep his harmful requests for one release.
   */
  readonly lot?: true;
}

/**
 * Sends requests to a release by what they carry, whatever its weight – zero included, so that a release can be tried before it gets traffic.
 * A retry stays within the release if it can.
 */
export interface RoutingRule {
  readonly match: RequestMatch;
  readonly release: string;
}

/** Values are compared as they are, names of headers in any case. In `like`, `*` stands for any run of characters: linear, unlike a regular expression. */
export type RequestMatch =
  | { readonly kind: 'header'; readonly name: string; readonly equals: readonly string[] }
  | { readonly kind: 'header'; readonly name: string; readonly like: string }
  | { readonly kind: 'cookie'; readonly name: string; readonly equals: readonly string[] };

/**
 * Visitors keep their side of a split. A cookie's value is hashed to a bucket, and a release has as many buckets as its weight says; `release` has
 * those at the low end, so whoever reached it stays there while its weight grows, and weight 0 leaves it nobody. The bucket is kept, never the
 * release: nothing has to be forgotten when a rollout ends. Without this, each request is split for itself.
 *
 * A cookie that the gateway gives out carries a seal: one that somebody made up is no cookie. The bucket is drawn from what the seal hides and from
 * the release, so nobody knows it beforehand, and another release has other visitors first. One that the application gives out (`rest`) has no seal.
 */
export interface Stickiness {
  readonly kind: 'cookie';
  /** The cookie's name. */
  readonly name: string;
  /** The release that grows (the new one); all others together are the rest, split by their weights. */
  readonly release: string;
  /**
   * What becomes of a request without the cookie. `assign`: the answer sets one at random, and the request goes where its bucket says.
   * `rest`: it goes to the other releases; the application itself gives out the cookie, for example with an account's number.
   */
  readonly without: 'assign' | 'rest';
  /** How long the browser keeps the cookie that we set. */
  readonly maxAge: Duration;
}

/** One bucket is 0.01 % of the visitors. */
export const stickyBuckets = 10_000;

/**
 * Copies safe requests (GET, HEAD, OPTIONS without content) to a release, and throws its answers away: the real request never waits for the copy, a
 * copy is never repeated, and it is left out while `atMost` are under way (in each process of the gateway). The copy carries `X-Mirror: 1`. Counted in `TrafficObservation.mirrors`.
 */
export interface Mirror {
  readonly release: string;
  /** Of the safe requests that go to another release. */
  readonly share: Share;
  readonly atMost: number;
}

export interface WeightedRelease {
  readonly release: string;
  /** Any non-negative number; a release's share is its weight over the sum. Zero takes no new request, but by a rule or as a mirror. */
  readonly weight: number;
  readonly upstreams: readonly Upstream[];
}

export interface Upstream extends Address {
  readonly instance: string;
}

/** What the data plane reports: counters since the gateway started, per release and per instance. */
export interface TrafficObservation {
  /** The table in force; where several processes serve, the oldest of theirs. */
  readonly version: number;
  /** The newest table that any process follows; absent while all follow the same. */
  readonly newest?: number;
  /** Identifies one life of the gateway (of each of its processes, joined by `+`); counters restart with it. */
  readonly epoch: string;
  readonly listening: Address;
  /** Where requests are taken over TLS; absent: nowhere. */
  readonly secure?: Address;
  readonly releases: readonly ReleaseTraffic[];
  /** Where several processes serve, what each counted; `releases` is their sum. Differences over time are taken process by process. */
  readonly processes?: readonly ProcessTraffic[];
  /** Requests and tunnels in flight; an instance that left the table stays listed until it has none. */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Instances that the data plane took out by itself after failures, until the given time. */
  readonly ejected: Readonly<Record<string, number>>;
  /** Requests by service key that wait now for an instance to come up; absent means none. */
  readonly waiting: Readonly<Record<string, number>>;
  /** One for each service in the table, or once in it. */
  readonly services: readonly ServiceTraffic[];
  /** What the copies of requests met, counted apart from `releases`. */
  readonly mirrors: readonly ReleaseTraffic[];
  /** What requests met that were not sent by lot, counted apart from `releases`: those that a rule chose, and what one visitor asked too often. Absent means none. */
  readonly chosen?: readonly ReleaseTraffic[];
}

/** Counters of a service since the gateway started; only `inFlight` goes up and down. */
export interface ServiceTraffic {
  readonly service: string;
  /** Requests that were routed here, whatever became of them; `releases` counts those that an instance answered or failed. */
  readonly requests: number;
  /** Requests being served and tunnels, over all instances, without those that wait. */
  readonly inFlight: number;
  /** Requests that had to wait: nobody ready, paused, or no place free. */
  readonly held: number;
  /** Second and further tries. */
  readonly retries: number;
  /** How often an instance was left alone after failures. */
  readonly ejections: number;
  /** Refused because every instance had as many requests as it may, and the queue was full or the wait over. */
  readonly overloaded: number;
  readonly rateLimited: number;
  /** Copies sent, and those left out because too many were under way. */
  readonly mirrored: number;
  readonly mirrorsSkipped: number;
  /** Requests sent to a release by a rule, or by a visitor's bucket. */
  readonly byRule: number;
  readonly byCookie: number;
}

/** The counters of one life of one process of the data plane. */
export interface ProcessTraffic {
  readonly epoch: string;
  readonly releases: readonly ReleaseTraffic[];
}

/** One release of one service. */
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
