// One audit record as an event of the Open Cybersecurity Schema Framework: API Activity (class 6003), version 1.6.0.
import type { AuditRecord, Effect } from '../../model/principal.ts';

const apiActivity = 6003;
/** Create, read, update, delete; `plan` only looks. */
const activities: Readonly<Record<Effect, number>> = { read: 2, plan: 2, write: 3, destroy: 4 };
const statuses = { ok: [1, 'Success'], refused: [2, 'Failure'], failed: [2, 'Failure'] } as const;

export function ocsfEvent(record: AuditRecord, version: string): Readonly<Record<string, unknown>> {
  const { sequence, at, principal, operation, effect, call, result, error } = record;
  const activity = activities[effect];
  const [statusId, status] = result === undefined ? [0, 'Unknown'] : statuses[result];
  return {
    activity_id: activity,
    category_uid: 6,
    class_uid: apiActivity,
    type_uid: apiActivity * 100 + activity,
    time: at,
    // 1 informational, 3 medium.
    severity_id: result === 'refused' ? 3 : 1,
    status_id: statusId,
    status,
    ...(error !== undefined && { status_detail: error }),
    metadata: {
      version: '1.6.0',
      product: { name: 'codectl', vendor_name: 'CODE', version },
      log_name: 'audit',
      uid: record.hash,
      sequence,
      event_code: operation,
      correlation_uid: call,
    },
    actor: { user: { name: principal, uid: principal } },
    // Callers are known by who they are: where from is not written down.
    src_endpoint: { name: 'unknown' },
    api: { operation, service: { name: 'codectl' }, request: { uid: call }, ...(error !== undefined && { response: { error } }) },
    unmapped: unmapped(record),
  };
}

/** What the class has no place for, under our own names. */
function unmapped({ phase, effect, subject, policies, hash, previous }: AuditRecord): Readonly<Record<string, unknown>> {
  return { phase, effect, subject, ...(policies && { policies }), hash, previous };
}
