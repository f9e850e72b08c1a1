// The tasks that a service can ask for, each with its limits; numbers and states come when they are made.
import type { Duration } from '../../base/units.ts';
import type { HookPhase, HookSpec } from '../../model/completion.ts';
import type { Deployment, ServiceTarget } from '../../model/deployment.ts';
import type { Scope } from '../../model/instance.ts';
import type { NewTask } from './tasks.ts';

export interface TaskPlace {
  readonly scope: Scope;
  readonly runtime: string;
  readonly service: string;
  readonly target: ServiceTarget;
}

/** A one-off command is somebody's, who is there to end it: a day is only the last limit. */
export const commandDeadline: Duration = 24 * 60 * 60_000;
/** What is called for a hook may be away for a moment: told again after 1 s, 2 s, 4 s … within some minutes. */
const hookRetries = 5;
const hookBackoff: Duration = 1_000;

function common({ scope, runtime, service, target }: TaskPlace, by: string) {
  const grace = target.spec.stop.grace;
  return { scope, runtime, service, release: target.release, grace, by, retries: 0, backoff: 1_000, alone: false };
}

export function commandTask(place: TaskPlace, command: readonly string[], deadline: Duration, by: string): NewTask {
  return { ...common(place, by), purpose: 'command', action: { kind: 'command', command }, deadline };
}

/** Of a service of kind `job` or `cron`. */
export function runTask(place: TaskPlace, purpose: 'job' | 'cron', by: string): NewTask {
  const { completion = { deadline: commandDeadline, retries: 0, backoff: 1_000 }, schedule } = place.target.spec;
  const alone = purpose === 'job' || schedule?.overlap !== 'allow';
  return { ...common(place, by), ...completion, purpose, action: { kind: 'command' }, alone };
}

/** One at a time, whichever deployment asked for it. */
export function releaseTask(place: TaskPlace, deployment: Deployment, command: readonly string[], deadline: Duration): NewTask {
  const base = { ...common(place, deployment.startedBy), purpose: 'release', deployment: deployment.id, alone: true } as const;
  return { ...base, action: { kind: 'command', command }, deadline };
}

export interface HookCall {
  readonly phase: HookPhase;
  readonly index: number;
  readonly spec: HookSpec;
  readonly at: number;
}

export function hookTask(place: TaskPlace, deployment: Deployment, { phase, index, spec, at }: HookCall): NewTask {
  const base = { ...common(place, deployment.startedBy), purpose: 'hook', deployment: deployment.id, hook: { phase, index } } as const;
  if (spec.kind === 'command') return { ...base, action: { kind: 'command', command: spec.command }, deadline: spec.deadline };
  const body = JSON.stringify({ type: `deployment.${phase}`, timestamp: new Date(at).toISOString(), data: factsOf(place, deployment) });
  return {
    ...base,
    action: { kind: 'webhook', url: spec.url, body },
    deadline: spec.deadline,
    retries: hookRetries,
    backoff: hookBackoff,
  };
}

function factsOf({ scope, service, target }: TaskPlace, { id, kind, outcome, reason }: Deployment) {
  return { ...scope, service, release: target.release, deployment: id, kind, outcome, reason };
}
