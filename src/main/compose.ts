// Puts the house together: opens the plugs and gives them to the engine; the door in front is `door.ts`.
import { systemClock } from '../base/clock.ts';
import { CodeError } from '../base/errors.ts';
import { randomText } from '../base/ids.ts';
import type { Redactor } from '../base/redactor.ts';
import { parseDuration } from '../base/units.ts';
import { CertificateKeeper } from '../engine/certificates/keeper.ts';
import { DriftWatch } from '../engine/drift/watch.ts';
import { Engine } from '../engine/engine.ts';
import { Scaler } from '../engine/scale/scaler.ts';
import { valuesFor } from '../engine/secrets/values.ts';
import { Watcher } from '../engine/watch/watcher.ts';
import type { Address, Scope } from '../model/instance.ts';
import type { Dispatcher } from '../operations/dispatch.ts';
import { outboundTo } from '../platform/guard/network/outbound.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { artifactStores, metricsFrom, traffics, webhooks } from './adapters.ts';
import { openDoor } from './door.ts';
import type { Home } from './home.ts';
import type { HeldLease } from './lease.ts';
import { tellPrograms } from './outside/programs.ts';
import { gatewayCommand } from './programs.ts';
import { alsoRoutedBy, openRuntimes } from './runtimes/open.ts';
import { openSecrets } from './secrets/open.ts';
import type { Settings } from './settings.ts';
import { processCount } from './settings.ts';
import { shippingParts } from './supply/settings.ts';
import { acmeHostOf } from './tls/acme.ts';
import { certificatePlaces, certificatesFor } from './tls/hosts.ts';

export interface House {
  readonly dispatcher: Dispatcher;
  readonly engine: Engine;
  /** Absent: nobody looks at what instances do. */
  readonly watcher: Watcher | undefined;
  /** Starts gateway, runtimes and loops. */
  start(signal: AbortSignal): Promise<void>;
  /** Ends loops and watches; what is deployed goes on. */
  stop(): Promise<void>;
  /** After a start that failed half-way: as `stop`, and the gateway ends too when it has nothing to serve. */
  abandon(): Promise<void>;
}

export interface HouseOptions {
  readonly home: Home;
  readonly settings: Settings;
  readonly store: Store;
  readonly lease: HeldLease;
  readonly log: Log;
  /** Is told every secret; what is shown and kept goes through it. */
  readonly redactor: Redactor;
  /** The key of the secrets, when the environment gave it. */
  readonly secretsKey: string | undefined;
  /** Ends this process once the answer to `system.stop` was sent. */
  readonly exit: () => void;
}

export async function compose({ home, settings, store, lease, log, redactor, secretsKey, exit }: HouseOptions): Promise<House> {
  const clock = systemClock;
  const artifacts = artifactStores.directory({ directory: home.artifacts, log });
  const traffic = trafficOf(home, settings, () => void drift.lookAtTraffic());
  let gateway: Address | undefined;
  const shared = { store, clock, random: randomText, log, fence: lease.fence };
  const secrets = await openSecrets({ ...shared, home, settings, redactor, given: secretsKey });
  const supervisors = openRuntimes({
    ...shared,
    secrets: (scope, names) => valuesFor(secrets, scope, names),
    redactor,
    home: home.root,
    settings,
    artifacts,
    gateway: () => gateway,
    wake: (scope: Scope, at?: number) => engine.wake(scope, at),
    startsAtOnce: settings.starts_at_once,
  });
  const engine: Engine = new Engine({
    ...shared,
    ...(await neighboursOf(home, settings)),
    secrets,
    certificates: settings.gateway_tls_listen === 'off' ? undefined : certificatesFor(home, settings, clock),
    artifacts,
    traffic: alsoRoutedBy(supervisors, traffic),
    runtimes: new Map(supervisors.map((one) => [one.name, one])),
  });
  const drift = new DriftWatch(engine);
  const scaler = new Scaler({ ports: engine.ports, wake: (scope) => engine.wake(scope) });
  const watcher = watcherOf(engine, settings);
  const certificates = new CertificateKeeper({ ports: engine.ports, table: () => engine.director.table(), own: acmeHostOf(settings) });
  const rounds = [drift, scaler, certificates, ...(watcher ? [watcher] : [])];
  const stop = (everything: boolean) => leave(everything, engine, traffic, exit);
  const { dispatcher, loops } = openDoor({ ...shared, engine, scaler, watcher, certificates, settings, home, redactor, stop });
  const halt = async (): Promise<void> => {
    // The audit's come last, in this order: what was told is written, and what was written is signed.
    for (const one of [...rounds, engine, ...supervisors, ...loops.toReversed()]) await one.stop();
    traffic.detach();
  };
  return {
    dispatcher,
    engine,
    watcher,
    start: async (signal) => {
      const enough = AbortSignal.timeout(5_000);
      await Promise.all([traffic.start(signal), ...supervisors.map((one) => one.start(enough))]);
      gateway = (await traffic.observe(signal)).listening;
      await engine.start(signal);
      await tellPrograms(settings, shared);
      for (const one of [...loops, ...rounds]) one.start();
    },
    stop: halt,
    abandon: async () => {
      await halt();
      if ((await deployed(engine)).length === 0) await traffic.stop();
    },
  };
}

function watcherOf({ ports }: Engine, { watch_every: text }: Settings): Watcher | undefined {
  const every = parseDuration(text) ?? 0;
  return every === 0 ? undefined : new Watcher({ ports, every });
}

function trafficOf(home: Home, settings: Settings, onRestart: () => void) {
  const { gateway: directory } = home;
  const { gateway_listen: listen, gateway_tls_listen: tlsListen } = settings;
  const tls = tlsListen === 'off' ? undefined : { listen: tlsListen, ...certificatePlaces(home, settings) };
  return traffics.gateway({ directory, listen, tls, command: gatewayCommand, processes: processCount(settings), onRestart });
}

/** What is called because a manifest says so, and what is asked of what is shipped. */
async function neighboursOf({ webhookKey }: Home, settings: Settings) {
  const outbound = outboundTo(settings.calls_allowed);
  return {
    webhooks: await webhooks.http({ clock: systemClock, keyFile: webhookKey, outbound }),
    metrics: metricsFrom(outbound),
    ...shippingParts(settings),
  };
}

async function leave(everything: boolean, engine: Engine, traffic: ReturnType<typeof trafficOf>, exit: () => void): Promise<void> {
  if (everything) {
    await refuseWhileDeployed(engine);
    await traffic.stop();
  }
  exit();
}

async function deployed(engine: Engine): Promise<readonly string[]> {
  const environments = await engine.queries.survey({}, AbortSignal.timeout(10_000));
  return environments.map(({ state }) => `${state.scope.application} (${state.scope.environment})`);
}

async function refuseWhileDeployed(engine: Engine): Promise<void> {
  const names = await deployed(engine);
  if (names.length === 0) return;
  throw new CodeError('write_conflict', `Still deployed: ${names.join(', ')}.`, {
    hint: 'Remove them first ("codectl remove APP"), or use "codectl down" to leave them running.',
  });
}
