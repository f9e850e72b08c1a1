// What the gateway answers by itself once a request was understood: one table, so that a reason means one thing (`x-code-reason`).
import { HttpFault } from '../http/fault.ts';
import type { Refusal } from './plane.ts';

function refusal(status: number, reason: string, message: string, retryAfter?: number): Refusal {
  return { status, reason, message, ...(retryAfter !== undefined && { retryAfter }) };
}

export const refusals = {
  noRoute: refusal(404, 'no_route', 'No service is routed at this host and path.'),
  noUpstream: refusal(503, 'no_upstream', 'The service has no instance that is ready.'),
  tooManyWaiting: refusal(503, 'too_many_waiting', 'The service is being started, and as many requests wait for it as may.', 1),
  overloaded: refusal(503, 'overloaded', 'Every instance of the service has as many requests as it may.', 1),
  rateLimited: (delay: number) => refusal(429, 'rate_limited', 'Too many requests; try again later.', Math.ceil(delay / 1_000)),
  heldTooLong: refusal(504, 'held_too_long', 'The service is paused, and it took too long to resume.'),
  stopped: (message: string) => refusal(503, 'stopped', message),
  connectFailed: refusal(502, 'connect_failed', 'The service could not be reached.'),
  connectTimeout: refusal(504, 'connect_timeout', 'The service could not be reached in time.'),
  upstreamClosed: refusal(502, 'upstream_closed', 'The service closed the connection before its answer was complete.'),
  drainDeadline: refusal(504, 'drain_deadline', 'The instance was stopped before it could answer: its drain time was over.'),
  responseTimeout: refusal(504, 'response_timeout', 'The service did not answer in time.'),
  requestTimeout: refusal(408, 'request_timeout', 'The rest of the request did not come in time.'),
  idleTimeout: refusal(504, 'idle_timeout', 'The response stopped.'),
} as const;

/** What a parser threw, as an answer; anything else is a defect of ours. */
export function refusalOf(thrown: unknown): Refusal {
  // The message of an error is lost where its members are spread.
  const { status, reason } = thrown instanceof HttpFault ? thrown : { status: 500, reason: 'internal' };
  return refusal(status, reason, messageOf(thrown));
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof HttpFault ? thrown.message : 'The gateway failed on this request.';
}
