// What a manifest may say but this engine or runtime cannot do yet: refused when planned, so that nobody believes it is in force.

import type { RuntimeFacts } from '../model/runtime-facts.ts';
import type { ApplicationSpec, ServiceSpec } from '../model/service.ts';

export function unsupportedParts(spec: ApplicationSpec, runtime: RuntimeFacts): readonly string[] {
  const general =
    spec.approval === 'required' ? [`environments.${spec.environment}.approval: approvals are not available in this version`] : [];
  return [...general, ...spec.services.flatMap((service) => serviceParts(service, runtime))];
}

function serviceParts(service: ServiceSpec, runtime: RuntimeFacts): readonly string[] {
  const at = `services.${service.name}`;
  const parts: string[] = [];
  const artifact = service.source.kind === 'run' ? 'snapshot' : 'image';
  if (!runtime.artifacts.includes(artifact))
    parts.push(
      `${at}.${service.source.kind}: the ${runtime.name} runtime cannot run it (it takes ${runtime.artifacts.map(sourceOf).join(', ')})`,
    );
  if (service.secrets.length > 0)
    parts.push(`${at}.secrets: the secret store is not available in this version (use env for values that are not confidential)`);
  return parts;
}

function sourceOf(artifact: 'snapshot' | 'image'): string {
  return artifact === 'snapshot' ? 'run' : 'image';
}

/** What is understood and kept but has no effect yet: told with the plan. */
export function warningsOf(spec: ApplicationSpec): readonly string[] {
  return spec.services.flatMap((service) =>
    service.slo ? [`services.${service.name}.slo is recorded but nothing acts on it in this version`] : [],
  );
}
