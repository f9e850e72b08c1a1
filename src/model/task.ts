// A task: something that runs once and ends – a release command, a job, a cron run, a one-off command, a hook. Plain data, kept as history.
import type { Duration } from '../base/units.ts';
import type { HookPhase } from './completion.ts';
import type { ExitReason, Scope } from './instance.ts';

export type TaskPurpose =
  | 'release' // `release:` of a service, before its new instances
  | 'job' // a service of kind `job`, with its deployment or by hand
  | 'cron' // a service of kind `cron`, by its schedule or by hand
  | 'command' // `codectl run`
  | 'hook'; // told somebody of a phase of a deployment

export type TaskAction =
  /** In the release's directory and environment. Without words of its own: the release's command. */
  | { readonly kind: 'command'; readonly command?: readonly string[] }
  /** A signed POST; the body is the same in every attempt. */
  | { readonly kind: 'webhook'; readonly url: string; readonly body: string };

export type TaskOutcome = 'succeeded' | 'failed' | 'timed_out' | 'cancelled' | 'lost'; // nobody knows how it ended: its machine or its launcher went down with it

export interface Task {
  /** `shop-staging-t12` */
  readonly id: string;
  readonly number: number;
  readonly scope: Scope;
  readonly runtime: string;
  readonly service: string;
  readonly release: string;
  readonly purpose: TaskPurpose;
  readonly action: TaskAction;
  /** Of each attempt, from its start. */
  readonly deadline: Duration;
  /** Further attempts after one that failed; the pause before them doubles from `backoff` on. */
  readonly retries: number;
  readonly backoff: Duration;
  /** Between SIGTERM and SIGKILL. */
  readonly grace: Duration;
  /** Waits while another task of the same service and purpose runs. */
  readonly alone: boolean;
  /** The deployment that it is a part of. */
  readonly deployment?: string;
  /** Of a hook: its phase and its place in the list. */
  readonly hook?: { readonly phase: HookPhase; readonly index: number };
  /** Of a cron run: the moment that its schedule names. */
  readonly scheduledAt?: number;
  readonly by: string;
  readonly createdAt: number;

  readonly state: 'waiting' | 'running' | 'ended';
  /** How many were begun. */
  readonly attempt: number;
  /** While it waits: the earliest moment of the next attempt. */
  readonly notBefore: number;
  /** The instance of the last attempt; chosen and stored before that is started, so that it is started once. */
  readonly instance?: string;
  /** Of the last attempt. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly outcome?: TaskOutcome;
  /** How the last attempt ended, as one sentence. */
  readonly reason?: string;
  readonly exit?: ExitReason;
  readonly lastLog?: readonly string[];
  readonly cancelRequested?: { readonly by: string; readonly at: number; readonly reason?: string };
}
