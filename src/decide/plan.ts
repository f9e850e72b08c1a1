// Compares what is wanted with what is live and says, service by service, what would change and why.

import { canonicalJson } from '../base/digest.ts';
import { endsByItself } from '../model/completion.ts';
import { beyondContainer } from '../model/container/rights.ts';
import type { EnvironmentState, ServiceTarget } from '../model/deployment.ts';
import { revisionOf } from '../model/deployment.ts';
import type { Plan, Risk, ServiceChange } from '../model/plan.ts';
import type { Release } from '../model/release.ts';
import type { ServiceSpec } from '../model/service.ts';
import { replicasFor } from './scale/bounds.ts';

/** A service as it is wanted, with the release made for it. */
export interface Wanted {
  readonly spec: ServiceSpec;
  readonly release: Release;
}

/** Every service that is wanted or live, wanted ones first in the given (needs) order. `releaseOf` finds the live releases, to say what differs. */
export function decideChanges(
  wanted: readonly Wanted[],
  live: EnvironmentState | undefined,
  releaseOf: (id: string) => Release | undefined,
  /** Why a live service that is not wanted stops. */
  stopReason = 'no longer in the manifest',
): readonly ServiceChange[] {
  const present = live?.services ?? {};
  const changes = wanted.map((one) => changeOf(one, present[one.spec.name], releaseOf));
  const names = new Set(wanted.map((one) => one.spec.name));
  const stops = Object.entries(present)
    .filter(([name]) => !names.has(name))
    .map(([service, from]): ServiceChange => ({ service, kind: 'stop', reason: stopReason, from }));
  return [...changes, ...stops];
}

function changeOf(
  { spec, release }: Wanted,
  from: ServiceTarget | undefined,
  releaseOf: (id: string) => Release | undefined,
): ServiceChange {
  const service = spec.name;
  if (!from)
    return {
      service,
      kind: 'create',
      reason: 'not deployed here yet',
      to: { release: release.id, replicas: replicasFor(spec, undefined), generation: 0, spec },
    };
  const to: ServiceTarget = {
    release: release.id,
    replicas: replicasFor(spec, from.replicas),
    generation: from.release === release.id ? from.generation : 0,
    spec,
    ...(from.release === release.id && from.unchecked && { unchecked: true }),
  };
  if (from.release !== release.id) return { service, kind: 'replace', reason: whatDiffers(releaseOf(from.release), release), from, to };
  const parts = outerDifferences(from, to);
  if (parts.length === 0) return { service, kind: 'keep', reason: 'nothing differs', from, to };
  return { service, kind: 'update', reason: parts.join(', '), from, to };
}

/** Names the parts of the release that differ (`code`, `command`, `env LOG_LEVEL`, …), without values: they may be confidential. */
function whatDiffers(before: Release | undefined, after: Release): string {
  if (!before) return 'another release';
  const parts: string[] = [];
  if (canonicalJson(before.run.artifact) !== canonicalJson(after.run.artifact))
    parts.push(after.run.artifact.kind === 'image' ? 'image' : 'code');
  for (const key of ['command', 'port', 'probe', 'liveness', 'secrets', 'secretFiles', 'resources', 'stop', 'volumes'] as const) {
    if (canonicalJson(before.run[key] ?? null) !== canonicalJson(after.run[key] ?? null))
      parts.push(key === 'secretFiles' ? 'form of secrets' : key);
  }
  const names = new Set([...Object.keys(before.run.env), ...Object.keys(after.run.env)]);
  for (const name of [...names].sort()) if (before.run.env[name] !== after.run.env[name]) parts.push(`env ${name}`);
  return `${parts.join(', ')} changed`;
}

/** What may change without a new release. */
function outerDifferences(from: ServiceTarget, to: ServiceTarget): readonly string[] {
  const parts: string[] = [];
  if (from.replicas !== to.replicas) parts.push(`replicas ${from.replicas} → ${to.replicas}`);
  for (const key of [
    'routes',
    'traffic',
    'strategy',
    'needs',
    'scale',
    'restart',
    'slo',
    'kind',
    'completion',
    'schedule',
    'release',
    'hooks',
    'egress',
    'watch',
  ] as const) {
    if (canonicalJson(from.spec[key] ?? null) !== canonicalJson(to.spec[key] ?? null)) parts.push(`${key} changed`);
  }
  if (revisionOf(from) !== revisionOf(to)) parts.push('restart');
  return parts;
}

/** How much could go wrong: nothing to do, only sizes, new code, or something that users lose, or rights with which a machine is lost. */
export function riskOf(changes: readonly ServiceChange[]): Risk {
  const kinds = new Set(changes.map((one) => one.kind));
  if (kinds.has('stop') || changes.some(endsInstances) || changes.some(reachesHost)) return 'high';
  if (kinds.has('replace')) return 'medium';
  return kinds.has('create') || kinds.has('update') ? 'low' : 'none';
}

function reachesHost({ kind, to }: ServiceChange): boolean {
  return kind !== 'keep' && beyondContainer(to?.spec.container?.capabilities).length > 0;
}

/** None are left of what had some; a new job never has any. */
function endsInstances({ from, to }: ServiceChange): boolean {
  return to?.replicas === 0 && from?.replicas !== 0 && !(from === undefined && endsByItself(to.spec));
}

/** Hosts and paths that two services would both own; the ones already live in other environments are given by service key. */
export interface RouteClash {
  readonly host: string;
  readonly path: string;
  readonly service: string;
  readonly owner: string;
}

export function routeClashes(
  key: (service: string) => string,
  wanted: readonly ServiceSpec[],
  taken: ReadonlyMap<string, string>,
): readonly RouteClash[] {
  return wanted.flatMap((spec) =>
    spec.routes.flatMap(({ host, path }) => {
      const owner = taken.get(`${host} ${path}`);
      return owner !== undefined && owner !== key(spec.name) ? [{ host, path, service: spec.name, owner }] : [];
    }),
  );
}

/** An environment that wants approval also wants it of the plan that gives that up. */
export function approvalOf(
  live: EnvironmentState | undefined,
  wanted: Plan['approval'] = live?.approval ?? 'none',
): Pick<Plan, 'approval' | 'lasting'> {
  const lasting = wanted === 'required' ? ({ lasting: 'required' } as const) : {};
  return { approval: live?.approval ?? wanted, ...lasting };
}
