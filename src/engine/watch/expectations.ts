// What may be expected of each instance that runs: its service's manifest, as it is live or being made live.
import type { Deployment, EnvironmentState, ServiceTarget } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Instance, Scope } from '../../model/instance.ts';
import { replicaSetId } from '../../model/instance.ts';
import { deploymentKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';

export interface WatchedInstance {
  readonly scope: Scope;
  readonly runtime: string;
  readonly target: ServiceTarget;
  readonly instance: Instance;
}

/** Everything that runs, environment by environment; a runtime that cannot be asked now has nothing to show. */
export async function watchedInstances(ports: EnginePorts, signal: AbortSignal): Promise<readonly WatchedInstance[]> {
  const environments = await ports.store.list('environment');
  return (await Promise.all(environments.map(({ value }) => inEnvironment(ports, value, signal)))).flat();
}

async function inEnvironment(ports: EnginePorts, state: EnvironmentState, signal: AbortSignal): Promise<readonly WatchedInstance[]> {
  const { scope, runtime } = state;
  const instances =
    (await ports.runtimes
      .get(runtime)
      ?.observe(scope, signal)
      .catch(() => [])) ?? [];
  const running = instances.filter((one) => one.state === 'running' || one.state === 'draining');
  if (running.length === 0) return [];
  const deployment =
    state.deployment === undefined ? undefined : (await ports.store.get('deployment', deploymentKey(scope, state.deployment)))?.value;
  return running.flatMap((instance) => {
    const target = targetOf(instance, state, deployment);
    return target ? [{ scope, runtime, target, instance }] : [];
  });
}

/** Its own release's, whether that comes or goes; else what is live now. */
function targetOf({ replicaSet }: Instance, state: EnvironmentState, deployment: Deployment | undefined): ServiceTarget | undefined {
  const service = (replicaSet.split('/')[2] ?? '').split('@')[0] ?? '';
  const rollout = deployment?.services.find((one) => one.service === service);
  const candidates = [state.services[service], rollout?.to, rollout?.from].filter((one) => one !== undefined);
  return candidates.find((one) => replicaSetId(state.scope, revisionOf(one)) === replicaSet) ?? candidates[0];
}
