// Tells in events what changed between two states of a deployment.
import { Census } from '../decide/census.ts';
import { goalOf } from '../decide/rollout/goal.ts';
import type { Deployment, ServiceRollout } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { EventKind, NewEvent } from '../model/event.ts';
import type { Instance } from '../model/instance.ts';

export function eventsOf(before: Deployment, after: Deployment, instances: readonly Instance[], now: number): readonly NewEvent[] {
  const about = (kind: EventKind, message: string, more: Partial<NewEvent> = {}): NewEvent => ({
    at: now,
    kind,
    ...after.scope,
    deployment: after.id,
    message,
    ...more,
  });
  const events: NewEvent[] = [];
  if (before.direction !== after.direction)
    events.push(about('deployment.turned', after.reason ?? 'the deployment turns round', { facts: { log: after.lastLog ?? [] } }));
  const census = new Census(after.scope, instances);
  after.services.forEach((rollout, index) => {
    const earlier = before.services[index];
    if (earlier && earlier !== rollout) events.push(...serviceEvents(earlier, rollout, after, census, about));
  });
  if (after.outcome && !before.outcome) events.push(endedEvent(after, now));
  return events;
}

export function startedEvent(deployment: Deployment): NewEvent {
  const services = deployment.services.map((one) => one.service);
  const message = `${deployment.kind} ${deployment.id} started by ${deployment.startedBy}${services.length > 0 ? `: ${services.join(', ')}` : ': nothing to change'}`;
  return {
    at: deployment.startedAt,
    kind: 'deployment.started',
    ...deployment.scope,
    deployment: deployment.id,
    message,
    facts: { kind: deployment.kind, services },
  };
}

export function endedEvent(deployment: Deployment, now: number): NewEvent {
  const outcome = deployment.outcome ?? 'failed';
  const message = `${deployment.id} ${outcome}${deployment.reason ? `: ${deployment.reason}` : ''}`;
  return {
    at: now,
    kind: 'deployment.ended',
    ...deployment.scope,
    deployment: deployment.id,
    message,
    facts: { outcome, duration_ms: now - deployment.startedAt },
  };
}

type About = (kind: EventKind, message: string, more?: Partial<NewEvent>) => NewEvent;

function serviceEvents(
  before: ServiceRollout,
  after: ServiceRollout,
  deployment: Deployment,
  census: Census,
  about: About,
): readonly NewEvent[] {
  const { service } = after;
  const goal = goalOf(after, deployment.direction);
  const wanted = goal?.replicas ?? 0;
  const ready = goal ? census.of(revisionOf(goal)).ready : 0;
  const facts = { stage: after.stage, direction: deployment.direction, ready, wanted };
  if (before.stage !== after.stage)
    return [about('service.stage', stageText(after, deployment.direction, ready, wanted), { service, release: goal?.release, facts })];
  if (before.mostReady !== after.mostReady)
    return [about('service.progress', `${service}: ${ready} of ${wanted} ready`, { service, release: goal?.release, facts })];
  return [];
}

function stageText({ service, stage }: ServiceRollout, direction: Deployment['direction'], ready: number, wanted: number): string {
  const back = direction === 'reverting';
  switch (stage) {
    case 'waiting':
      return `${service} waits`;
    case 'shifting':
      return back ? `${service} goes back: ${ready} of ${wanted} ready` : `${service} shifts: ${ready} of ${wanted} ready`;
    case 'baking':
      return back ? `${service} is back, what failed leaves` : `${service} is in place and watched`;
    case 'settled':
      return back ? `${service} is as it was` : `${service} is settled`;
  }
}
