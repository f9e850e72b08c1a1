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
  /** All must hold for the answer to count. Without one of the status: it is below 400. */
  readonly checks?: readonly LoadCheck[];
  /** Taken from a good answer, for the steps that follow: name → where it stands. */
  readonly capture?: Readonly<Record<string, LoadCapture>>;
}

export interface LoadCapture {
  readonly from: 'json' | 'header';
  /** `items.0.id`, or the name of a field. */
  readonly path: string;
}

/**
 * What one visitor does, step by step: each follows on a good answer to the one before. `{name}` in path, headers and body stands for a value
 * of the scenario's data, drawn once for a visit, or for what was captured.
 */
export interface LoadFlow {
  readonly name: string;
  readonly weight: number;
  /** Between an answer and the next step. */
  readonly think: Duration;
  readonly steps: readonly [LoadRequest, ...LoadRequest[]];
}

export type LoadValues =
  | { readonly kind: 'list'; readonly values: readonly [string, ...string[]] }
  /** Whole numbers, both ends included. */
  | { readonly kind: 'range'; readonly from: number; readonly to: number };

/** `{name}` */
export const placeholder = /\{([a-z][a-z0-9_]{0,39})\}/g;

export type LoadCheck =
  | { readonly kind: 'status'; readonly is: readonly number[] }
  | { readonly kind: 'contains'; readonly text: string }
  | { readonly kind: 'header'; readonly name: string; readonly contains: string }
  /** A member of a JSON answer by its path (`items.0.id`): there, or equal to a text. */
  | { readonly kind: 'json'; readonly path: string; readonly is?: string };

export interface LoadPlan {
  readonly target: LoadTarget;
  /** Visits of one step each. */
  readonly requests: readonly LoadRequest[];
  /** Visits of several; beside or instead of `requests`. */
  readonly flows?: readonly LoadFlow[];
  readonly data?: Readonly<Record<string, LoadValues>>;
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
