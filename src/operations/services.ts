// What operations call: the engine, the records of access, and a few things that only `main/` can know, as interfaces declared here.
import type { Approvals } from '../access/approvals.ts';
import type { Audit } from '../access/audit.ts';
import type { Logins } from '../access/identity/logins.ts';
import type { People } from '../access/identity/people.ts';
import type { Sessions } from '../access/identity/sessions.ts';
import type { Authority } from '../access/policy/permission.ts';
import type { Taints } from '../access/taint.ts';
import type { Tokens } from '../access/tokens.ts';
import type { CertificateKeeper } from '../engine/certificates/keeper.ts';
import type { Engine } from '../engine/engine.ts';
import type { IncidentBook } from '../engine/incidents/book.ts';
import type { ChannelBook } from '../engine/outside/channels.ts';
import type { DeliveryBook } from '../engine/outside/delivery.ts';
import type { UpstreamBook } from '../engine/outside/upstream.ts';
import type { Scaler } from '../engine/scale/scaler.ts';
import type { SecretBook } from '../engine/secrets/book.ts';
import type { SupplyBook } from '../engine/supply/supply.ts';
import type { TrialBook } from '../engine/trials/book.ts';
import type { Watcher } from '../engine/watch/watcher.ts';
import type { Disk, MachineProcess, NetworkFacts } from '../model/outside/machine.ts';

export interface Services {
  readonly engine: Engine;
  readonly scaler: Pick<Scaler, 'reports'>;
  /** Absent: nobody looks at what instances do. */
  readonly watcher?: Pick<Watcher, 'report'>;
  readonly certificates: Pick<CertificateKeeper, 'reports'>;
  readonly secrets: SecretBook;
  readonly supply: SupplyBook;
  readonly trials: TrialBook;
  readonly incidents: IncidentBook;
  readonly audit: Audit;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly people: People;
  readonly clients: ClientCertificates;
  readonly approvals: Approvals;
  readonly authority: Authority;
  readonly taints: Taints;
  readonly outside: Outside;
  readonly system: SystemFacts;
}

/** What the settings name outside of the engine, and facts about the machine around it. */
export interface Outside {
  readonly delivery: DeliveryBook;
  readonly channels: ChannelBook;
  readonly upstreams: UpstreamBook;
  readonly machine: {
    processes(): Promise<readonly MachineProcess[]>;
    disks(): Promise<readonly Disk[]>;
    network(): Promise<NetworkFacts>;
  };
  /** Absent: it is off. Errors: `outside_unavailable`. */
  readonly search?: {
    search(query: string, limit: number, signal: AbortSignal): Promise<readonly Readonly<Record<'title' | 'url' | 'snippet', string>>[]>;
  };
}

/** Certificates with which clients open connections, by an authority of this engine. PEM. */
export interface ClientCertificates {
  /** For the holder of a token, until then or for so long at most (90 days where that is not said). Errors: `input_invalid` for a key of another kind. */
  admit(wish: {
    readonly token: string;
    readonly publicKey: string;
    readonly life?: number | undefined;
    /** Milliseconds since the Unix epoch. */
    readonly until?: number | undefined;
  }): Promise<{ readonly certificate: string; readonly authority: string; readonly expiresAt: number }>;
}

/** Facts about this daemon and this machine. */
export interface SystemFacts {
  readonly version: string;
  /** The merged settings, redacted. */
  settings(): Readonly<Record<string, unknown>>;
  /** What works here and what does not, each with the reason and the next step. */
  doctor(signal: AbortSignal): Promise<readonly Finding[]>;
  /** Where this engine keeps its things and which processes it is made of: what a trial may do something to, besides instances. */
  parts(): Promise<EngineParts>;
  /** Ends the daemon after the answer was sent; with `everything` the gateway too. Errors: `conflict` kinds while something is deployed. */
  stop(everything: boolean): Promise<void>;
}

export interface EngineParts {
  readonly home: string;
  readonly daemon: EnginePart;
  readonly gateway: readonly EnginePart[];
}

export interface EnginePart {
  readonly pid: number;
  /** Ticks since boot: with the pid it names one process. */
  readonly started: string;
}

export interface Finding {
  readonly subject: string;
  readonly state: 'ok' | 'limited' | 'missing';
  readonly message: string;
  readonly hint?: string;
}
