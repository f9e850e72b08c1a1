// The one place that maps how something ended to the CLI's exit code; scripts rely on these numbers.
import type { CodeError, ErrorCode, ErrorKind } from '../../base/errors.ts';
import type { Outcome } from '../../model/deployment.ts';

export const exit = {
  ok: 0,
  failed: 1,
  invalid: 2,
  inconclusive: 5,
  unavailable: 12,
  /** What was promised was measured, and does not hold. */
  unmet: 13,
  interrupted: 130,
} as const;

const ofOutcome: Readonly<Record<Outcome, number>> = {
  succeeded: 0,
  failed: 1,
  rolled_back: 3,
  aborted: 4,
  inconclusive: 5,
  failed_mixed: 6,
  superseded: 7,
  cancelled: 8,
};

const ofKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 2,
  unsupported: 2,
  not_found: 1,
  conflict: 1,
  exhausted: 1,
  internal: 1,
  cancelled: 8,
  denied: 9,
  unauthenticated: 9,
  approval_required: 10,
  drifted: 11,
  unavailable: 12,
};

/** Where one code says more than its kind: the daemon answered, and said what is wrong with its disk or with time. */
const ofCode: Partial<Record<ErrorCode, number>> = { disk_full: 1, home_unwritable: 1, timed_out: 1 };

export function exitOfOutcome(outcome: Outcome | undefined): number {
  return outcome === undefined ? exit.failed : ofOutcome[outcome];
}

export function exitOfError(error: CodeError): number {
  return ofCode[error.code] ?? ofKind[error.kind];
}
