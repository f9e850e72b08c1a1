// The Kubernetes runtime: a Deployment for each replica set, whose healing, placement and probes are the cluster's own.
import { resolve } from 'node:path';
import { digestOf, shortDigest } from '../../../base/digest.ts';
import type { ReplicaSet, Scope } from '../../../model/instance.ts';
import { serviceKey } from '../../../model/instance.ts';
import type { RouteTable } from '../../../model/route.ts';
import type { RouteSpec } from '../../../model/service.ts';
import type { ExecOutput, LogLine, LogOptions, PinnedImage } from '../../../ports/instances.ts';
import type { Runtime, RuntimeCapabilities } from '../../../ports/runtime.ts';
import type { AccessWish } from './access/access.ts';
import type { KubeClient } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterFacts } from './look/describe.ts';
import type { KubeObject } from './object.ts';
import type { GatewayRef } from './objects/gateway.ts';
import { httpRoutes } from './objects/gateway.ts';
import { engineName, homeLabels, label, selectorText, serviceLabels, serviceName, servicePort, setName } from './objects/names.ts';
import { inOrder, renderSet } from './objects/render.ts';
import type { Neighbours } from './site.ts';

export interface KubernetesOptions extends Neighbours {
  /** The engine's directory: marks what is its own in a cluster that several share. */
  readonly root: string;
  readonly access: AccessWish;
  /** Empty: the context's, or `default`. */
  readonly namespace: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Which of the cluster's Gateways carries shares of traffic; absent: ours alone does. */
  readonly clusterGateway?: GatewayRef;
  /** From 0 to 1. */
  readonly random: () => number;
  /** What a tag means now at its registry; absent: nobody is asked. */
  readonly lookUp?: (reference: string, signal: AbortSignal) => Promise<PinnedImage>;
}

export const kubernetesCapabilities: RuntimeCapabilities = {
  artifacts: ['image'],
  probedByEngine: false,
  blind: true,
  lacks: ['build', 'processes', 'restart', 'user_names', 'volumes'],
};

async function tell(opened: Promise<Cluster> | undefined, table: RouteTable): Promise<void> {
  // Why a cluster could not be opened is said to those who ask it for something.
  (await opened?.catch(() => undefined))?.routed(table);
}

function sharesOnly({ name }: GatewayRef): string {
  return `of requests that come by the Gateway ${name} of the cluster only their shares are carried: they are not counted, so no analysis sees them, and they are not sticky, matched, mirrored, limited or held`;
}

/** `stop` ends watches and leaves all running. */
export type KubernetesRuntime = Runtime & {
  start(): Promise<void>;
  stop(): void;
  /** Tells the table in force, for the cluster's own Gateway; absent where none was named. */
  routed?(table: RouteTable): void;
};

/** Opens nothing before it is asked: who has no cluster pays nothing and needs none. */
export function createKubernetesRuntime(options: KubernetesOptions): KubernetesRuntime {
  const lifetime = new AbortController();
  let opened: Promise<Cluster> | undefined;
  let table: RouteTable | undefined;
  const opening = async (): Promise<Cluster> => {
    const one = await open(options, lifetime.signal);
    if (table) one.routed(table);
    return one;
  };
  const cluster = (): Promise<Cluster> => {
    opened ??= opening().catch((thrown: unknown) => {
      // Looked for again the next time: a file may have been written meanwhile.
      opened = undefined;
      throw thrown;
    });
    return opened;
  };
  return {
    name: 'kubernetes',
    capabilities: { ...kubernetesCapabilities, ...(options.clusterGateway && { shortfalls: [sharesOnly(options.clusterGateway)] }) },
    start: async () => undefined,
    stop: () => lifetime.abort(new Error('the engine ends')),
    pin: async (reference, signal): Promise<PinnedImage> => {
      await (await cluster()).reachable();
      if (reference.includes('@sha256:')) return { name: reference };
      return (await options.lookUp?.(reference, signal)) ?? { name: reference, loose: true };
    },
    apply: async (set, traffic, signal) => (await cluster()).apply(set, traffic, signal),
    observe: async (scope) => (await cluster()).observe(scope),
    remove: async (scope, id, grace, traffic, signal) => (await cluster()).remove(scope, id, grace, traffic, signal),
    logs: (instance, wanted, signal) => logsOf(cluster, instance, wanted, signal),
    ...(options.clusterGateway && {
      routed: (next) => {
        table = next;
        // Who was never asked for anything has nothing that could be routed.
        void tell(opened, next);
      },
    }),
    stats: async (scope) => (await cluster()).stats(scope),
    exec: (instance, command, signal) => execIn(cluster, instance, command, signal),
    tasks: {
      start: async (run, signal) => (await cluster()).tasks.start(run, signal),
      inspect: async (id, signal) => (await cluster()).tasks.inspect(id, signal),
      stop: (id) =>
        void cluster().then(
          ({ tasks }) => tasks.stop(id),
          () => undefined,
        ),
      forget: async (id) => (await cluster()).tasks.forget(id),
    },
  };
}

