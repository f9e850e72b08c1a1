// What the operations of incidents.* answer, and how they are asked.
import type { z } from 'zod';
import type { incidentBrief, incidentLine, incidentView } from '../../../operations/groups/incidents/views.ts';

type Brief = z.infer<typeof incidentBrief>;
export type IncidentLine = z.infer<typeof incidentLine>;
export type IncidentView = z.infer<typeof incidentView>;

export interface IncidentAnswers {
  readonly 'incidents.list': { readonly incidents: readonly IncidentLine[] };
  readonly 'incidents.get': IncidentView;
  readonly 'incidents.open': Brief;
  readonly 'incidents.note': Brief;
  readonly 'incidents.acknowledge': Brief;
  readonly 'incidents.resolve': Brief;
}

export const incidentMethods = {
  'incidents.list': 'GET',
  'incidents.get': 'GET',
  'incidents.open': 'POST',
  'incidents.note': 'POST',
  'incidents.acknowledge': 'POST',
  'incidents.resolve': 'POST',
} as const;
