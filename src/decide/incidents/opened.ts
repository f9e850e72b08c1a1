// Whether a deployment that ended is an incident, and how an incident that is opened begins.
import type { Deployment } from '../../model/deployment.ts';
import type { Incident } from '../../model/incident/incident.ts';
import { engineItself, incidentLimits } from '../../model/incident/incident.ts';
import type { Scope } from '../../model/instance.ts';

export interface IncidentWish extends Pick<Incident, 'title' | 'severity'> {
  readonly scope: Scope;
  readonly by: string;
  /** The first note; empty: there is none. */
  readonly text: string;
  readonly run?: string | undefined;
}

/** One that failed where something was live before. What somebody stopped, and what had no verdict, is told by its outcome alone. */
export function incidentOf(deployment: Deployment): IncidentWish | undefined {
  const { id, scope, outcome, kind, reason = '' } = deployment;
  const isGone = outcome === 'failed_mixed' || (outcome === 'failed' && kind === 'rollback');
  if (outcome !== 'rolled_back' && !isGone) return undefined;
  return {
    scope,
    title: isGone
      ? `${id} failed and left ${outcome === 'failed_mixed' ? 'neither release whole' : 'what it should replace'}`
      : `${id} was rolled back`,
    severity: isGone ? 'critical' : 'warning',
    by: engineItself,
    text: reason.slice(0, incidentLimits.text),
    run: id,
  };
}

export function openIncident({ scope, title, severity, by, text, run }: IncidentWish, number: number, now: number): Incident {
  const about = run === undefined ? {} : { run };
  return {
    id: `${scope.application}-${scope.environment}-i${number}`,
    number,
    scope,
    title,
    severity,
    state: 'open',
    openedAt: now,
    openedBy: by,
    ...about,
    changedAt: now,
    notes: text === '' ? [] : [{ at: now, by, text, ...about }],
  };
}
