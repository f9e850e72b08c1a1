// What the gateway answers by itself once a request was understood: one table, so that a reason means one thing (`x-code-reason`).
import type { Refusal } from './plane.ts';

function refusal(status: number, reason: string, message: string): Refusal {
  return { status, reason, message };
}

export const refusals = {
  noRoute: refusal(404, 'no_route', 'No service is routed at this host and path.'),
  noUpstream: refusal(503, 'no_upstream', 'The service has no instance that is ready.'),
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
