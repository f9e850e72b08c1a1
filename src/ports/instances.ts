// The small socket for engines that only know single instances (processes, Docker): start, inspect, stop, forget.
// `engine/supervise` makes a runtime of it: restart backoff, replacement and drain are decided there, not here.

import type { Bytes, Duration } from '../base/units.ts';
import type { ReplicaSet } from '../model/instance.ts';
import type { Release } from '../model/release.ts';
import type { Sighting } from '../model/watch/watch.ts';
import type { InstanceRecord } from './store.ts';

/** Drawing:  start → starting → running → (draining, decided above) → stop → stopping → exited → forget */
export interface Instances {
  readonly name: string;
  /**
   * What an image reference means now, so that a release never changes. Absent: this driver runs no images. Errors: `artifact_missing`,
   * `denied`, `rate_limited`, `timed_out`, `unsupported` (not for this machine), `runtime_unavailable`.
   */
  pin?(reference: string, signal: AbortSignal): Promise<PinnedImage>;
  /**
   * Starts one instance of the replica set's release and returns its record once it exists (not once it is ready). What must be fetched first
   * comes back in state `starting`; `inspect` tells when it runs, or why it never will.
   * The record is stored by the caller; its `handle` must be enough for `inspect` of a later daemon to find it again.
   * Idempotent by `id`. Errors: `source_missing`, `artifact_missing`, `port_taken`, `runtime_unavailable`, `disk_full`.
   */
  start(request: StartRequest, signal: AbortSignal): Promise<InstanceRecord>;
  /**
   * Says what has become of known instances. Adopts by identity (pid *and* start time, labels), never a stranger.
   * An instance that is gone comes back with state `exited` and the reason as far as it can be known.
   */
  inspect(records: readonly InstanceRecord[], signal: AbortSignal): Promise<readonly InstanceRecord[]>;
  /** Instances that carry our mark but are in nobody's records (a crash between start and commit); the caller removes them. */
  strays(known: ReadonlySet<string>, signal: AbortSignal): Promise<readonly InstanceRecord[]>;
  /** Asks it to stop (SIGTERM), then kills after the grace; resolves when it is gone. Idempotent. */
  stop(record: InstanceRecord, grace: Duration, signal: AbortSignal): Promise<void>;
  /**
   * A start that is still under way is no longer wanted: it is broken off; resolves when nothing more can come of it, and what did is a stray.
   * Absent where nothing is under way once `start` has answered.
   */
  giveUp?(id: string): Promise<void>;
  /** Releases what an exited instance still holds (port, cgroup, files beyond its logs). */
  forget(record: InstanceRecord): Promise<void>;
  /** Removes what was made here for other releases than these, such as images that were built; what runs keeps its own. */
  tidy?(kept: readonly Release[]): Promise<void>;
  /** The image that a release runs, as the engine below has it; `undefined`: it does not have it. Absent: it hands out none. Errors: `runtime_unavailable`. */
  exportImage?(release: Release, signal: AbortSignal): Promise<ExportedImage | undefined>;
  /** Calls back when an instance may have changed state, so that the loop looks at once; returns the way to stop it. */
  onChange(listener: (instance: string) => void): () => void;
  /** The TCP ports on which this very instance listens; lets the prober tell a stranger's listener from it. Absent where it cannot be known. */
  listening?(record: InstanceRecord): Promise<readonly number[]>;
  logs?(record: InstanceRecord, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine>;
  stats?(records: readonly InstanceRecord[]): Promise<Readonly<Record<string, InstanceStats>>>;
  /** What running instances do, as far as it can be seen; those that ended meanwhile are left out. Absent: nothing of it can be seen. */
  sight?(records: readonly SightRequest[]): Promise<Readonly<Record<string, Sighting>>>;
  exec?(record: InstanceRecord, command: readonly string[], signal: AbortSignal): AsyncIterable<ExecOutput>;
}

export interface SightRequest {
  readonly record: InstanceRecord;
  /** Whether to look at its connections, too, which costs more. */
  readonly connections: boolean;
}

export interface ExportedImage {
  /** Of its content: another image has another. */
  readonly id: string;
  /** A tar archive as `docker save` writes it. Leaving the loop early ends it. Errors: `runtime_unavailable`, `timed_out`. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

/** An image as it is at this moment. */
export interface PinnedImage {
  /** A name that always means this very image: its repository and digest, or its id where no registry knows it. */
  readonly name: string;
  /** TCP ports that it says it listens on; absent where that is not known yet. */
  readonly ports?: readonly number[];
  /** It is a tag that nobody looked up: it may mean another image tomorrow. */
  readonly loose?: true;
}

export interface StartRequest {
  readonly id: string;
  readonly replicaSet: ReplicaSet;
  /** Values for the secrets that the release names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Environment that every instance is told, for example where the gateway listens; the release's own `env` wins. */
  readonly surroundings: Readonly<Record<string, string>>;
}

export interface LogOptions {
  /** Lines from the end to begin with; absent: from the beginning of what is kept. */
  readonly tail?: number;
  readonly follow: boolean;
}

export interface LogLine {
  readonly instance: string;
  readonly stream: 'out' | 'err';
  readonly text: string;
}

export interface InstanceStats {
  /** Seconds of CPU used since it started. */
  readonly cpuSeconds: number;
  readonly memory: Bytes;
}

export type ExecOutput =
  | { readonly kind: 'output'; readonly stream: 'out' | 'err'; readonly text: string }
  | { readonly kind: 'exit'; readonly code: number };
