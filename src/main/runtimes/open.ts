// Opens the runtimes that the settings name: each driver under a supervisor of its own.
import type { Redactor } from '../../base/redactor.ts';
import { parseDuration } from '../../base/units.ts';
import { addressesOfNeeds } from '../../engine/discovery/neighbours.ts';
import { veiledDriver, veiledRuntime } from '../../engine/secrets/veil.ts';
import type { SuperviseOptions } from '../../engine/supervise/supervisor.ts';
import { Supervisor } from '../../engine/supervise/supervisor.ts';
import { internalName } from '../../model/discovery/endpoint.ts';
import type { Address, ReplicaSet } from '../../model/instance.ts';
import type { RouteTable } from '../../model/route.ts';
import { outboundTo } from '../../platform/guard/network/outbound.ts';
import { isLoopback } from '../../platform/loopback.ts';
import type { Artifacts } from '../../ports/artifacts.ts';
import type { Instances } from '../../ports/instances.ts';
import type { Runtime } from '../../ports/runtime.ts';
import type { Traffic } from '../../ports/traffic.ts';
import { capabilities, clusterRuntimes, instanceDrivers, probes, registries } from '../adapters.ts';
import type { Settings } from '../settings.ts';
import { dockerEngine } from './docker.ts';
import { clusterWish, neighboursInCluster } from './kubernetes.ts';

export interface RuntimesOptions extends Omit<SuperviseOptions, 'driver' | 'capabilities' | 'probes' | 'surroundings'> {
  readonly home: string;
  readonly settings: Settings;
  readonly artifacts: Artifacts;
  /** Hides secrets in what instances say. */
  readonly redactor: Redactor;
  /** Where the gateway listens, once that is known. */
  readonly gateway: () => Address | undefined;
}

/** A runtime with a beginning and an end of its own. */
export interface OpenRuntime extends Runtime {
  /** What it waits for is waited for until `enough`. */
  start(enough?: AbortSignal): Promise<void>;
  /** What it runs goes on. */
  stop(): void;
  /** Told each route table, where something beside our gateway carries it, too. */
  routed?(table: RouteTable): void;
}

/** Our gateway has the last word on what is in force; who else carries traffic follows as soon as it can. */
export function alsoRoutedBy(runtimes: readonly OpenRuntime[], traffic: Traffic): Traffic {
  const { onWaiting } = traffic;
  return {
    apply: async (table, signal) => {
      for (const one of runtimes) one.routed?.(table);
      await traffic.apply(table, signal);
    },
    observe: (signal) => traffic.observe(signal),
    ...(onWaiting && { onWaiting: (listener) => onWaiting.call(traffic, listener) }),
  };
}

export function openRuntimes(options: RuntimesOptions): readonly OpenRuntime[] {
  const { settings, store, gateway, redactor } = options;
  return settings.runtimes.map((name) => {
    if (name === 'kubernetes') return veiledRuntime(openCluster(options), redactor);
    return new Supervisor({
      ...options,
      driver: veiledDriver(driverOf(name, options), redactor),
      capabilities: capabilities[name],
      probes: probes.network,
      surroundings: (set) => (name === 'process' ? surroundingsOf : insideOf)(store, set, gateway()),
    });
  });
}

function openCluster(options: RuntimesOptions): OpenRuntime {
  const { home: root, settings, store } = options;
  return clusterRuntimes.kubernetes({
    ...options,
    ...clusterWish(settings),
    root,
    lookUp: (reference, signal) =>
      registries.distribution({ outbound: outboundTo(settings.calls_allowed), ...loginsOf(settings) }, reference, signal),
    surroundings: (set) => neighboursInCluster(store, root, set),
  });
}

function loginsOf({ docker_config: logins }: Settings) {
  return logins === '' ? {} : { logins };
}

function driverOf(name: keyof typeof instanceDrivers, { home, settings, artifacts, clock, log }: RuntimesOptions): Instances {
  if (name === 'process') return instanceDrivers.process({ home, artifacts, clock, portRange: settings.port_range, log });
  const patience = parseDuration(settings.docker_patience) ?? 0;
  return instanceDrivers[name]({
    home,
    artifacts,
    clock,
    log,
    engine: dockerEngine(settings),
    reach: settings.docker_reach,
    patience,
    ...loginsOf(settings),
    outbound: outboundTo(settings.calls_allowed),
  });
}

/**
 * The same for containers, which have a loopback of their own: names that lead to the Engine's machine. Nothing where the gateway listens on
 * loopback only: an address that cannot be reached is worse than none.
 */
async function insideOf(
  store: SuperviseOptions['store'],
  { scope, release }: Pick<ReplicaSet, 'scope' | 'release'>,
  gateway: Address | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (gateway === undefined || isLoopback(gateway.host)) return {};
  const known = await addressesOfNeeds(store, scope, release.service, gateway, internalName);
  return { ...known, CODE_GATEWAY_URL: `http://host.docker.internal:${gateway.port}` };
}

/** What instances are told beside their release: where the gateway is, and at which of its addresses the services are that theirs needs. */
async function surroundingsOf(
  store: SuperviseOptions['store'],
  { scope, release }: Pick<ReplicaSet, 'scope' | 'release'>,
  gateway: Address | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (gateway === undefined) return {};
  const known = await addressesOfNeeds(store, scope, release.service, gateway);
  return { ...known, CODE_GATEWAY_URL: `http://${gateway.host}:${gateway.port}` };
}
