// What a trial may be made of: the routes, services and instances of one environment, and the parts of the engine that serve it.
import { z } from 'zod';
import type { Survey } from '../../../engine/queries/survey.ts';
import { wantsApproval } from '../../../engine/trials/planned.ts';
import { scopeOfKey } from '../../../model/discovery/endpoint.ts';
import type { Address, Instance, Scope } from '../../../model/instance.ts';
import type { OperationContext } from '../../operation.ts';
import { viewInstance } from '../../views.ts';

const part = z.object({ pid: z.int(), started: z.string().describe('Ticks since boot: with the pid it names one process') });

const instanceView = z.object({
  id: z.string(),
  release: z.string(),
  state: z.string(),
  ready: z.boolean(),
  address: z.string().optional(),
  pid: z.int().optional(),
  node: z.string().optional(),
  started_at: z.string(),
  driver: z.string().optional(),
  cpu_seconds: z.number().optional().describe('Used since it started'),
  memory_bytes: z.number().optional(),
  handle: z.record(z.string(), z.unknown()).optional().describe('What its driver finds it by: container, cgroups, leader'),
});

export const targetView = z.object({
  application: z.string(),
  environment: z.string(),
  runtime: z.string(),
  approval: z.enum(['none', 'required']).describe('Required: a trial needs an approved plan'),
  deployment: z.string().optional().describe('That is being rolled out now'),
  home: z.string(),
  daemon: part,
  gateway: z.array(part),
  door: z.string().describe('HOST:PORT of the gateway'),
  secure_door: z.string().optional(),
  routes: z.array(z.object({ host: z.string(), path: z.string(), service: z.string(), tls: z.boolean() })),
  services: z.array(
    z.object({
      service: z.string(),
      release: z.string(),
      replicas: z.int(),
      needs: z.array(z.string()),
      port: z.int().optional(),
      probe_path: z.string().optional(),
      scale: z.object({ min: z.int(), max: z.int() }).optional(),
      strategy: z.string(),
      instances: z.array(instanceView),
    }),
  ),
});

/** Errors: `gateway_unavailable`. */
export async function targetOf(found: Survey, usage: boolean, { services, signal }: OperationContext): Promise<z.infer<typeof targetView>> {
  const { engine, system } = services;
  const { scope, runtime, services: live } = found.state;
  const { table, observation } = await engine.queries.traffic(signal);
  const { home, daemon, gateway } = await system.parts();
  const records = await services.trials.handles(found.instances);
  const used = usage ? await services.trials.usage(found.state) : {};
  return {
    ...scope,
    runtime,
    approval: wantsApproval(found.state) ? 'required' : 'none',
    deployment: found.running?.id,
    home,
    daemon: { ...daemon },
    gateway: gateway.map((one) => ({ ...one })),
    door: text(observation.listening),
    secure_door: observation.secure && text(observation.secure),
    routes: table.routes
      .filter(({ service, internal }) => internal !== true && isIn(scope, service))
      .map(({ host, path, service, tls }) => ({ host, path, service: scopeOfKey(service)?.service ?? service, tls: tls !== undefined })),
    services: Object.entries(live).map(([service, { release, replicas, spec }]) => ({
      service,
      release,
      replicas,
      needs: [...spec.needs],
      port: spec.port,
      probe_path: spec.probe.path,
      scale: spec.scale && { min: spec.scale.min, max: spec.scale.max },
      strategy: spec.strategy.kind,
      instances: found.instances
        .filter((one) => isOf(one, service) && one.state !== 'exited' && one.task === undefined)
        .map((one) => {
          const { id, release: code, state, ready, address, pid, node, started_at } = viewInstance(one);
          const record = records.get(id);
          return {
            id,
            release: code,
            state,
            ready,
            address,
            pid,
            node,
            started_at,
            ...(used[id] && { cpu_seconds: used[id].cpuSeconds, memory_bytes: used[id].memory }),
            ...(record && { driver: record.driver, handle: { ...record.handle } }),
          };
        }),
    })),
  };
}

function isIn({ application, environment }: Scope, key: string): boolean {
  const found = scopeOfKey(key);
  return found?.application === application && found.environment === environment;
}

/** `shop/staging/api@3f9a1c2b44d0` */
function isOf({ replicaSet }: Instance, service: string): boolean {
  return (replicaSet.split('/')[2] ?? '').split('@')[0] === service;
}

function text({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
