// What a generator of load is told: where to, which requests, and what a good answer is.
import type { Duration } from '../../base/units.ts';

/** Where connections go: the door of the gateway, or a server by itself. */
export interface LoadTarget {
  readonly host: string;
  readonly port: number;
  /** Over TLS, with the route's host as server name. Certificates are believed: what is measured is one's own. */
  readonly secure?: boolean;
}

export interface LoadRequest {
  /** Unique in its scenario: figures are told by it. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The Host header: the route that is asked for. */
  readonly route: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `websocket`: opened, the body sent as a message, over at the first answer. `events`: over at the first event of the stream. */
  readonly protocol?: 'http' | 'websocket' | 'events';
  /** How often it is chosen beside the others. Default: 1. */
  readonly weight?: number;
  /** All must hold for the answer to count. Without any: a status below 400. */
  readonly checks?: readonly LoadCheck[];
}

export type LoadCheck =
  | { readonly kind: 'status'; readonly is: readonly number[] }
  | { readonly kind: 'contains'; readonly text: string }
  | { readonly kind: 'header'; readonly name: string; readonly contains: string }
  /** A member of a JSON answer by its path (`items.0.id`): there, or equal to a text. */
  | { readonly kind: 'json'; readonly path: string; readonly is?: string };

export interface LoadPlan {
  readonly target: LoadTarget;
  readonly requests: readonly [LoadRequest, ...LoadRequest[]];
  /** Each phase draws from this and its own name. */
  readonly seed: number;
  /** False: each request has a connection of its own. */
  readonly keepAlive: boolean;
  /** From the moment a request leaves to the last byte of its answer. */
  readonly timeout: Duration;
  /** Processes that send. More than there are cores to spare makes them late, not quick. */
  readonly workers: number;
  /** At most so many connections at once, over all workers; an arrival that finds none is dropped, and the phase is not kept. */
  readonly connections: number;
  /** The latency that is promised: a generator that is late by more than a tenth of it measures itself. */
  readonly slo?: Duration;
}
