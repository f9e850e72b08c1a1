// Looks at one service: what the gateway and the runtime say of it now.
import { hasCode } from '../../base/errors.ts';
import type { Member, TrafficLook } from '../../decide/scale/measure.ts';
import type { ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Instance, Scope } from '../../model/instance.ts';
import { replicaSetId } from '../../model/instance.ts';
import type { TrafficObservation } from '../../model/route.ts';
import type { ScalePause, ScaleSpec } from '../../model/scale.ts';
import type { Traffic } from '../../ports/traffic.ts';

/** What one decision is about. */
export interface Subject {
  readonly target: ServiceTarget;
  readonly scale: ScaleSpec;
  readonly members: readonly Member[];
  /** A deployment moves it. */
  readonly rolling: boolean;
  readonly pause: ScalePause | undefined;
}

/** The released revision's instances that are meant to stay. */
export function membersOf(scope: Scope, target: ServiceTarget, instances: readonly Instance[]): readonly Member[] {
  const set = replicaSetId(scope, revisionOf(target));
  return instances
    .filter((one) => one.replicaSet === set && (one.state === 'running' || one.state === 'starting') && one.dead !== true)
    .map(({ id, ready, state, readyAt }) => ({ id, ready: ready && state === 'running', ...(readyAt !== undefined && { readyAt }) }));
}

/** Undefined while the gateway does not answer. */
export async function observeTraffic(traffic: Traffic, signal: AbortSignal): Promise<TrafficObservation | undefined> {
  try {
    return await traffic.observe(signal);
  } catch (thrown) {
    if (hasCode(thrown, 'gateway_unavailable')) return undefined;
    throw thrown;
  }
}

/** Over all releases: what is asked of the service, whoever answers. */
export function trafficLook(observation: TrafficObservation, key: string): TrafficLook {
  const counted = observation.services.find((one) => one.service === key);
  const latency = new Map<number, number>();
  let answered = 0;
  for (const release of [...observation.releases, ...(observation.chosen ?? [])]) {
    if (release.service !== key) continue;
    answered += release.requests;
    for (const { atMost, count } of release.latency) latency.set(atMost, (latency.get(atMost) ?? 0) + count);
  }
  // What was refused for its rate is no work for anybody.
  const requests = counted ? counted.requests - counted.rateLimited : answered;
  return { epoch: observation.epoch, requests, inFlight: counted?.inFlight ?? 0, waiting: observation.waiting[key] ?? 0, latency };
}
