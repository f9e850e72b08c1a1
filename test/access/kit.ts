// A door with all its real parts in front of a real engine on fakes: whoever knocks is one of those that a test makes.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approvals } from '../../src/access/approvals.ts';
import { createApprovals } from '../../src/access/approvals.ts';
import type { Audit } from '../../src/access/audit.ts';
import { createAudit } from '../../src/access/audit.ts';
import { createIdempotency } from '../../src/access/idempotency.ts';
import type { Logins } from '../../src/access/identity/logins.ts';
import { createLogins } from '../../src/access/identity/logins.ts';
import type { People } from '../../src/access/identity/people.ts';
import { createPeople } from '../../src/access/identity/people.ts';
import type { Sessions } from '../../src/access/identity/sessions.ts';
import { createSessions } from '../../src/access/identity/sessions.ts';
import { createAuthority } from '../../src/access/policy/authority.ts';
import type { Authority } from '../../src/access/policy/permission.ts';
import { countRollbacks } from '../../src/access/policy/rollbacks.ts';
import { hideSecrets } from '../../src/access/redact.ts';
import type { Taints } from '../../src/access/taint.ts';
import { createTaints } from '../../src/access/taint.ts';
import { createThrottle } from '../../src/access/throttle.ts';
import type { NewToken, Tokens } from '../../src/access/tokens.ts';
import { createTokens } from '../../src/access/tokens.ts';
import { openMemoryStore } from '../../src/adapters/store/memory/memory.ts';
import type { Clock } from '../../src/base/clock.ts';
import { ManualClock } from '../../src/base/manual-clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { IncidentBook } from '../../src/engine/incidents/book.ts';
import { SecretBook } from '../../src/engine/secrets/book.ts';
import { SupplyBook } from '../../src/engine/supply/supply.ts';
import { TrialBook } from '../../src/engine/trials/book.ts';
import { openOutside } from '../../src/main/outside/open.ts';
import { clientCertificates } from '../../src/main/tls/clients.ts';
import type { LoginRules } from '../../src/model/identity/identity.ts';
import { catalogue } from '../../src/operations/catalogue.ts';
import type { Credential } from '../../src/operations/dispatch.ts';
import { Dispatcher } from '../../src/operations/dispatch.ts';
import type { Services } from '../../src/operations/services.ts';
import type { IdentityProvider } from '../../src/ports/identity.ts';
import type { Store } from '../../src/ports/store.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

export interface Access {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly people: People;
  readonly logins: Logins;
  readonly audit: Audit;
  readonly approvals: Approvals;
  readonly authority: Authority;
  readonly taints: Taints;
}

/** Identity providers, and what their people get. */
export interface Known {
  readonly providers?: readonly IdentityProvider[];
  readonly rules?: readonly LoginRules[];
}

const hour = 3_600_000;

/** Who may, on a store; without a door. */
export function openAccess(
  store: Store = openMemoryStore(),
  clock: Clock = new ManualClock(),
  { providers = [], rules = [] }: Known = {},
): Access {
  const tokens = createTokens({ store, clock });
  const sessions = createSessions({ store, clock, rules, limits: { idle: 2 * hour, life: 12 * hour } });
  const people = createPeople({ store, clock });
  const audit = createAudit({ store, clock });
  const taints = createTaints({ store, clock });
  return {
    taints,
    tokens,
    sessions,
    people,
    audit,
    logins: createLogins({ providers, rules, sessions, people, audit, clock }),
    approvals: createApprovals({ store, clock, tokens, sessions }),
    authority: createAuthority({ store, clock, actions: catalogue, rollbacks: countRollbacks({ store, clock }), taints }),
  };
}

export interface Door extends Access {
  readonly services: Services;
  readonly dispatcher: Dispatcher;
}

export interface DoorParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly rate?: number;
  readonly burst?: number;
  readonly known?: Known;
  readonly outside?: Parameters<typeof openOutside>[0]['settings'];
}