async function* logsOf(
  cluster: () => Promise<Cluster>,
  instance: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  yield* (await cluster()).logs(instance, options, signal);
}

async function* execIn(
  cluster: () => Promise<Cluster>,
  instance: string,
  command: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ExecOutput> {
  yield* (await cluster()).exec(instance, command, signal);
}

/** Where neighbours reach a service, whatever its releases listen on. */
export const neighbourPort = servicePort;

/** What a service is called by its neighbours. */
export function hostInCluster(root: string): (scope: Scope, service: string) => string {
  const home = homeId(root);
  return (scope, service) => serviceName(home, scope, service);
}

/** The objects of one replica set, in the order in which they are made. Pure. */
export function objectsOf({ set, root, surroundings, routes, gateway }: RenderRequest): readonly KubeObject[] {
  const secrets = Object.fromEntries(set.release.run.secrets.map((name) => [name, '']));
  const home = homeId(root);
  const objects = inOrder(renderSet({ set, home, secrets, surroundings, ...(gateway && { gateway }) }));
  if (!gateway || set.release.run.port === undefined) return objects;
  const { service } = set.release;
  const labels = serviceLabels(home, set.scope, service);
  const weights = { [setName(home, set)]: 1 };
  return [...objects, ...httpRoutes({ home, gateway, key: serviceKey(set.scope, service), labels, routes, weights })];
}

export interface RenderRequest {
  readonly set: ReplicaSet;
  readonly root: string;
  readonly surroundings: Readonly<Record<string, string>>;
  readonly routes: readonly RouteSpec[];
  readonly gateway?: GatewayRef;
}

/** `NAME`, or `NAMESPACE/NAME`; nothing for nothing. */
export function gatewayNamed(text: string): GatewayRef | undefined {
  const [name = '', namespace] = text.split('/').toReversed();
  return name === '' ? undefined : { name, ...(namespace !== undefined && { namespace }) };
}

function homeId(root: string): string {
  return shortDigest(digestOf(resolve(root)), 16);
}

async function open(options: KubernetesOptions, lifetime: AbortSignal): Promise<Cluster> {
  const { Cluster: Opened } = await import('./cluster.ts');
  const { client } = await connect(options, lifetime);
  const home = homeId(options.root);
  return new Opened({ ...options, client, home, selector: selectorText(homeLabels(home)), lifetime });
}

type ConnectOptions = Pick<KubernetesOptions, 'access' | 'environment' | 'namespace' | 'clock' | 'random'>;

/** Reads the access anew. Errors: `settings_invalid`. */
async function connect(options: ConnectOptions, lifetime: AbortSignal): Promise<{ readonly client: KubeClient }> {
  const { clock, environment, random } = options;
  const [{ readAccess }, { Identity }, { KubeClient: Client }] = await Promise.all([
    import('./access/access.ts'),
    import('./access/credentials.ts'),
    import('./client.ts'),
  ]);
  const access = readAccess(options.access, environment);
  const namespace = options.namespace === '' ? (access.namespace ?? 'default') : options.namespace;
  return { client: new Client({ access, identity: new Identity(access, clock, environment, lifetime), namespace, clock, random }) };
}

/** Lists of Secrets of the namespace, as the API gives them. Errors: `settings_invalid`; those of a list: why the cluster gives none. */
export async function secretsReader(options: ConnectOptions, lifetime: AbortSignal) {
  const { client } = await connect(options, lifetime);
  const list = (query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown> => client.list('Secret', query, signal);
  return { namespace: client.place.namespace, list };
}

/** What answers, and what it refuses of our routes. Errors: why nothing does. */
export async function describeCluster(
  options: ConnectOptions & Pick<KubernetesOptions, 'clusterGateway'>,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const [{ client }, { describe }] = await Promise.all([connect(options, signal), import('./look/describe.ts')]);
  return describe(client, options.clusterGateway && `${label.by}=${engineName}`, signal);
}
