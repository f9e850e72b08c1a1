// Tells an instance where the services that it needs are reached: at the gateway, so that the answer holds over all their releases.
import type { ServiceTarget } from '../../model/deployment.ts';
import { internalAddress, neighbourVariables } from '../../model/discovery/endpoint.ts';
import type { Address, Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Store } from '../../ports/store.ts';
import { deploymentKey } from '../keys.ts';

/**
 * Environment variables for an instance of the service; `gateway` is where the gateway listens, `hostOf` how a service is called there. Not part
 * of a release: its digest stays.
 */
export async function addressesOfNeeds(
  store: Pick<Store, 'get'>,
  scope: Scope,
  service: string,
  gateway: Address,
  hostOf: (scope: Scope, service: string) => string = internalAddress,
): Promise<Readonly<Record<string, string>>> {
  const targets = await targetsOf(store, scope);
  const needs = targets.get(service)?.spec.needs ?? [];
  const reachable = needs.filter((need) => targets.get(need)?.spec.port !== undefined);
  const pairs = reachable.map((need) => neighbourVariables(need, { host: hostOf(scope, need), port: gateway.port }));
  return Object.assign({}, ...pairs);
}

/** What a running deployment makes of the services comes before what was live. */
async function targetsOf(store: Pick<Store, 'get'>, scope: Scope): Promise<ReadonlyMap<string, ServiceTarget>> {
  const state = (await store.get('environment', scopeKey(scope)))?.value;
  const number = state?.deployment;
  const running = number === undefined ? undefined : (await store.get('deployment', deploymentKey(scope, number)))?.value;
  const targets = new Map(Object.entries(state?.services ?? {}));
  for (const { service, to } of running?.services ?? []) if (to) targets.set(service, to);
  return targets;
}