export function openDoor({ store, clock, engine, rate = 1_000_000, burst = 1_000_000, known, outside: outsideSettings }: DoorParts): Door {
  const access = openAccess(store, clock, known);
  const system = {
    version: 'test',
    settings: () => ({}),
    doctor: async () => [],
    parts: async () => ({ home: '/nowhere', daemon: { pid: 1, started: '1' }, gateway: [] }),
    stop: async () => undefined,
  } satisfies Services['system'];
  // Makes its directory when somebody asks for the first certificate.
  const clients = clientCertificates(join(tmpdir(), `codectl-access-${randomUUID()}`), clock);
  const certificates = { reports: async () => [] };
  const scaler = { reports: () => [] };
  const supply = new SupplyBook({
    ports: engine.ports,
    advisoriesMaxAge: 7 * 24 * 3_600_000,
    licences: { allow: [], deny: [] },
    tool: { name: 'codectl', version: 'test' },
  });
  const books = {
    secrets: new SecretBook(engine.ports),
    supply,
    trials: new TrialBook(engine.ports),
    incidents: new IncidentBook({ ports: engine.ports, hide: hideSecrets }),
  };
  const outside = openOutside({ clock, settings: outsideSettings ?? {} });
  const services: Services = { certificates, engine, scaler, ...books, clients, system, outside, ...access };
  const throttle = createThrottle({ clock, allowance: { rate, burst } });
  const idempotency = createIdempotency({ store, clock });
  const { authority, audit } = access;
  return { ...access, services, dispatcher: new Dispatcher({ catalogue, services, audit, idempotency, authority, throttle }) };
}

export const local: Credential = { kind: 'local', user: 'root' };

/** A house that one can knock at. */
export class House {
  readonly world: World;
  readonly door: Door;

  constructor(world: World, known: Known = {}, outside: DoorParts['outside'] = {}) {
    this.world = world;
    this.door = openDoor({ store: world.store, clock: world.clock, engine: world.engine, known, outside });
  }

  static async open(known: Known = {}, outside: DoorParts['outside'] = {}): Promise<House> {
    return new House(await createWorld(), known, outside);
  }

  async bearer(wish: Omit<NewToken, 'effects'> & Partial<Pick<NewToken, 'effects'>>): Promise<Credential> {
    return { kind: 'bearer', token: (await this.door.tokens.create({ effects: [], ...wish })).secret };
  }

  /** Whatever it answers; what it refuses it throws. */
  async ask(name: string, input: unknown, credential: Credential = local, idempotencyKey?: string): Promise<unknown> {
    const call = { credential, signal: new AbortController().signal, ...(idempotencyKey !== undefined && { idempotencyKey }) };
    const operation = catalogue.find((one) => one.name === name);
    if (operation?.kind !== 'stream') return this.door.dispatcher.call(name, input, call);
    for await (const item of await this.door.dispatcher.stream(name, input, call)) return item;
    return undefined;
  }

  /** `ok`, or the code of the error. */
  async told(name: string, input: unknown, credential: Credential = local): Promise<string> {
    try {
      await this.ask(name, input, credential);
      return 'ok';
    } catch (thrown) {
      return String((thrown as { readonly code?: unknown }).code ?? thrown);
    }
  }

  /** A plan for the application and environment, made by somebody. */
  async plan(
    credential: Credential,
    { application = 'shop', environment = 'test', ...rest }: Partial<ManifestParts> = {},
  ): Promise<PlanShown> {
    const manifest = manifestOf({ application, environment, ...rest });
    return (await this.ask('change.plan', { manifest, environment, snapshots: { api: snapshot } }, credential)) as PlanShown;
  }

  /** Deploys something, as whoever owns the machine, and waits until it is live. */
  async deployed(parts: Partial<ManifestParts> = {}): Promise<{ readonly id: string }> {
    const { plan_id } = await this.plan(local, parts);
    const deployment = (await this.ask('change.apply', { plan_id }, local)) as { readonly id: string };
    await this.settled(deployment.id);
    return deployment;
  }

  async settled(id: string): Promise<void> {
    const { engine } = this.world;
    await this.world.until(async () => (await engine.deployments.find(id)).value.outcome !== undefined);
  }
}

export interface PlanShown {
  readonly plan_id: string;
  readonly digest: string;
  readonly approval: string;
  readonly approvals_needed: number;
  readonly approved_by: readonly string[];
  readonly policy: readonly string[];
  readonly refused?: string;
}

export interface ManifestParts {
  readonly application: string;
  readonly environment: string;
  readonly replicas: number;
  readonly approval: 'none' | 'required';
  /** Anything that makes another release. */
  readonly code: string;
}

const snapshot = `sha256:${'1'.repeat(64)}`;

function manifestOf({ application, environment, replicas = 1, approval = 'none', code = 'v1' }: Partial<ManifestParts>): string {
  return [
    `application: ${application}`,
    'services:',
    '  api:',
    '    run: { command: [node, server.js] }',
    '    port: 8080',
    `    replicas: ${replicas}`,
    `    env: { CODE: ${code} }`,
    'environments:',
    `  ${environment}: { runtime: fake, approval: ${approval} }`,
  ].join('\n');
}
