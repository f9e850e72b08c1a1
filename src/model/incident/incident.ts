// An incident: something went wrong in an environment, who looks after it, and what people, programs and the engine wrote down about it.
import type { Scope } from '../instance.ts';
import type { severities } from '../outside/notice.ts';

export const incidentStates = ['open', 'acknowledged', 'resolved'] as const;

export type IncidentState = (typeof incidentStates)[number];

/** Who opens one when a deployment went back by itself, and what it wrote there is its own. */
export const engineItself = 'engine';

/** Characters (UTF-16 code units) and notes: what one incident can hold is bounded, whoever writes. */
export const incidentLimits = { title: 150, text: 4_000, notes: 100 } as const;

export interface Incident {
  /** `shop-staging-i3` */
  readonly id: string;
  readonly number: number;
  readonly scope: Scope;
  readonly title: string;
  readonly severity: (typeof severities)[number];
  readonly state: IncidentState;
  readonly openedAt: number;
  /** A principal, or the engine. */
  readonly openedBy: string;
  /** The deployment, task or trial that it is about. */
  readonly run?: string;
  readonly changedAt: number;
  /** The oldest first. */
  readonly notes: readonly IncidentNote[];
}

export interface IncidentNote {
  readonly at: number;
  readonly by: string;
  readonly text: string;
  readonly run?: string;
  /** It moved the incident there. */
  readonly state?: IncidentState;
}
