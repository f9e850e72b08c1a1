// A release: one immutable version of one service. What is in its digest can never change; what is not (replicas, routes, strategy) can.
import type { Digest } from '../base/digest.ts';
import { digestOfJson, shortDigest } from '../base/digest.ts';
import type { ContainerSpec, PlacementSpec, ProbeSpec, Resources, ServiceSpec, StopSpec, Volume } from './service.ts';

export type Artifact =
  | { readonly kind: 'snapshot'; readonly digest: Digest }
  /** `pinned`: what the reference meant when it was planned, which no later push changes. `context`: the tree that it is built from. */
  | { readonly kind: 'image'; readonly reference: string; readonly pinned?: string; readonly context?: Digest };

/** The uploaded tree that something is made from. */
export function treeOf(artifact: Artifact): Digest | undefined {
  return artifact.kind === 'snapshot' ? artifact.digest : artifact.context;
}

/** Everything that an instance is started from. */
export interface RunSpec {
  readonly artifact: Artifact;
  readonly command?: readonly string[];
  readonly port?: number;
  readonly probe: ProbeSpec;
  readonly liveness?: ProbeSpec;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly secretFiles?: readonly string[];
  readonly resources: Resources;
  readonly stop: StopSpec;
  readonly volumes: readonly Volume[];
  readonly container?: ContainerSpec;
  readonly placement?: PlacementSpec;
}

export interface Release {
  /** `api@3f9a1c2b44d0`: the service and the first twelve digits of the digest. */
  readonly id: string;
  readonly application: string;
  readonly service: string;
  readonly digest: Digest;
  readonly run: RunSpec;
  /** Milliseconds since the epoch, when it was first planned. */
  readonly createdAt: number;
}

export function runSpecOf(spec: ServiceSpec, artifact: Artifact): RunSpec {
  const { port, probe, liveness, env, secrets, secretFiles, resources, stop, volumes, container, placement } = spec;
  const command = spec.source.kind === 'run' ? spec.source.command : container?.command;
  return {
    artifact,
    command,
    port,
    probe,
    liveness,
    env,
    secrets,
    ...(secretFiles && { secretFiles }),
    resources,
    stop,
    volumes,
    container,
    placement,
  };
}

export function releaseOf(application: string, service: string, run: RunSpec, createdAt: number): Release {
  const digest = digestOfJson(run);
  return { id: `${service}@${shortDigest(digest)}`, application, service, digest, run, createdAt };
}
