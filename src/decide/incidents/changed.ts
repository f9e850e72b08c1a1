// What may be done about an incident: notes at any time, also afterwards; and its way from open to resolved, which has no way back.
import { CodeError } from '../../base/errors.ts';
import type { Incident, IncidentNote, IncidentState } from '../../model/incident/incident.ts';
import { incidentLimits } from '../../model/incident/incident.ts';

/** Errors: `too_large` when it holds as many notes as it can. Room is left for the one that resolves it. */
export function withNote(incident: Incident, note: IncidentNote): Incident {
  const most = note.state === 'resolved' ? incidentLimits.notes : incidentLimits.notes - 1;
  if (incident.notes.length >= most)
    throw new CodeError('too_large', `Incident ${incident.id} holds ${incident.notes.length} notes, and no more.`, {
      hint: 'Resolve it, and open another one that names it.',
    });
  return { ...incident, changedAt: note.at, notes: [...incident.notes, note] };
}

/** Errors: `incident_state` where it is there already, or beyond; `too_large`. */
export function moved(incident: Incident, to: Exclude<IncidentState, 'open'>, note: Omit<IncidentNote, 'state'>): Incident {
  if (incident.state === to || incident.state === 'resolved')
    throw new CodeError('incident_state', `Incident ${incident.id} is ${incident.state} already.`, {
      hint:
        incident.state === 'resolved'
          ? 'Notes can still be written; what goes wrong again is another incident.'
          : 'Write a note, or resolve it.',
    });
  return { ...withNote(incident, { ...note, state: to }), state: to };
}
