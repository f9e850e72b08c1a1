// The controller of Jobs: one pod each, which is never made again; what became of it, and that it is suspended, stands in the status.
import type { Objects, Part, Stored } from '../objects.ts';

export interface JobWorld {
  readonly objects: Objects;
  /** Why it was not admitted. */
  readonly makePod: (job: Stored, template: { readonly spec: Part }) => string | undefined;
  readonly end: (pod: string) => void;
}

interface JobStatus {
  readonly active?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

const phaseOf = (pod: Stored): string => (pod['status'] as { phase?: string } | undefined)?.phase ?? '';
const isLiving = (pod: Stored): boolean => pod.metadata.deletionTimestamp === undefined && !['Failed', 'Succeeded'].includes(phaseOf(pod));

export function runJob(job: Stored, { objects, makePod, end }: JobWorld): void {
  const { suspend = false, template } = job['spec'] as { readonly suspend?: boolean; readonly template: { readonly spec: Part } };
  const { active = 0, conditions = [] } = (job['status'] ?? {}) as JobStatus;
  if (conditions.some((one) => one.type === 'Complete' || one.type === 'Failed')) return;
  const pods = objects.list('Pod', (one) => one.metadata.ownerReferences?.[0]?.uid === job.metadata.uid);
  const living = pods.filter(isLiving);
  if (suspend) {
    for (const pod of living) end(pod.metadata.name);
    return tell(objects, job, { active: 0, conditions: [condition('Suspended', 'JobSuspended', 'Job suspended')] });
  }
  const ended = endOf(pods, living.length, active);
  if (ended) return tell(objects, job, { active: 0, conditions: [ended] });
  if (living.length === 0 && makePod(job, template) !== undefined) return;
  tell(objects, job, { active: 1, conditions: [] });
}

/** One pod that fails, is taken away or is on its way out counts: with a backoff limit of 0 that is the end. */
function endOf(pods: readonly Stored[], living: number, active: number) {
  if (pods.some((one) => phaseOf(one) === 'Succeeded')) return condition('Complete', 'CompletionsReached', '');
  const failed = pods.length > living || (active > 0 && pods.length === 0);
  return failed ? condition('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit') : undefined;
}

function condition(type: string, reason: string, message: string) {
  return { type, status: 'True', reason, message };
}

function tell(objects: Objects, { metadata, status: before }: Stored & { readonly status?: unknown }, status: Part): void {
  const time = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  const old = (before as { conditions?: readonly { type: string; lastTransitionTime?: string }[] } | undefined)?.conditions ?? [];
  const conditions = (status['conditions'] as readonly { type: string }[]).map((one) => {
    const known = old.find((each) => each.type === one.type)?.lastTransitionTime;
    return { ...one, lastTransitionTime: known ?? time };
  });
  objects.update('Job', metadata.name, (copy) => {
    copy['status'] = { ...status, conditions };
  });
}
