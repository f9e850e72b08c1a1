// Errors as `application/problem+json` (RFC 9457): the one place that maps an error to an HTTP status.

import type { ErrorCode, ErrorKind } from '../../base/errors.ts';
import { asCodeError, CodeError } from '../../base/errors.ts';
import { STATUS_CODES } from '../../platform/node-http.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export const problemType = 'application/problem+json';

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  approval_required: 403,
  not_found: 404,
  conflict: 409,
  drifted: 412,
  unsupported: 422,
  exhausted: 429,
  // Nobody receives it: the caller has left. The number is the one that proxies write to their logs.
  cancelled: 499,
  internal: 500,
  unavailable: 503,
};

/** Where the protocol has a number for one code of a kind. */
const statusOfCode: Partial<Record<ErrorCode, number>> = { too_large: 413 };

export function statusOf(error: CodeError): number {
  return statusOfCode[error.code] ?? statusOfKind[error.kind];
}

export function problemOf(error: CodeError, status = statusOf(error)): Problem {
  return {
    type: `urn:codectl:error:${error.code}`,
    title: STATUS_CODES[status] ?? 'Client Closed Request',
    status,
    detail: error.message,
    code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  };
}

/** What was thrown while a request was read or answered; refusals of the HTTP library keep their own status. */
export function problemOfThrown(thrown: unknown): Problem {
  const status = clientStatusOf(thrown);
  if (status === undefined || !(thrown instanceof Error)) return problemOf(asCodeError(thrown));
  const code = status === 413 ? 'too_large' : 'input_invalid';
  return problemOf(new CodeError(code, thrown.message, { hint: 'GET /v1/openapi.json describes every request.' }), status);
}

function clientStatusOf(thrown: unknown): number | undefined {
  if (thrown instanceof CodeError || !(thrown instanceof Error) || !('statusCode' in thrown)) return undefined;
  const { statusCode } = thrown;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
