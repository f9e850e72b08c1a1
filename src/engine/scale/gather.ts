// Finds the services that scale, and looks at those whose turn it is: once at the gateway, once at each environment's runtime.
import { asCodeError } from '../../base/errors.ts';
import type { ScaleLook } from '../../decide/scale/measure.ts';
import type { Deployment, EnvironmentState, ServiceTarget } from '../../model/deployment.ts';
import { scopeKey, serviceKey } from '../../model/instance.ts';
import type { ScaleSpec } from '../../model/scale.ts';
import { deploymentKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';
import type { Subject } from './look.ts';
import { membersOf, observeTraffic, trafficLook } from './look.ts';
import type { Queues } from './queues.ts';

export interface Scaled {
  readonly key: string;
  readonly state: EnvironmentState;
  readonly service: string;
  readonly target: ServiceTarget;
  readonly scale: ScaleSpec;
}

export interface Seen {
  readonly one: Scaled;
  readonly subject: Subject;
  readonly look: ScaleLook;
}

/** Live services only: what was never released has no load that could be its own. What a mixed end left stays as it is. */
export async function scaledServices({ store }: EnginePorts): Promise<readonly Scaled[]> {
  const environments = await store.list('environment');
  return environments.flatMap(({ value: state }) =>
    Object.entries(state.services).flatMap(([service, target]): readonly Scaled[] => {
      const { scale } = target.spec;
      if (!scale || state.mixed?.[service] !== undefined) return [];
      return [{ key: serviceKey(state.scope, service), state, service, target, scale }];
    }),
  );
}

/** Waits for the gateway and the runtimes, never for other systems. */
export async function lookAt(ports: EnginePorts, queues: Queues, due: readonly Scaled[], signal: AbortSignal): Promise<readonly Seen[]> {
  const traffic = await observeTraffic(ports.traffic, signal);
  const byScope = Map.groupBy(due, (one) => scopeKey(one.state.scope));
  const seen = await Promise.all(
    [...byScope.entries()].map(([scope, group]) =>
      lookAtScope(ports, queues, group, traffic, signal).catch((thrown: unknown) => {
        signal.throwIfAborted();
        // One runtime that cannot be asked leaves the services of the others their sizes.
        ports.log.warn({ scope, error: asCodeError(thrown).message }, 'could not look at what scales');
        return [];
      }),
    ),
  );
  return seen.flat();
}

async function lookAtScope(
  ports: EnginePorts,
  queues: Queues,
  group: readonly Scaled[],
  traffic: Awaited<ReturnType<typeof observeTraffic>>,
  signal: AbortSignal,
): Promise<readonly Seen[]> {
  const { runtimes, clock } = ports;
  const state = group[0]?.state;
  const runtime = state && runtimes.get(state.runtime);
  if (!state || !runtime) return [];
  const uses = group.some(({ scale: { targets } }) => targets.cpu !== undefined || targets.memory !== undefined);
  const [instances, stats, running] = await Promise.all([
    runtime.observe(state.scope, signal),
    uses ? runtime.stats?.(state.scope).catch(() => undefined) : undefined,
    deploymentOf(ports, state),
  ]);
  return group.map((one): Seen => {
    const { target, scale, service } = one;
    const { queue } = scale.targets;
    const look: ScaleLook = {
      at: clock.now(),
      ...(traffic && { traffic: trafficLook(traffic, one.key) }),
      ...(stats && { stats }),
      ...(queue && { queue: queues.read(one.key, queue, scale.every) }),
    };
    const members = membersOf(state.scope, target, instances);
    const rolling = running?.services.some((each) => each.service === service && each.stage !== 'settled') ?? false;
    return { one, look, subject: { target, scale, members, rolling, pause: state.scaling?.[service] } };
  });
}

async function deploymentOf({ store }: EnginePorts, { scope, deployment }: EnvironmentState): Promise<Deployment | undefined> {
  return deployment === undefined ? undefined : (await store.get('deployment', deploymentKey(scope, deployment)))?.value;
}
