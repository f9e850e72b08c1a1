// The one error class of the product, and the table of its codes.
// A transport maps `kind` (not `code`) to its own status; the table is therefore the only place that knows both.

/** What sort of thing went wrong; each transport maps a kind to one status (HTTP, exit code) in one file. */
export type ErrorKind =
  | 'invalid' // the caller's input is wrong; nothing was done
  | 'not_found'
  | 'conflict' // somebody else changed or holds the thing
  | 'drifted' // a plan no longer fits what is live
  | 'denied' // the caller may not
  | 'unauthenticated'
  | 'approval_required'
  | 'unavailable' // a neighbour (daemon, runtime, disk) does not answer
  | 'exhausted' // a limit or budget was reached
  | 'unsupported' // understood, but this engine or runtime cannot do it
  | 'cancelled'
  | 'internal';

/** Every error code with its kind. Messages are written where the facts are known; codes and kinds only here. */
export const errorCodes = {
  manifest_invalid: 'invalid', // the manifest breaks its schema; `details.problems` lists each with line and column
  manifest_unreadable: 'invalid', // no such file, too large, or not YAML
  input_invalid: 'invalid', // an operation's input breaks its schema
  usage: 'invalid', // flags or arguments that do not fit together
  settings_invalid: 'invalid',
  source_missing: 'invalid', // the directory or command that a service names does not exist
  source_changed: 'conflict', // a file changed while it was being snapshotted
  unsupported: 'unsupported', // the manifest asks for what this engine or runtime cannot do
  application_unknown: 'not_found',
  service_unknown: 'not_found',
  release_unknown: 'not_found',
  deployment_unknown: 'not_found',
  evidence_unknown: 'not_found', // no look of an analysis is kept of a deployment
  plan_unknown: 'not_found',
  task_unknown: 'not_found',
  trial_unknown: 'not_found',
  incident_unknown: 'not_found',
  instance_unknown: 'not_found',
  token_unknown: 'not_found',
  session_unknown: 'not_found', // of people who are logged in
  taint_unknown: 'not_found', // nobody of that name is held back for what it has read
  secret_unknown: 'not_found',
  secret_missing: 'not_found', // a service names it, and no value was set in that environment
  operation_unknown: 'not_found',
  outside_unknown: 'not_found', // a repository, commit, pipeline or channel that there is not
  artifact_missing: 'not_found', // a blob or tree that a release needs was never uploaded
  artifact_corrupt: 'conflict', // content does not match its digest
  plan_drifted: 'drifted', // what is live changed after the plan was made
  plan_expired: 'drifted',
  plan_used: 'conflict', // a plan is applied at most once
  route_taken: 'conflict', // host and path belong to another service
  name_taken: 'conflict', // another environment's deployments would have the same ids
  port_taken: 'conflict',
  write_conflict: 'conflict', // compare-and-set lost
  lease_lost: 'conflict', // a fencing token is no longer the newest
  deployment_ended: 'conflict', // the verb needs a running deployment
  deployment_state: 'conflict', // the verb does not fit where the deployment stands
  task_ended: 'conflict', // the verb needs a task that has not ended
  trial_running: 'conflict', // two at once would disturb each other
  trial_ended: 'conflict',
  incident_state: 'conflict', // it is there already, or over
  rollback_refused: 'conflict', // a rollback is never rolled back; reverting to what is live is refused
  idempotency_mismatch: 'conflict', // the same idempotency key with another body
  daemon_running: 'conflict', // what is read at a start was given to an engine that runs already
  locked: 'conflict', // somebody holds the application's manual lock
  upstream_quarantined: 'denied', // what another server says of its tools is not what somebody has looked at
  policy_invalid: 'invalid', // policies that do not parse, or do not fit the schema; `details.problems` lists each with line and column
  secret_exposed: 'denied', // what is shipped holds secrets, and the settings refuse that
  signature_missing: 'denied', // what is shipped lacks a signature or a provenance that the settings ask for
  already_approved: 'conflict', // nobody approves a plan twice
  denied: 'denied',
  unauthenticated: 'unauthenticated',
  approval_required: 'approval_required',
  login_ended: 'unauthenticated', // a login that took too long, was finished already, or was begun by somebody else
  identity_untrusted: 'denied', // what an identity provider said does not hold
  identity_unavailable: 'unavailable', // an identity provider does not answer, or not as one
  outside_unavailable: 'unavailable', // what the settings name outside does not answer, or not as expected
  daemon_unavailable: 'unavailable',
  gateway_unavailable: 'unavailable',
  certificate_unavailable: 'unavailable', // an authority does not certify a host, or does not answer
  runtime_unavailable: 'unavailable',
  store_unavailable: 'unavailable', // the store's file cannot be opened, read or written
  store_corrupt: 'unavailable',
  store_newer: 'unavailable', // written by a newer engine
  secrets_locked: 'unavailable', // the key of the secret store is missing, wrong, or open to others
  audit_unsigned: 'unavailable', // the key that signs the audit is missing, wrong, or open to others
  disk_full: 'unavailable',
  home_unwritable: 'unavailable',
  rate_limited: 'exhausted',
  too_large: 'exhausted',
  timed_out: 'unavailable',
  cancelled: 'cancelled',
  internal: 'internal',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCodes;

/** Facts about an error that a program may read; must be JSON. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface ErrorOptions {
  /** The next command or step, as one imperative sentence. */
  readonly hint?: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** The only error that crosses a folder's border on purpose; anything else is a defect and is reported as `internal`. */
export class CodeError extends Error {
  override readonly name = 'CodeError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  get kind(): ErrorKind {
    return errorCodes[this.code];
  }
}

/** Makes a `CodeError` of anything thrown; a stranger becomes `internal` and keeps its cause. */
export function asCodeError(thrown: unknown): CodeError {
  if (thrown instanceof CodeError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new CodeError('cancelled', 'The call was cancelled.', { cause: thrown });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CodeError('internal', message, { cause: thrown });
}

/** For what is asked once more without a word from anybody: whether that can help, or what was asked for is wrong. */
export function isFinal({ kind }: CodeError): boolean {
  return kind === 'invalid' || kind === 'unsupported';
}

/** Whether it is our error with this code. */
export function hasCode(thrown: unknown, code: ErrorCode): thrown is CodeError {
  return thrown instanceof CodeError && thrown.code === code;
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

/** The error that another process of ours put into words as `{code, message, hint?, details?}`; undefined when it is something else. */
export function codeErrorIn(said: unknown): CodeError | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  const { code, message, hint, details } = said as Partial<Record<'code' | 'message' | 'hint' | 'details', unknown>>;
  if (!isErrorCode(code) || typeof message !== 'string') return undefined;
  return new CodeError(code, message, {
    ...(typeof hint === 'string' && { hint }),
    ...(typeof details === 'object' && details !== null && { details: details as ErrorDetails }),
  });
}

/** The same from the last line of a program's output: how daemon and gateway say why they do not start. */
export function lastCodeErrorIn(output: string): CodeError | undefined {
  try {
    return codeErrorIn(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
  } catch {
    return undefined;
  }
}

/** The `code` of a Node.js system error (`ENOENT`, `EADDRINUSE`, …), if it is one. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
