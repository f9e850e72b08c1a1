// What the parts of the Docker driver share: the Engine, who we are to it, and what is under way in this life.
import { join, resolve } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { digestOf, shortDigest } from '../../../base/digest.ts';
import type { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { outboundTo } from '../../../platform/guard/network/outbound.ts';
import type { LinkTarget } from '../../../platform/http/link.ts';
import type { Artifacts } from '../../../ports/artifacts.ts';
import type { Log } from '../../../ports/log.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { EngineClient } from './client.ts';
import { loginFor } from './images/logins.ts';
import type { Image } from './shapes.ts';

export interface DockerOptions {
  /** The engine's directory; output of containers that are gone is kept below it. */
  readonly home: string;
  readonly engine: LinkTarget;
  /** `address`: instances are reached at their address in the network; `published`: at a port of the Engine's machine. */
  readonly reach: 'address' | 'published';
  /** A pull that says nothing for so long has failed. */
  readonly patience: Duration;
  /** Which registries the Engine may be sent to; absent: any but addresses that nobody means. */
  readonly outbound?: Outbound;
  /** A file with logins to registries, as `docker login` writes it; absent: none. */
  readonly logins?: string;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly log: Log;
  /** As services of the Engine's Swarm; absent: as containers. */
  readonly swarm?: true;
}

export interface Site extends Pick<DockerOptions, 'clock' | 'log' | 'artifacts' | 'reach' | 'patience' | 'logins' | 'swarm'> {
  readonly engine: EngineClient;
  readonly outbound: Outbound;
  /** Marks everything of this home, as with processes. On a Swarm it is another: its containers are no containers of the plain driver. */
  readonly homeId: string;
  /** What goes with a request that concerns the registry of an image. Errors: `settings_invalid`. */
  readonly login: (reference: string) => Promise<Readonly<Record<string, string>>>;
  /** Output of containers that are gone. */
  readonly outputs: string;
  /** Starts of this life, until they are forgotten: asking twice starts once. */
  readonly starts: Map<string, Start>;
  /** Images that are being fetched or built, by what they are asked for. */
  readonly fetches: Map<string, Fetch>;
  /** Networks that are being made: the Engine would make two of one name. */
  readonly networks: Map<string, Promise<Network>>;
  readonly listeners: Set<(instance: string) => void>;
  readonly commands: Commands;
  readonly lifetime: AbortController;
}

/** Commands in containers that the Engine told of and that are not ours, by their number; numbers of ours that it has not told of yet. */
export interface Commands {
  readonly heard: Map<string, { readonly instance: string; readonly program: string; readonly at: number }>;
  readonly own: Set<string>;
}

/** One that waits for its image, was started, or failed. */
export interface Start {
  readonly abort: AbortController;
  readonly done: Promise<unknown>;
  running?: InstanceRecord;
  failure?: CodeError;
}

/** Ends with the last who waits for it. */
export interface Fetch {
  readonly image: Promise<Image>;
  readonly abort: AbortController;
  waiting: number;
}

export interface Network {
  readonly name: string;
  /** The Engine's machine as instances see it. */
  readonly gateway: string | undefined;
}

/** What an instance needs before there is anything to run it in, and what it is told. */
export interface Prepared {
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Names that lead to the Engine's machine. */
  readonly names: readonly string[];
  readonly network: Network;
}

export function openSite({ home, engine, outbound = outboundTo([]), ...shared }: DockerOptions): Site {
  const root = resolve(home);
  return {
    ...shared,
    outbound,
    engine: new EngineClient(engine),
    login: (reference) => loginFor(shared.logins, reference),
    homeId: shortDigest(digestOf(shared.swarm ? `swarm:${root}` : root), 16),
    outputs: join(root, shared.swarm ? 'services' : 'containers'),
    starts: new Map(),
    fetches: new Map(),
    networks: new Map(),
    listeners: new Set(),
    commands: { heard: new Map(), own: new Set() },
    lifetime: new AbortController(),
  };
}

/** Whether a start has not come about yet: what it needs is there, and nobody's yet. */
export function isStarting({ starts }: Pick<Site, 'starts'>): boolean {
  return [...starts.values()].some(({ running, failure }) => !running && !failure);
}

/** What has become of it is to be looked at. */
export function notify({ listeners }: Pick<Site, 'listeners'>, instance: string): void {
  for (const listener of listeners) listener(instance);
}
