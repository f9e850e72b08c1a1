// What the Swarm is asked to create for one instance: a service of one task, which it places and never starts a second time.
import type { ContainerSpec } from '../../../../model/service.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import { instanceLabels, volumeName } from '../names.ts';
import type { Site } from '../site.ts';
import { serviceName } from './names.ts';
import type { SecretFile } from './secrets.ts';

export interface Wish {
  /** By digest, or by the id that only this Engine knows. */
  readonly image: string;
  /** Nodes fetch it themselves, each from the registry. */
  readonly fetched: boolean;
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `ADDRESS NAME`, for its hosts file. */
  readonly hosts: readonly string[];
  readonly secrets: readonly SecretFile[];
  readonly network: string;
  /** A node by its id, where nothing else will do. */
  readonly only?: string;
  /** Its port is opened on the node that it is on. */
  readonly published: boolean;
}

/** Nanoseconds in a millisecond: how the Engine counts time. */
const nano = 1_000_000;
const mostProcesses = 4_096;
const temporary = { bytes: 64 * 2 ** 20, mode: 0o1777 };

export function serviceSpec(site: Site, request: StartRequest, wish: Wish): Readonly<Record<string, unknown>> {
  const { id, replicaSet } = request;
  const { run } = replicaSet.release;
  const labels = instanceLabels(site.homeId, id, replicaSet);
  const ports = wish.published && run.port !== undefined ? [{ Protocol: 'tcp', PublishMode: 'host', TargetPort: run.port }] : [];
  return {
    Name: serviceName(site.homeId, id),
    Labels: labels,
    TaskTemplate: {
      ContainerSpec: {
        Image: wish.image,
        Labels: labels,
        ...(run.command ? { Args: run.command.map(literal) } : {}),
        Env: Object.entries(wish.environment).map(([name, value]) => `${name}=${literal(value)}`),
        User: wish.user,
        Hosts: wish.hosts,
        Secrets: wish.secrets,
        Mounts: mountsOf(site, request),
        StopGracePeriod: run.stop.grace * nano,
        ...rightsOf(run.container ?? {}),
      },
      Resources: resourcesOf(run.resources, run.container ?? {}),
      // What ends is the engine's to replace: it knows what was routed, what failed, and that a task runs at most once.
      RestartPolicy: { Condition: 'none' },
      Placement: { Constraints: constraintsOf(request, wish) },
      Networks: [{ Target: wish.network }],
      LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '3' } },
    },
    Mode: { Replicated: { Replicas: 1 } },
    // No virtual address: each instance is routed to by its own.
    EndpointSpec: { Mode: 'dnsrr', Ports: ports },
  };
}

function constraintsOf({ replicaSet }: StartRequest, { only }: Pick<Wish, 'only'>): readonly string[] {
  const labels = Object.entries(replicaSet.release.run.placement?.nodes ?? {});
  return [...(only === undefined ? [] : [`node.id==${only}`]), ...labels.map(([name, value]) => `node.labels.${name}==${value}`)];
}

/** Swarm takes words and environments for templates. */
function literal(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}');
}

function mountsOf(site: Site, { replicaSet }: StartRequest) {
  const { volumes, container } = replicaSet.release.run;
  const { bytes, mode } = temporary;
  const scratch = { Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: bytes, Mode: mode } };
  return [
    ...(container?.writable === true ? [] : [scratch]),
    ...volumes.map(({ name, path }) => ({ Type: 'volume', Source: volumeName(site.homeId, replicaSet.scope, name), Target: path })),
  ];
}

/** What is allowed in memory is kept free for it; of the processor, whoever needs it takes more than its share. */
function resourcesOf({ cpu, memory }: { readonly cpu?: number; readonly memory?: number }, { processes }: ContainerSpec) {
  return {
    Limits: {
      ...(cpu === undefined ? {} : { NanoCPUs: Math.round(cpu * 1e9) }),
      ...(memory === undefined ? {} : { MemoryBytes: memory }),
      Pids: processes ?? mostProcesses,
    },
    ...(memory === undefined ? {} : { Reservations: { MemoryBytes: memory } }),
  };
}

function rightsOf({ writable, capabilities = [], new_privileges }: ContainerSpec) {
  return {
    // Somebody must pass SIGTERM on and collect the dead where the application is the first process.
    Init: true,
    ReadOnly: writable !== true,
    CapabilityDrop: ['ALL'],
    CapabilityAdd: capabilities,
    // Engines before 25 do not know it for services, and leave it out.
    ...(new_privileges === true ? {} : { Privileges: { NoNewPrivileges: true } }),
  };
}
