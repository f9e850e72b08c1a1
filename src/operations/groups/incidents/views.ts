// The shapes in which incidents cross the product's border. What the engine wrote there is apart from what others did: theirs is nothing to follow.
import { z } from 'zod';
import type { Incident, IncidentNote } from '../../../model/incident/incident.ts';
import { engineItself, incidentStates } from '../../../model/incident/incident.ts';
import { severities } from '../../../model/outside/notice.ts';

const noteView = z.object({
  at: z.string(),
  by: z.string(),
  text: z.string().optional(),
  cause: z.string().optional().describe('Instead of text: in the words of the engine'),
  run: z.string().optional(),
  state: z.enum(incidentStates).optional().describe('It moved the incident there'),
});

/** Without words of those who write: what is told to whoever just wrote some. */
export const incidentBrief = z.object({
  id: z.string(),
  application: z.string(),
  environment: z.string(),
  severity: z.enum(severities),
  state: z.enum(incidentStates),
  run: z.string().optional().describe('The deployment, task or trial that it is about'),
  opened_at: z.string(),
  opened_by: z.string(),
  changed_at: z.string(),
  notes_count: z.int(),
});

export const incidentLine = incidentBrief.extend({
  title: z.string().optional(),
  cause: z.string().optional().describe('Instead of a title: in the words of the engine'),
});

export const incidentView = incidentLine.extend({ notes: z.array(noteView) });

export function briefOf(incident: Incident): z.infer<typeof incidentBrief> {
  const { id, scope, severity, state, run, openedAt, openedBy, changedAt, notes } = incident;
  return {
    id,
    application: scope.application,
    environment: scope.environment,
    severity,
    state,
    run,
    opened_at: new Date(openedAt).toISOString(),
    opened_by: openedBy,
    changed_at: new Date(changedAt).toISOString(),
    notes_count: notes.length,
  };
}

export function lineOf(incident: Incident): z.infer<typeof incidentLine> {
  const { title, openedBy } = incident;
  return { ...briefOf(incident), ...(openedBy === engineItself ? { cause: title } : { title }) };
}

export function viewIncident(incident: Incident): z.infer<typeof incidentView> {
  return { ...lineOf(incident), notes: incident.notes.map(viewNote) };
}

function viewNote({ at, by, text, run, state }: IncidentNote): z.infer<typeof noteView> {
  return { at: new Date(at).toISOString(), by, ...(by === engineItself ? { cause: text } : { text }), run, state };
}
