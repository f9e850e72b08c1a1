// What another size means for the record and for a deployment that is under way: there is one size, and both sides of a rollout follow it.
import type { Deployment, EnvironmentState, ServiceRollout, ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Plan, ServiceChange } from '../../model/plan.ts';
import { clamp, replicasFor } from './bounds.ts';

export function resizeState(state: EnvironmentState, service: string, replicas: number): EnvironmentState {
  const target = state.services[service];
  return target ? { ...state, services: { ...state.services, [service]: { ...target, replicas } } } : state;
}

export function resizeDeployment(deployment: Deployment, service: string, replicas: number, now: number): Deployment {
  const services = deployment.services.map((one) => (one.service === service ? resizeRollout(one, replicas, now) : one));
  return { ...deployment, services };
}

/** The new side may have other bounds, or none. Instances that are asked for now have their whole deadline before them. */
function resizeRollout(rollout: ServiceRollout, replicas: number, now: number): ServiceRollout {
  const { from, to } = rollout;
  return {
    ...rollout,
    ...(from && { from: { ...from, replicas } }),
    ...(to && { to: resizedTarget(to, replicas) }),
    ...(isUntouched(rollout) && from && { sizes: { [revisionOf(from)]: replicas } }),
    ...(rollout.stage === 'shifting' && { progressAt: now }),
  };
}

/** It waits for its turn with what it was: whatever comes of it, also what follows when it is superseded, begins with the size that is wanted. */
function isUntouched({ stage, from, sizes }: ServiceRollout): boolean {
  return stage === 'waiting' && from !== undefined && Object.keys(sizes).every((one) => one === revisionOf(from));
}

function resizedTarget(to: ServiceTarget, replicas: number): ServiceTarget {
  return to.spec.scale ? { ...to, replicas: clamp(replicas, to.spec.scale) } : to;
}

/** A plan with the sizes that are in force when it is applied: what was scaled since it was made does not make it stale. */
export function withLiveSizes(plan: Plan, live: EnvironmentState | undefined): Plan {
  return { ...plan, changes: plan.changes.map((one) => withLiveSize(one, live?.services[one.service])) };
}

function withLiveSize(change: ServiceChange, live: ServiceTarget | undefined): ServiceChange {
  const { from, to } = change;
  if (!live?.spec.scale || !from || from.replicas === live.replicas) return change;
  return {
    ...change,
    from: { ...from, replicas: live.replicas },
    ...(to?.spec.scale && { to: { ...to, replicas: replicasFor(to.spec, live.replicas) } }),
  };
}
