// The runtime alone on a test cluster: what it is asked, and what the cluster saw.
import { createKubernetesRuntime } from '../../src/adapters/runtimes/kubernetes/kubernetes.ts';
import { systemClock } from '../../src/base/clock.ts';
import { hasCode } from '../../src/base/errors.ts';
import type { Instance, ReplicaSet } from '../../src/model/instance.ts';
import { replicaSetId } from '../../src/model/instance.ts';
import { releaseOf, runSpecOf } from '../../src/model/release.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import type { Runtime, TrafficView } from '../../src/ports/runtime.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { aService, scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';

export const { signal: never } = new AbortController();
export const quiet: TrafficView = { routed: new Set(), inFlight: {} };

export interface Told {
  readonly context?: string;
  readonly namespace?: string;
  readonly clusterGateway?: { readonly name: string; readonly namespace?: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** `config`: a kubeconfig's path. */
export function runtimeOn(config: string, told: Told = {}): Runtime & Disposable {
  const runtime = createKubernetesRuntime({
    root: '/home/of/a/test',
    access: { config, context: told.context ?? '' },
    namespace: told.namespace ?? '',
    environment: { PATH: process.env['PATH'], ...told.environment },
    clock: systemClock,
    random: () => 0,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    wake: () => undefined,
    secrets: async () => told.secrets ?? {},
    surroundings: async () => ({}),
    ...(told.clusterGateway && { clusterGateway: told.clusterGateway }),
  });
  return { ...runtime, [Symbol.dispose]: () => runtime.stop() };
}

export function aSet(port: number, replicas: number, varied: Partial<ServiceSpec> = {}, reference = 'registry.test/web:1'): ReplicaSet {
  const spec = aService({ port, source: { kind: 'image', reference }, ...varied });
  const release = releaseOf(scope.application, spec.name, runSpecOf(spec, { kind: 'image', reference }), 0);
  return { id: replicaSetId(scope, release.id), scope, release, replicas, generation: 0 };
}

/** Looks, and asks for the same again, as passes do, until it holds. */
export function passesUntil(
  runtime: Runtime,
  set: ReplicaSet,
  holds: (seen: readonly Instance[]) => boolean,
  traffic: TrafficView = quiet,
): Promise<readonly Instance[]> {
  const pass = async (): Promise<readonly Instance[]> => {
    const seen = await runtime.observe(set.scope, never);
    await runtime.apply(set, traffic, never);
    return seen;
  };
  // A pass that fails because the cluster does not answer is repeated, as the engine does.
  const patient = (): Promise<readonly Instance[]> =>
    pass().catch((thrown: unknown) => {
      if (hasCode(thrown, 'runtime_unavailable')) return [];
      throw thrown;
    });
  return until(patient, holds, undefined, 20);
}

export const ready = (count: number) => (seen: readonly Instance[]) =>
  seen.length === count && seen.every((one) => one.ready && one.state === 'running');

export function countOf(cluster: TestCluster, what: RegExp): number {
  return cluster.api.asked.filter((one) => what.test(one)).length;
}
