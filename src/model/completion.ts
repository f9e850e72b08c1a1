// What a service says of commands that end: how long, how often again, when, and who is told.
import type { Duration } from '../base/units.ts';

/** A service and a worker run for ever (with and without a port); a job runs to its end once, a cron at the times of its schedule. */
export type ServiceKind = 'service' | 'worker' | 'job' | 'cron';

export interface CompletionSpec {
  /** Of each attempt. */
  readonly deadline: Duration;
  /** Further attempts after one that failed. */
  readonly retries: number;
  /** The first pause; it doubles with each attempt. */
  readonly backoff: Duration;
}

export interface ScheduleSpec {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** Of the IANA database, for example `Europe/Berlin`. */
  readonly timeZone: string;
  /** What happens when a run is due while another goes on. */
  readonly overlap: 'allow' | 'forbid' | 'replace';
  /** What happens with times that passed while no engine was there. */
  readonly missed: 'skip' | 'run_once';
  /** How late a missed run may still begin. */
  readonly startingDeadline: Duration;
}

/** Runs once with each new release, before its first instance is started. */
export interface ReleaseCommandSpec {
  readonly command: readonly string[];
  readonly deadline: Duration;
  /** Whether the release before can live with what it did; a plan warns otherwise. */
  readonly reversible: boolean;
}

/**
 * When a hook is called, for each service that a deployment changes: before anything is done, before the first new instance is started (after
 * the release command), when the new release has taken over, when the deployment succeeded, when it ended in any other way.
 */
export type HookPhase = 'before_deploy' | 'before_switch' | 'after_switch' | 'after_deploy' | 'on_failure';

export type HookSpec =
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly deadline: Duration }
  | { readonly kind: 'webhook'; readonly url: string; readonly deadline: Duration };

export type HooksSpec = Readonly<Partial<Record<HookPhase, readonly HookSpec[]>>>;

/** Runs no instances of its own: each run is a task. */
export function endsByItself({ kind }: { readonly kind?: ServiceKind }): boolean {
  return kind === 'job' || kind === 'cron';
}
