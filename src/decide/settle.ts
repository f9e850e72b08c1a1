// What an environment's record becomes when its deployment ends.
import type { Deployment, EnvironmentState, KeptSet, ReleaseSet, ServiceTarget, Sizes } from '../model/deployment.ts';
import { keptOf } from './rollout/course.ts';

/** Release sets that a rollback can reach. */
export const historyKept = 10;

/** `deployment` has an outcome. A success makes its targets the live ones, and a removed service takes its pauses along; anything else leaves the record as it was (sizes of a mixed end are kept). */
export function settle(state: EnvironmentState, deployment: Deployment): EnvironmentState {
  const kept = keptAfter(deployment);
  const idle: EnvironmentState = { ...state, deployment: undefined, kept };
  if (deployment.outcome === 'failed_mixed') return { ...idle, mixed: sizesOf(deployment) };
  if (deployment.outcome !== 'succeeded') return { ...idle, mixed: undefined };
  const services: Record<string, ServiceTarget> = { ...state.services };
  const pauses = { ...state.pauses };
  const scaling = { ...state.scaling };
  for (const { service, to } of deployment.services) {
    if (to) services[service] = to;
    else {
      delete services[service];
      delete pauses[service];
      delete scaling[service];
    }
  }
  // A removal is nothing that one could go back to.
  const history = Object.keys(services).length === 0 ? [] : [releaseSetOf(deployment, services)];
  return { ...idle, mixed: undefined, services, pauses, scaling, history: [...history, ...state.history].slice(0, historyKept + 1) };
}

/** What of the releases that did not make it stays for a look. */
function keptAfter({ services, outcome, direction, endedAt = 0 }: Deployment): EnvironmentState['kept'] {
  if (direction !== 'reverting' || outcome === 'failed_mixed') return undefined;
  const kept = services.flatMap((one): readonly [string, KeptSet][] => {
    const found = keptOf(one);
    const replicas = found ? (one.sizes[found.revision] ?? 0) : 0;
    if (!found || replicas === 0) return [];
    return [[one.service, { revision: found.revision, replicas, ...(found.delay !== 'keep' && { until: endedAt + found.delay }) }]];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function releaseSetOf(deployment: Deployment, services: Readonly<Record<string, ServiceTarget>>): ReleaseSet {
  const { id, number, kind } = deployment;
  return { deployment: id, number, kind, at: deployment.endedAt ?? deployment.startedAt, services };
}

function sizesOf(deployment: Deployment): Readonly<Record<string, Sizes>> {
  return Object.fromEntries(deployment.services.map((one) => [one.service, one.sizes]));
}
