// Services, releases and instances as tests need them; a test states only what it varies.

import type { Deployment, ServiceRollout, ServiceTarget } from '../../src/model/deployment.ts';
import { revisionOf } from '../../src/model/deployment.ts';
import type { Instance, Scope } from '../../src/model/instance.ts';
import { replicaSetId } from '../../src/model/instance.ts';
import type { Release } from '../../src/model/release.ts';
import { releaseOf, runSpecOf } from '../../src/model/release.ts';
import type { ServiceSpec } from '../../src/model/service.ts';

export const scope: Scope = { application: 'shop', environment: 'test' };

export function aService(varied: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: 'api',
    source: { kind: 'run', command: ['node', 'server.js'], directory: '.' },
    port: 8080,
    replicas: 1,
    probe: { path: '/healthz', interval: 1_000, timeout: 500, passes: 1, fails: 3, deadline: 60_000 },
    env: {},
    secrets: [],
    resources: {},
    stop: { drain: 30_000, grace: 10_000 },
    strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 10_000 },
    volumes: [],
    needs: [],
    routes: [],
    ...varied,
  };
}

/** A release of a service whose code is `code` (any text). */
export function aRelease(spec: ServiceSpec, code: string): Release {
  const digest = `sha256:${Buffer.from(code).toString('hex').padEnd(64, '0').slice(0, 64)}` as const;
  return releaseOf(scope.application, spec.name, runSpecOf(spec, { kind: 'snapshot', digest }), 0);
}

export function aTarget(spec: ServiceSpec, code: string): ServiceTarget {
  return { release: aRelease(spec, code).id, replicas: spec.replicas, generation: 0, spec };
}

/** A rollout from one target to another that has just begun to shift. */
export function aRollout(from: ServiceTarget, to: ServiceTarget, varied: Partial<ServiceRollout> = {}): ServiceRollout {
  const sizes = { [revisionOf(from)]: from.replicas };
  return { service: to.spec.name, stage: 'shifting', since: 0, to, from, sizes, mostReady: 0, progressAt: 0, ...varied };
}

export function aDeployment(services: readonly ServiceRollout[], varied: Partial<Deployment> = {}): Deployment {
  return {
    id: 'shop-test-2',
    number: 2,
    scope,
    runtime: 'fake',
    kind: 'deploy',
    planId: 'p',
    direction: 'forward',
    services,
    startedAt: 0,
    startedBy: 'user:test',
    ...varied,
  };
}

let counter = 0;

export function anInstance(revision: string, varied: Partial<Instance> = {}): Instance {
  counter += 1;
  return {
    id: `${revision}-${counter}`,
    replicaSet: replicaSetId(scope, revision),
    generation: 0,
    state: 'running',
    ready: true,
    startedAt: 0,
    readyAt: 0,
    ...varied,
  };
}
