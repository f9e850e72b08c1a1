// What the Engine is asked to create for one instance: the release, its limits, and as few rights as it can live with.
import { isNumber, userParts } from '../../../../model/container/rights.ts';
import { introductionOf } from '../../../../model/instance.ts';
import type { ContainerSpec } from '../../../../model/service.ts';
import { isLoopback } from '../../../../platform/loopback.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import type { EngineClient } from '../client.ts';
import { instanceLabels, volumeName } from '../names.ts';
import type { Prepared, Site } from '../site.ts';
import { secretMounts, secretsIn } from './secrets.ts';

/** Of an image that names no user: nobody's number, the same that images without a shell use. */
export const nobody = '65532:65532';
const mostProcesses = 4_096;

export function userOf({ user }: ContainerSpec, imageUser: string): string {
  // An image may do without a list of users, and root is 0 everywhere.
  if (user !== undefined) return Object.values(userParts(user)).join(':');
  const { user: own = '0', group } = userParts(imageUser);
  if (own === '0') return nobody;
  // Root's group is root's, too; a name has that of the image's list.
  if (group === '0') return isNumber(own) ? `${own}:${own}` : own;
  return imageUser;
}

/** `image`: as the Engine finds it. */
export function containerSpec(site: Site, request: StartRequest, image: string, prepared: Prepared): Readonly<Record<string, unknown>> {
  const { release } = request.replicaSet;
  const { run } = release;
  const container = run.container ?? {};
  const port = run.port === undefined ? undefined : `${run.port}/tcp`;
  return {
    Image: image,
    ...(run.command ? { Cmd: run.command } : {}),
    Env: Object.entries(prepared.environment).map(([name, value]) => `${name}=${value}`),
    Labels: instanceLabels(site.homeId, request.id, request.replicaSet),
    User: prepared.user,
    ...(port === undefined ? {} : { ExposedPorts: { [port]: {} } }),
    HostConfig: {
      NetworkMode: prepared.network.name,
      ...(port !== undefined && site.reach === 'published'
        ? { PortBindings: { [port]: [{ HostIp: publishedOn(site), HostPort: '' }] } }
        : {}),
      ExtraHosts: hostsOf(prepared),
      Mounts: [...volumesOf(site, request), ...secretMounts(secretsIn(request))],
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      ...limitsOf(run.resources, container),
      ...rightsOf(container),
    },
  };
}

function volumesOf({ homeId }: Site, { replicaSet: { scope, release } }: StartRequest) {
  return release.run.volumes.map(({ name, path }) => ({ Type: 'volume', Source: volumeName(homeId, scope, name), Target: path }));
}

/** An Engine on this machine, however it is reached, needs to publish for this machine only. */
export function publishedOn({ engine }: { readonly engine: Pick<EngineClient, 'local' | 'host'> }): string {
  return engine.local || isLoopback(engine.host) ? '127.0.0.1' : '';
}

/** Memory is without swap: what is over the limit ends, it does not slow down. */
function limitsOf({ cpu, memory }: { readonly cpu?: number; readonly memory?: number }, { processes }: ContainerSpec) {
  return {
    ...(cpu === undefined ? {} : { NanoCpus: Math.round(cpu * 1e9) }),
    ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
    PidsLimit: processes ?? mostProcesses,
  };
}

function rightsOf({ writable, capabilities = [], new_privileges }: ContainerSpec) {
  return {
    // Somebody must pass SIGTERM on and collect the dead where the application is the first process.
    Init: true,
    ReadonlyRootfs: writable !== true,
    ...(writable === true ? {} : { Tmpfs: { '/tmp': 'rw,nosuid,nodev,size=64m,mode=1777' } }),
    CapDrop: ['ALL'],
    CapAdd: capabilities,
    SecurityOpt: new_privileges === true ? [] : ['no-new-privileges'],
    Privileged: false,
  };
}

/** Without the mark of processes: whoever looks for those sees into containers, too, and would take these for strays. */
export function environmentOf(request: StartRequest): Readonly<Record<string, string>> {
  const { id, replicaSet, surroundings } = request;
  const { port, env } = replicaSet.release.run;
  return {
    ...surroundings,
    ...env,
    ...secretsIn(request).variables,
    ...(port === undefined ? {} : { PORT: String(port), HOST: '0.0.0.0' }),
    ...introductionOf(replicaSet),
    CODE_INSTANCE: id,
  };
}

const internal = /^[a-z0-9.-]+\.internal$/;

/** Names of this machine, and of services at its gateway: all lead to the Engine's machine. */
export function namesInside({ surroundings }: StartRequest): readonly string[] {
  return [...new Set(['host.docker.internal', ...Object.values(surroundings).filter((value) => internal.test(value))])];
}

function hostsOf({ names, network: { gateway } }: Prepared): readonly string[] {
  return gateway === undefined ? [] : names.map((name) => `${name}:${gateway}`);
}
