// What a manifest may say but this engine or runtime cannot do yet: refused when planned, so that nobody believes it is in force.

import { endsByItself } from '../model/completion.ts';
import { isNumber, userParts } from '../model/container/rights.ts';
import type { ApplicationSpec, ServiceSpec } from '../model/service.ts';
import { verdictWarnings } from './foresee.ts';
import { loosenedParts } from './loosened.ts';
import type { CertificateFacts } from './tls/unserved.ts';
import { unservedRoutes } from './tls/unserved.ts';

/** What must be known of a runtime; the runtime itself is behind `ports/runtime`. */
interface RuntimeFacts {
  readonly name: string;
  /** What a release may be made from here. */
  readonly artifacts: readonly ('snapshot' | 'image')[];
  /** See `RuntimeCapabilities`. */
  readonly lacks?: readonly string[];
  readonly shortfalls?: readonly string[];
  readonly blind?: true;
}

/** `certificates` absent: the gateway takes no requests over TLS. */
export function unsupportedParts(spec: ApplicationSpec, runtime: RuntimeFacts, certificates?: CertificateFacts): readonly string[] {
  return [...spec.services.flatMap((service) => serviceParts(service, runtime)), ...unservedRoutes(spec, certificates)];
}

function serviceParts(service: ServiceSpec, runtime: RuntimeFacts): readonly string[] {
  const at = `services.${service.name}`;
  const parts: string[] = [];
  const artifact = service.source.kind === 'run' ? 'snapshot' : 'image';
  if (!runtime.artifacts.includes(artifact))
    parts.push(
      `${at}.${service.source.kind}: the ${runtime.name} runtime cannot run it (it takes ${runtime.artifacts.map(sourceOf).join(', ')})`,
    );
  parts.push(...lackingParts(service, at, runtime), ...strategyParts(service, at));
  return parts;
}

function lackingParts(service: ServiceSpec, at: string, { name, lacks = [] }: RuntimeFacts): readonly string[] {
  const asked: Readonly<Record<string, readonly string[]>> = {
    build: service.source.kind === 'build' ? [`${at}.build: the ${name} runtime builds no images; push one and name it with image`] : [],
    processes:
      service.container?.processes === undefined
        ? []
        : [`${at}.container.processes: on ${name} the nodes limit processes, for all pods alike; leave it out`],
    placement: service.placement ? [`${at}.placement: the ${name} runtime has one machine; choose swarm or kubernetes, or remove it`] : [],
    restart: service.restart ? [`${at}.restart: on ${name} the cluster restarts containers, always and at its own pace`] : [],
    tasks: taskKeys(service).map((key) => `${at}.${key}: the ${name} runtime runs no commands that end`),
    user_names: namesUser(service) ? [`${at}.container.user: the ${name} runtime knows users by number only, for example 1000:1000`] : [],
    volumes: service.volumes.length > 0 ? [`${at}.volumes: the ${name} runtime keeps no volumes in this version`] : [],
  };
  return lacks.flatMap((lack) => asked[lack] ?? []);
}

function taskKeys(service: ServiceSpec): readonly string[] {
  const commands = Object.values(service.hooks ?? {}).some((hooks) => hooks.some((one) => one.kind === 'command'));
  return [...(endsByItself(service) ? ['kind'] : []), ...(service.release ? ['release'] : []), ...(commands ? ['hooks'] : [])];
}

function namesUser({ container }: ServiceSpec): boolean {
  return Object.values(userParts(container?.user ?? '')).some((one) => !isNumber(one));
}

function strategyParts({ strategy, port, replicas }: ServiceSpec, at: string): readonly string[] {
  const parts: string[] = [];
  if (strategy.kind === 'rolling' && strategy.analysis && strategy.surge === 0 && replicas < 2)
    parts.push(`${at}.strategy.analysis: both releases must stand side by side, which takes surge or more than one replica`);
  if (port === undefined && strategy.kind !== 'blue-green' && strategy.analysis)
    parts.push(`${at}.strategy.analysis: without a port no requests are counted`);
  return parts;
}

function sourceOf(artifact: 'snapshot' | 'image'): string {
  return artifact === 'snapshot' ? 'run' : 'image';
}

/** What is told with the plan: what cannot be had there, what has no effect yet, what will hardly come to a verdict, which safeguards are given up. */
export function warningsOf(spec: ApplicationSpec, { name, shortfalls = [], blind }: RuntimeFacts): readonly string[] {
  const absent = shortfalls.map((one) => `environments.${spec.environment}.runtime: ${name}: ${one}`);
  const early = spec.services.flatMap((service) => [...strategyWarnings(service), ...sloWarnings(service)]);
  const unseen = blind ? spec.services.flatMap((service) => blindWarnings(service, name)) : [];
  return [...absent, ...early, ...unseen, ...verdictWarnings(spec), ...loosenedParts(spec)];
}

function strategyWarnings({ name, strategy }: ServiceSpec): readonly string[] {
  if (strategy.kind !== 'canary' || strategy.analysis || strategy.steps.some((one) => one.pause !== undefined)) return [];
  return [`services.${name}.strategy: without analysis or pauses the steps follow each other as fast as instances come up`];
}

function blindWarnings(service: ServiceSpec, runtime: string): readonly string[] {
  return (['egress', 'watch'] as const).flatMap((key) =>
    service[key] ? [`services.${service.name}.${key}: on ${runtime} nobody sees what instances do: it is not measured`] : [],
  );
}

function sloWarnings({ name, slo }: ServiceSpec): readonly string[] {
  return slo ? [`services.${name}.slo is recorded but nothing acts on it in this version`] : [];
}
