// What an ACME server says when it does not do what was asked (RFC 8555 §6.7), in our words.
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';

interface Problem {
  readonly type?: unknown;
  readonly detail?: unknown;
}

const prefix = 'urn:ietf:params:acme:error:';

/** `badNonce`, `rateLimited` …; empty for what is no such problem. */
export function kindOf(problem: unknown): string {
  const { type } = fieldsOf(problem);
  return typeof type === 'string' && type.startsWith(prefix) ? type.slice(prefix.length) : '';
}

/** `retryAfter`: as the server asked. */
export function refusal(what: string, problem: unknown, retryAfter?: Duration): CodeError {
  const { detail } = fieldsOf(problem);
  const kind = kindOf(problem);
  const because = [kind, typeof detail === 'string' ? detail.slice(0, 500) : ''].filter((part) => part !== '').join(': ');
  return unavailable(`${what}: ${because === '' ? 'no reason was given' : because}.`, {
    ...(kind !== '' && { problem: kind }),
    ...(retryAfter !== undefined && { retry_after_ms: retryAfter }),
  });
}

export function unavailable(message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown): CodeError {
  return new CodeError('certificate_unavailable', message, {
    hint: 'It is tried again by itself; "codectl routes" tells when the host has its certificate.',
    details,
    ...(cause !== undefined && { cause }),
  });
}

function fieldsOf(problem: unknown): Problem {
  return typeof problem === 'object' && problem !== null ? problem : {};
}
