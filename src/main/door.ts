// The door of the house: access in front of the operations, operations in front of the engine.
import { ActionBook } from '../access/actions.ts';
import { createApprovals } from '../access/approvals.ts';
import { createAudit } from '../access/audit.ts';
import { CheckpointBook } from '../access/checkpoints/book.ts';
import { createIdempotency } from '../access/idempotency.ts';
import { createAuthority } from '../access/policy/authority.ts';
import { countRollbacks } from '../access/policy/rollbacks.ts';
import { hideSecrets } from '../access/redact.ts';
import { createTaints } from '../access/taint.ts';
import type { Allowance } from '../access/throttle.ts';
import { createThrottle } from '../access/throttle.ts';
import { createTokens } from '../access/tokens.ts';
import { fileWitness } from '../access/witness.ts';
import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import type { Redactor } from '../base/redactor.ts';
import type { Engine } from '../engine/engine.ts';
import { IncidentBook } from '../engine/incidents/book.ts';
import type { Scaler } from '../engine/scale/scaler.ts';
import { SecretBook } from '../engine/secrets/book.ts';
import { SupplyBook } from '../engine/supply/supply.ts';
import { TrialBook } from '../engine/trials/book.ts';
import { WatchNotices } from '../engine/watch/notices.ts';
import type { Watcher } from '../engine/watch/watcher.ts';
import { Dispatcher } from '../operations/dispatch.ts';
import type { Operation } from '../operations/operation.ts';
import type { Services, SystemFacts } from '../operations/services.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { examine } from './doctor.ts';
import type { Home } from './home.ts';
import { openIdentity } from './identity/open.ts';
import { openOutside } from './outside/open.ts';
import { operationsFor } from './outside/operations.ts';
import { partsOf } from './prove/parts.ts';
import type { Settings } from './settings.ts';
import { showSettings } from './settings.ts';
import { supplyOptions } from './supply/settings.ts';
import { clientCertificates } from './tls/clients.ts';
import { version } from './version.ts';

/** Of one address: who mistypes is not stopped, who guesses is. */
const forStrangers: Allowance = { rate: 10, burst: 100 };

export interface Door {
  readonly dispatcher: Dispatcher;
  readonly services: Services;
  /** What goes on behind the door, started and stopped with the engine. */
  readonly loops: readonly { start(): void; stop(): Promise<void> }[];
}

export interface DoorOptions {
  readonly engine: Engine;
  readonly scaler: Scaler;
  readonly watcher?: Watcher;
  /** Absent: there are none. */
  readonly certificates?: Services['certificates'];
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly home: Home;
  /** Absent: there is nothing to hide. */
  readonly redactor?: Redactor;
  readonly stop: SystemFacts['stop'];
  /** Absent: nobody reads it. */
  readonly log?: Log;
  /** Absent: those that its settings give it. */
  readonly operations?: readonly Operation[];
  /** How often one caller may call; absent: as the throttle has it. */
  readonly allowance?: Allowance;
}

export function openDoor(options: DoorOptions): Door {
  const {
    engine,
    scaler,
    watcher,
    store,
    clock,
    settings,
    home,
    redactor,
    stop,
    log,
    certificates = { reports: async () => [] },
    operations = operationsFor(settings),
    allowance,
  } = options;
  const places = { key: home.auditKey, publicKey: home.auditPublicKey, checkpoints: home.auditCheckpoints };
  const checkpoints = new CheckpointBook({ store, clock, places, log });
  const audit = createAudit({ store, clock, witness: fileWitness(home.auditHeads), checkpoints, redactor });
  const system: SystemFacts = {
    version,
    settings: () => showSettings(settings),
    doctor: (signal) => examine({ home, settings, engine, certificates }, signal),
    parts: () => partsOf(home),
    stop,
  };
  const tokens = createTokens({ store, clock });
  const identity = openIdentity({ store, clock, audit, settings });
  // Trials have a door without an engine.
  const { ports }: Partial<Engine> = engine;
  const taints = createTaints({ store, clock });
  const authority = createAuthority({ store, clock, actions: operations, rollbacks: countRollbacks({ store, clock }), taints });
  const services: Services = {
    engine,
    scaler,
    watcher,
    certificates,
    secrets: new SecretBook(engine.ports),
    supply: new SupplyBook({ ports: engine.ports, ...supplyOptions(settings), tool: { name: 'codectl', version } }),
    trials: new TrialBook(engine.ports),
    incidents: new IncidentBook({ ports: engine.ports, hide: (text) => hideSecrets(redactor?.hide(text) ?? text) }),
    audit,
    tokens,
    ...identity,
    clients: clientCertificates(home.tls, clock),
    approvals: createApprovals({ store, clock, tokens, sessions: identity.sessions }),
    authority,
    taints,
    outside: openOutside({ clock, settings, webhooks: ports?.webhooks }),
    system,
  };
  const idempotency = createIdempotency({ store, clock });
  const throttle = createThrottle({ clock, ...(allowance && { allowance }) });
  const strangers = createThrottle({ clock, allowance: forStrangers });
  const dispatcher = new Dispatcher({ catalogue: operations, services, audit, idempotency, authority, throttle, strangers, redactor });
  const notices = noticesOf(services, options);
  return { services, dispatcher, loops: [checkpoints, new ActionBook({ audit, store, clock, log }), ...notices] };
}

/** Trials have neither a log nor a watch. */
function noticesOf({ outside }: Services, { store, clock, log, redactor }: DoorOptions): readonly WatchNotices[] {
  if (!log) return [];
  const hide = (text: string): string => redactor?.hide(text) ?? text;
  return [new WatchNotices({ store, clock, log, hide, random: randomText, channels: outside.channels.list() })];
}
