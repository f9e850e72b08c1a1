// A service as an environment resolves it: every default filled in, every quantity a number with its unit.
import type { Bytes, Duration, Share } from '../base/units.ts';
import type { CompletionSpec, HooksSpec, ReleaseCommandSpec, ScheduleSpec, ServiceKind } from './completion.ts';
import type { Strategy } from './rollout/strategy.ts';
import type { ScaleSpec } from './scale.ts';
import type { RouteTls } from './tls/certificate.ts';
import type { TrafficPolicy } from './traffic.ts';
import type { EgressRule, WatchSpec } from './watch/spec.ts';

export type { AnalysisSpec } from './rollout/strategy.ts';

export interface ServiceSpec {
  readonly name: string;
  /** Absent: a service, or a worker without a port. */
  readonly kind?: ServiceKind;
  /** Of jobs and crons. */
  readonly completion?: CompletionSpec;
  /** Of crons. */
  readonly schedule?: ScheduleSpec;
  readonly release?: ReleaseCommandSpec;
  readonly hooks?: HooksSpec;
  readonly source: Source;
  /** The port the service listens on inside its own network; absent for a worker. A process gets the port chosen for it as `$PORT`. */
  readonly port?: number;
  readonly replicas: number;
  /** Readiness: gates a deployment and traffic. Without `path` a port is probed by connecting; without a port, by staying alive. */
  readonly probe: ProbeSpec;
  /** Liveness: an instance that fails it is replaced. */
  readonly liveness?: ProbeSpec;
  readonly env: Readonly<Record<string, string>>;
  /** Names only; values live in the secret store. */
  readonly secrets: readonly string[];
  /** Those of them that are given as files; absent: none. */
  readonly secretFiles?: readonly string[];
  readonly resources: Resources;
  readonly stop: StopSpec;
  /** Of what runs for ever; absent: always replaced, at the usual pace. Not part of the release. */
  readonly restart?: RestartSpec;
  readonly strategy: Strategy;
  readonly volumes: readonly Volume[];
  /** Of images. */
  readonly container?: ContainerSpec;
  readonly placement?: PlacementSpec;
  /** Services of the same application that must be live before this one is rolled. */
  readonly needs: readonly string[];
  readonly routes: readonly RouteSpec[];
  /** How its requests are treated; absent: the defaults. Not part of the release. */
  readonly traffic?: TrafficPolicy;
  readonly scale?: ScaleSpec;
  readonly slo?: SloSpec;
  /** Where it may connect to; absent: nothing is expected. Watched, not enforced. Not part of the release. */
  readonly egress?: readonly EgressRule[];
  /** What else the runtime watch may expect of it. Not part of the release. */
  readonly watch?: WatchSpec;
}

export type Source =
  | { readonly kind: 'run'; readonly command: readonly string[]; readonly directory: string }
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'build'; readonly directory: string };

/** How a container is run where that differs from the strict default: every member but the command takes a safeguard away. */
export interface ContainerSpec {
  /** Words for the image's entrypoint, in place of the image's own. */
  readonly command?: readonly string[];
  /** `UID`, `UID:GID` or a name that the image knows; absent: the image's, and nobody's number where that is root. */
  readonly user?: string;
  /** Its root file system may be written to. */
  readonly writable?: boolean;
  /** Added to none, for example `NET_BIND_SERVICE`. */
  readonly capabilities?: readonly string[];
  /** It may gain rights by programs that are marked so (setuid). */
  readonly new_privileges?: boolean;
  /** Processes and threads at most. */
  readonly processes?: number;
}

/** Where a cluster may run instances. */
export interface PlacementSpec {
  /** Labels that a node must have, all of them. */
  readonly nodes: Readonly<Record<string, string>>;
}

export interface ProbeSpec {
  /** Nothing is asked: an instance is ready as soon as it runs. */
  readonly none?: true;
  readonly path?: string;
  readonly interval: Duration;
  readonly timeout: Duration;
  /** Consecutive successes that make an instance ready. */
  readonly passes: number;
  /** Consecutive failures that make it unready. */
  readonly fails: number;
  /** After its start, how long an instance may take to become ready. */
  readonly deadline: Duration;
}

export interface Resources {
  /** Cores, for example 0.5. */
  readonly cpu?: number;
  readonly memory?: Bytes;
}

export interface StopSpec {
  /** How long in-flight requests may take once an instance is out of the routes. */
  readonly drain: Duration;
  /** Between SIGTERM and SIGKILL. */
  readonly grace: Duration;
}

/** What follows when an instance ends by itself. A deployment fills every place of what it makes for, and counts failures itself. */
export interface RestartSpec {
  /** Whose place is filled again: everyone's, or that of those that failed, or nobody's. Absent: any. */
  readonly condition?: 'any' | 'on-failure' | 'none';
  /** Pause before the first replacement; it doubles with each failure in a row, up to `maxDelay`. */
  readonly delay?: Duration;
  readonly maxDelay?: Duration;
  /** Replacements of each wanted instance within the window, or in a row; absent: as many as it takes. */
  readonly attempts?: number;
  readonly window?: Duration;
}

export interface Volume {
  readonly name: string;
  readonly path: string;
}

export interface RouteSpec {
  /** A host name in lower case, or `*` for every host. */
  readonly host: string;
  /** A path prefix that starts with `/`; matched at segment borders. */
  readonly path: string;
  /** Absent: requests to it come without TLS. */
  readonly tls?: RouteTls;
}

export interface SloSpec {
  readonly availability?: Share;
  readonly latency?: Readonly<Record<string, Duration>>;
}

/** An application as one environment wants it. */
export interface ApplicationSpec {
  readonly application: string;
  readonly environment: string;
  /** The runtime's name (`process`, `docker`, …). */
  readonly runtime: string;
  readonly approval: 'none' | 'required';
  /** In `needs` order: a service comes after everything that it needs. */
  readonly services: readonly ServiceSpec[];
}
