// Instances of a live release that ended without having been asked to, as drift: seen, and replaced or not yet.
import { formatDuration } from '../base/units.ts';
import type { EnvironmentState, ServiceTarget } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { Drift } from '../model/drift.ts';
import type { ExitReason, Instance } from '../model/instance.ts';
import type { Head } from './census.ts';
import { Census } from './census.ts';
import { isLeft, refill } from './restart.ts';
import { exitText } from './rollout/failure.ts';

/** So long the death of an instance that was replaced is still told. */
const toldFor = 10 * 60_000;

/** Those of a deployment that runs are its own business: it counts them and says so. */
export function deathsOf(state: EnvironmentState, instances: readonly Instance[], now: number): readonly Drift[] {
  if (state.deployment !== undefined) return [];
  const census = new Census(state.scope, instances);
  return Object.values(state.services).flatMap((target) => deathsOfService(state, target, census, now));
}

function deathsOfService({ scope }: EnvironmentState, target: ServiceTarget, census: Census, now: number): readonly Drift[] {
  const head = census.of(revisionOf(target));
  const left = (one: Instance) => Number(isLeft(one, target.spec.restart));
  const ended = head.crashes.flatMap((one) => (one.exit ? [{ ...one, exit: one.exit }] : []));
  // Those that are not replaced, and then the newest, are those whose places are still empty.
  const deaths = ended.toSorted((a, b) => left(a) - left(b) || a.exit.at - b.exit.at);
  const replaced = deaths.length - Math.max(0, target.replicas - head.ready);
  return deaths.flatMap((one, index): readonly Drift[] => {
    const about = { kind: 'instance', scope, subject: one.id, service: target.spec.name } as const;
    const found = { ...about, message: `${one.id} ${exitText(one)}`, foundAt: one.exit.at };
    if (index >= replaced) return [{ ...found, ...standing(one, target, head, now) }];
    const repairedAt = replacedAt(one.exit, head.instances);
    return repairedAt < now - toldFor ? [] : [{ ...found, state: 'repaired', repairedAt }];
  });
}

/** Why its place is still empty. */
function standing(one: Instance, { replicas, spec }: ServiceTarget, head: Head, now: number): Pick<Drift, 'state' | 'because'> {
  const { instances, live } = head;
  const { restart } = spec;
  if (isLeft(one, restart)) return { state: 'refused', because: `its place stays empty (restart.condition is ${restart?.condition})` };
  const { starts, at, left } = refill({ wanted: replicas, empty: replicas - live, instances, restart, now });
  if (left && starts === 0) return { state: left.until === undefined ? 'refused' : 'repairing', because: left.because };
  if (at <= now) return { state: 'repairing', because: 'its replacement is not ready yet' };
  const why = restart?.delay === undefined ? 'after repeated failures ' : '';
  return { state: 'repairing', because: `${why}the next start is in ${formatDuration(at - now)}` };
}

/** When the first instance that came after it was ready. */
function replacedAt({ at }: ExitReason, instances: readonly Instance[]): number {
  const later = instances.flatMap((one) => (one.startedAt >= at && one.readyAt !== undefined ? [one.readyAt] : []));
  return later.length === 0 ? at : Math.min(...later);
}
