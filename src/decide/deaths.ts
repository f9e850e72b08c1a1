// Instances of a live release that ended without having been asked to, as drift: seen, and replaced or not yet.
import { formatDuration } from '../base/units.ts';
import type { EnvironmentState, ServiceTarget } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { Drift } from '../model/drift.ts';
import type { ExitReason, Instance } from '../model/instance.ts';
import { Census } from './census.ts';
import { restartAllowedAt } from './heal.ts';
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
  const deaths = head.crashes.flatMap((one) => (one.exit ? [{ ...one, exit: one.exit }] : [])).toSorted((a, b) => a.exit.at - b.exit.at);
  // The newest deaths are those whose places are still empty.
  const replaced = deaths.length - Math.max(0, target.replicas - head.ready);
  return deaths.flatMap((one, index): readonly Drift[] => {
    const found = { kind: 'instance', scope, subject: one.id, message: `${one.id} ${exitText(one)}`, foundAt: one.exit.at } as const;
    if (index >= replaced) return [{ ...found, state: 'repairing', because: waitingFor(head.instances, now) }];
    const repairedAt = replacedAt(one.exit, head.instances);
    return repairedAt < now - toldFor ? [] : [{ ...found, state: 'repaired', repairedAt }];
  });
}

function waitingFor(instances: readonly Instance[], now: number): string {
  const allowedAt = restartAllowedAt(instances, now);
  return allowedAt > now
    ? `after repeated failures the next start is in ${formatDuration(allowedAt - now)}`
    : 'its replacement is not ready yet';
}

/** When the first instance that came after it was ready. */
function replacedAt({ at }: ExitReason, instances: readonly Instance[]): number {
  const later = instances.flatMap((one) => (one.startedAt >= at && one.readyAt !== undefined ? [one.readyAt] : []));
  return later.length === 0 ? at : Math.min(...later);
}
