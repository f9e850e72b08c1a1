// Puts another size in force: in the record and in the deployment that moves the service, in one commit.
import { hasCode } from '../../base/errors.ts';
import { resizeDeployment, resizeState } from '../../decide/scale/resize.ts';
import type { Deployment } from '../../model/deployment.ts';
import type { NewEvent } from '../../model/event.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Change, Stored } from '../../ports/store.ts';
import { deploymentKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';

export interface Resize {
  readonly scope: Scope;
  readonly service: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** False when somebody else changed the record meanwhile: whoever decided looks again. Plans do not drift by it. */
export async function resize(ports: EnginePorts, { scope, service, from, to, reason }: Resize): Promise<boolean> {
  const { store, clock, fence } = ports;
  const key = scopeKey(scope);
  const stored = await store.get('environment', key);
  const target = stored?.value.services[service];
  if (!stored || target?.replicas !== from) return false;
  const now = clock.now();
  const state = resizeState(stored.value, service, to);
  const event: NewEvent = {
    at: now,
    kind: 'service.scaled',
    ...scope,
    service,
    release: target.release,
    message: `${service} goes from ${from} to ${to}: ${reason}`,
    facts: { from, to },
  };
  const changes: Change[] = [
    { op: 'put', kind: 'environment', key, value: { ...state, interventions: (state.interventions ?? 0) + 1 }, expect: stored.version },
    ...(await rolloutChanges(ports, { scope, service, to }, stored.value.deployment, now)),
    { op: 'append', event },
  ];
  try {
    await store.commit(changes, fence());
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'write_conflict')) return false;
    throw thrown;
  }
}

async function rolloutChanges(
  { store }: EnginePorts,
  { scope, service, to }: Pick<Resize, 'scope' | 'service' | 'to'>,
  number: number | undefined,
  now: number,
): Promise<readonly Change[]> {
  const running: Stored<Deployment> | undefined =
    number === undefined ? undefined : await store.get('deployment', deploymentKey(scope, number));
  if (!running?.value.services.some((one) => one.service === service)) return [];
  const value = resizeDeployment(running.value, service, to, now);
  return [{ op: 'put', kind: 'deployment', key: running.key, value, expect: running.version }];
}
