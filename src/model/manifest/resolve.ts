// What one environment of a manifest wants: the environment chosen, defaults filled in that depend on neighbours, services in order.
import { CodeError } from '../../base/errors.ts';
import { didYouMean, nearest } from '../../base/nearest.ts';
import { endsByItself } from '../completion.ts';
import type { Strategy } from '../rollout/strategy.ts';
import type { ApplicationSpec, ProbeSpec, ServiceSpec, Source } from '../service.ts';
import type { EnvironmentManifest, Manifest } from './check.ts';
import { needsOrder } from './order.ts';
import type { ServiceManifest } from './schema/service.ts';

export interface ResolveOptions {
  /** As named by `--env`; may be left out where there is only one. */
  readonly environment?: string;
  /** For environments that name no runtime. */
  readonly defaultRuntime: string;
}

/** Errors: `usage` when the environment is unknown or must be named. */
export function resolveManifest(manifest: Manifest, { environment, defaultRuntime }: ResolveOptions): ApplicationSpec {
  const [name, chosen] = chooseEnvironment(manifest, environment);
  const services = new Map(Object.entries(chosen.services));
  const { order } = needsOrder(new Map([...services].map(([service, { needs }]) => [service, needs])));
  return {
    application: manifest.application,
    environment: name,
    runtime: chosen.runtime ?? defaultRuntime,
    approval: chosen.approval,
    services: order.flatMap((service) => {
      const found = services.get(service);
      return found === undefined ? [] : [serviceSpec(service, found)];
    }),
  };
}

function chooseEnvironment(manifest: Manifest, wanted: string | undefined): readonly [string, EnvironmentManifest] {
  const declared = new Map(Object.entries(manifest.environments));
  if (declared.size === 0) declared.set('default', { approval: 'none', services: manifest.services });
  const names = [...declared.keys()];
  const [first = ''] = names;
  if (wanted === undefined && names.length > 1)
    throw new CodeError('usage', `Which environment? ${names.join(', ')}`, {
      hint: `Add --env ${first}`,
      details: { environments: names },
    });
  const name = wanted ?? first;
  const chosen = declared.get(name);
  if (chosen !== undefined) return [name, chosen];
  const near = nearest(name, names);
  throw new CodeError('usage', `The manifest has no environment "${name}"${didYouMean(name, names) || `, known: ${names.join(', ')}`}`, {
    hint: `Add --env ${near ?? first}, or declare "${name}" under environments.`,
    details: { environments: names },
  });
}

function serviceSpec(name: string, service: ServiceManifest): ServiceSpec {
  const { run: _run, image: _image, build: _build, replicas, strategy, stop, port, probe, liveness, scale, secrets, ...rest } = service;
  const source = sourceOf(service);
  const secretFiles = secrets.flatMap((one) => (typeof one === 'string' ? [] : [one.name]));
  return {
    ...rest,
    name,
    source,
    ...(port !== undefined && { port }),
    replicas: replicas ?? scale?.min ?? 1,
    probe: probe === 'none' ? unprobed : probe,
    ...(liveness && { liveness }),
    secrets: secrets.map((one) => (typeof one === 'string' ? one : one.name)),
    ...(secretFiles.length > 0 && { secretFiles }),
    stop: { drain: stop.drain, grace: stop.grace ?? (port === undefined ? 30_000 : 10_000) },
    strategy: withBake(strategy, source),
    ...(scale && { scale }),
    ...endingOf(service),
  };
}

const usualCompletion = { deadline: 3_600_000, retries: 0, backoff: 10_000 };

/** Of what ends by itself nothing is kept running, and nothing is watched after a switch: each run is a task. */
function endingOf(service: ServiceManifest): Partial<ServiceSpec> {
  if (!endsByItself(service)) return {};
  return { replicas: 0, strategy: { ...service.strategy, bake: 0 }, completion: service.completion ?? usualCompletion };
}

/** Staying alive is all that is asked for. */
const unprobed: ProbeSpec = { none: true, interval: 1_000, timeout: 2_000, passes: 1, fails: 3, deadline: 60_000 };

function sourceOf({ run, image, build }: ServiceManifest): Source {
  if (run !== undefined) return { kind: 'run', ...run };
  if (image !== undefined) return { kind: 'image', reference: image };
  return { kind: 'build', directory: build ?? '.' };
}

// A process crashes at once or not at all; a container may still be warming up when it is first called ready.
function withBake(strategy: ServiceManifest['strategy'], source: Source): Strategy {
  return { ...strategy, bake: strategy.bake ?? (source.kind === 'run' ? 10_000 : 30_000) };
}
