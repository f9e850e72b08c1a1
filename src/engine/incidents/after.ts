// The incident that a deployment's end is: written in the commit that stores that end, and so once, whatever happens between.
import { incidentOf, openIncident } from '../../decide/incidents/opened.ts';
import type { Deployment } from '../../model/deployment.ts';
import type { NewEvent } from '../../model/event.ts';
import type { Incident } from '../../model/incident/incident.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Change, Store } from '../../ports/store.ts';
import { deploymentKey } from '../keys.ts';

/** Nothing for a deployment that goes on, or ended as it should. */
export async function incidentAfter(store: Store, deployment: Deployment): Promise<readonly Change[]> {
  const wish = incidentOf(deployment);
  if (!wish) return [];
  return opening(openIncident(wish, await nextNumber(store, wish.scope), deployment.endedAt ?? deployment.startedAt));
}

export function opening(incident: Incident): readonly Change[] {
  const { id, openedAt: at, openedBy, severity, run } = incident;
  const about = run === undefined ? '' : `, about ${run}`;
  return [put(incident, 0), told(incident, 'incident.opened', at, `incident ${id} (${severity}) opened by ${openedBy}${about}`)];
}

export function put(value: Incident, expect: number): Change {
  return { op: 'put', kind: 'incident', key: deploymentKey(value.scope, value.number), value, expect };
}

/** Who did what; not in the words of those who write notes, which would reach whoever follows events. */
export function told({ id, scope, state, severity }: Incident, kind: NewEvent['kind'], at: number, message: string): Change {
  return { op: 'append', event: { at, kind, ...scope, message, facts: { incident: id, state, severity } } };
}

export async function nextNumber(store: Store, scope: Scope): Promise<number> {
  const [newest] = await store.list('incident', { prefix: `${scopeKey(scope)}/`, reverse: true, limit: 1 });
  return (newest?.value.number ?? 0) + 1;
}
