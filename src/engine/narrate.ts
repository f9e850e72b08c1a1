// Tells in events what changed between two states of a deployment.
import { Census } from '../decide/census.ts';
import { goalOf } from '../decide/rollout/goal.ts';
import type { Deployment, ServiceRollout } from '../model/deployment.ts';
import { revisionOf, uncheckedIn } from '../model/deployment.ts';
import type { EventKind, NewEvent } from '../model/event.ts';
import type { Instance } from '../model/instance.ts';
import type { Standing } from './queries/standing.ts';
import { standingOf } from './queries/standing.ts';

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
  if (after.held && !before.held)
    events.push(
      about('deployment.paused', `${after.id} paused, for somebody to look at: ${after.held.reason}`, {
        facts: { log: after.lastLog ?? [] },
      }),
    );
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
  const unchecked = uncheckedIn(deployment);
  const how = unchecked.length > 0 ? ' without checks' : '';
  const message = `${deployment.kind} ${deployment.id} started${how} by ${deployment.startedBy}${services.length > 0 ? `: ${services.join(', ')}` : ': nothing to change'}`;
  return {
    at: deployment.startedAt,
    kind: 'deployment.started',
    ...deployment.scope,
    deployment: deployment.id,
    message,
    facts: { kind: deployment.kind, services, ...(unchecked.length > 0 && { unchecked }) },
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
  const [wanted, ready] = goal ? [goal.replicas, census.of(revisionOf(goal)).ready] : [0, 0];
  const standing = standingOf(after, deployment);
  const facts = { ...courseFacts(standing), stage: after.stage, direction: deployment.direction, ready, wanted };
  const told = (kind: EventKind, message: string) => [about(kind, message, { service, release: goal?.release, facts })];
  if (before.stage !== after.stage) return told('service.stage', stageText(after, deployment.direction, ready, wanted));
  if (standing && hasStepped(before, after)) return told('service.step', stepText(service, standing));
  const verdict = after.analysis?.verdict;
  if (verdict && verdict.verdict !== before.analysis?.verdict?.verdict) return told('service.verdict', `${service}: ${verdict.message}`);
  return before.mostReady < after.mostReady && wanted > 0 ? told('service.progress', `${service}: ${ready} of ${wanted} ready`) : [];
}

function courseFacts(standing: Standing | undefined): Readonly<Record<string, number>> {
  return standing ? { weight: standing.weight, step: standing.number, steps: standing.of } : {};
}

function hasStepped({ step: before }: ServiceRollout, { step: after }: ServiceRollout): boolean {
  return before?.index !== after?.index || before?.reachedAt !== after?.reachedAt;
}

function stepText(service: string, { number, of, weight, waitsFor }: Standing): string {
  const share = `${Number((weight * 100).toFixed(2))} % of the traffic`;
  const waits = {
    instances: 'waits for its instances',
    people: 'waits for "codectl promote"',
    resume: 'waits for "codectl resume"',
    time: 'holds for a while',
    verdict: 'is judged',
    nothing: 'goes on',
  };
  return `${service}: step ${number} of ${of}, ${share}; ${waits[waitsFor]}`;
}

function stageText({ service, stage }: ServiceRollout, direction: Deployment['direction'], ready: number, wanted: number): string {
  const back = direction === 'reverting';
  // A cron has no instances that could be ready.
  const count = wanted > 0 ? `: ${ready} of ${wanted} ready` : '';
  switch (stage) {
    case 'waiting':
      return `${service} waits`;
    case 'shifting':
      return `${service} ${back ? 'goes back' : 'shifts'}${count}`;
    case 'baking':
      return back ? `${service} is back, what failed leaves` : `${service} is in place and watched`;
    case 'settled':
      return back ? `${service} is as it was` : `${service} is settled`;
  }
}
