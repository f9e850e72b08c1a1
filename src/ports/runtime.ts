// What the engine speaks to run things: replica sets, idempotent by id, safe to repeat after a crash.
// Cluster engines implement it natively; `engine/supervise` implements it over `ports/instances`.

import type { Duration } from '../base/units.ts';
import type { Instance, ReplicaSet, Scope } from '../model/instance.ts';
import type { Release } from '../model/release.ts';
import type { Sighting } from '../model/watch/watch.ts';
import type { ExecOutput, ExportedImage, InstanceStats, LogLine, LogOptions, PinnedImage } from './instances.ts';

export interface RuntimeCapabilities {
  /** What a release may be made from here. */
  readonly artifacts: readonly ('snapshot' | 'image')[];
  /** The engine must probe readiness itself (false: the runtime does it natively). */
  readonly probedByEngine: boolean;
  /** Parts of a manifest that it cannot carry out; absent: none. They are refused when planned. */
  readonly lacks?: readonly Lack[];
  /** What a manifest may take for granted and cannot be had here; told with every plan. */
  readonly shortfalls?: readonly string[];
  /** `sight` shows nothing: what manifests expect of connections and programs is not measured here. */
  readonly blind?: true;
}

/** `build`: images from directories; `placement`: on which nodes; `processes`: a container's own limit of processes; `restart`: another pace of restarts than its own; `tasks`: commands that end; `user_names`: a container's user by name; `volumes`: data that outlives instances. */
export type Lack = 'build' | 'placement' | 'processes' | 'restart' | 'tasks' | 'user_names' | 'volumes';

export interface Runtime {
  readonly name: string;
  readonly capabilities: RuntimeCapabilities;
  /** See `Instances.pin`. */
  pin?(reference: string, signal: AbortSignal): Promise<PinnedImage>;
  /** Brings a replica set to its size; returns when the wish is recorded, not when it is true. `traffic` says what may be stopped already. */
  apply(replicaSet: ReplicaSet, traffic: TrafficView, signal: AbortSignal): Promise<void>;
  /** Every instance of a scope that exists now, of whatever release. */
  observe(scope: Scope, signal: AbortSignal): Promise<readonly Instance[]>;
  /** Scales to nothing (drained like any scale-down) and forgets the set. Idempotent. */
  remove(scope: Scope, replicaSetId: string, grace: Duration, traffic: TrafficView, signal: AbortSignal): Promise<void>;
  /** Begins to end instances that carry our mark and that nobody has a record of; returns those that are there, found before or not. */
  strays?(): Promise<readonly Instance[]>;
  /** See `Instances.tidy`. */
  tidy?(kept: readonly Release[]): Promise<void>;
  /** See `Instances.exportImage`. */
  exportImage?(release: Release, signal: AbortSignal): Promise<ExportedImage | undefined>;
  logs?(instance: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine>;
  /** Commands that run once and end. Absent: this runtime cannot run any. `logs` knows their instances, too. */
  readonly tasks?: TaskRuns;
  stats?(scope: Scope): Promise<Readonly<Record<string, InstanceStats>>>;
  /** See `Instances.sight`. */
  sight?(wanted: readonly { readonly id: string; readonly connections: boolean }[]): Promise<Readonly<Record<string, Sighting>>>;
  exec?(instance: string, command: readonly string[], signal: AbortSignal): AsyncIterable<ExecOutput>;
}

/** Runs commands beside the replica sets: their instances are no replicas – not counted, routed, healed or taken for strays. */
export interface TaskRuns {
  /**
   * Starts one instance. However often it is called with one id, also after crashes: the command runs at most once, and the answer says what
   * has become of it. Errors: as `Instances.start`; then nothing was started, and the id may be used again.
   */
  start(run: TaskRun, signal: AbortSignal): Promise<Instance>;
  /** What has become of it. `undefined`: never begun; state `starting`: begun, but not known to have come about (call `start` again). */
  inspect(id: string, signal: AbortSignal): Promise<Instance | undefined>;
  /** Begins to end it: SIGTERM, and SIGKILL after the grace. Does not wait. Idempotent. */
  stop(id: string, grace: Duration): void;
  /** Drops what is kept of an ended instance but its output, which goes with that of other ended instances. */
  forget(id: string): Promise<void>;
}

export interface TaskRun {
  /** Of the instance. */
  readonly id: string;
  readonly task: string;
  readonly scope: Scope;
  /** Its directory, environment, secrets, limits and volumes; no port. */
  readonly release: Release;
  /** Absent: the release's own. */
  readonly command?: readonly string[];
}

/** What a runtime needs to know of the data plane to stop nothing that still serves. */
export interface TrafficView {
  /** Instances in the table that is in force. */
  readonly routed: ReadonlySet<string>;
  /** Requests in flight by instance; absent means none. */
  readonly inFlight: Readonly<Record<string, number>>;
}
