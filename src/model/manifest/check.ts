// Plain data against the schema and the rules, for every environment: either a manifest or everything that is wrong with it.
import { didYouMean } from '../../base/nearest.ts';
import { below, type Finding } from './finding.ts';
import { findingsOf } from './issues.ts';
import { isMapping, overlaid } from './overlay.ts';
import { applicationFindings, serviceFindings } from './rules.ts';
import { type ManifestShape, manifestSchema, mostEnvironments, mostServices } from './schema/manifest.ts';
import { type ServiceManifest, serviceSchema } from './schema/service.ts';
import { shown } from './schema/words.ts';

/** A manifest that holds for each of its environments; see `resolveManifest` for what one of them wants. */
export interface Manifest {
  readonly application: string;
  readonly services: Readonly<Record<string, ServiceManifest>>;
  readonly environments: Readonly<Record<string, EnvironmentManifest>>;
}

export interface EnvironmentManifest {
  readonly runtime?: string;
  readonly approval: 'none' | 'required';
  /** All services, as they are here. */
  readonly services: Readonly<Record<string, ServiceManifest>>;
}

export interface Checked {
  readonly findings: readonly Finding[];
  /** Absent when anything is wrong. */
  readonly manifest?: Manifest;
}

export function checkManifest(value: unknown): Checked {
  const shape = manifestSchema.safeParse(value, { reportInput: true });
  const raw = isMapping(value) ? value : {};
  const services = new Map(isMapping(raw.services) ? Object.entries(raw.services) : []);
  const findings = [...findingsOf(shape.error?.issues ?? []), ...below(['services'], ruleFindings(services))];

  const overlays = new Map<string, Overlaid['services']>();
  const wanted = isMapping(raw.environments) ? Object.entries(raw.environments) : [];
  const affordable = services.size <= mostServices && wanted.length <= mostEnvironments;
  for (const [name, environment] of affordable ? wanted : []) {
    const checked = checkOverlays(services, isMapping(environment) ? environment.services : undefined);
    findings.push(...withoutKnown(checked.findings, findings).map((finding) => inEnvironment(name, finding)));
    overlays.set(name, checked.services);
  }
  return findings.length > 0 || shape.data === undefined ? { findings } : { findings, manifest: manifestOf(shape.data, overlays) };
}

function manifestOf({ application, services, environments }: ManifestShape, overlays: ReadonlyMap<string, Overlaid['services']>): Manifest {
  const resolved = Object.entries(environments).map(([name, { runtime, approval }]) => [
    name,
    { ...(runtime !== undefined && { runtime }), approval, services: { ...services, ...overlays.get(name) } },
  ]);
  return { application, services, environments: Object.fromEntries(resolved) };
}

interface Overlaid {
  readonly findings: readonly Finding[];
  /** Those that the environment changes. */
  readonly services: Readonly<Record<string, ServiceManifest>>;
}

/** Checks what an environment makes of the services; paths start at `services` as if they were written so. */
function checkOverlays(base: ReadonlyMap<string, unknown>, overlays: unknown): Overlaid {
  const findings: Finding[] = [];
  const all = new Map(base);
  const services: Record<string, ServiceManifest> = {};
  for (const [name, overlay] of isMapping(overlays) ? Object.entries(overlays) : []) {
    if (!base.has(name)) {
      const message = `there is no service ${shown(name)} to change${didYouMean(name, base.keys())}`;
      findings.push({ path: ['services', name], atKey: true, message });
    }
    if (!base.has(name) || !isMapping(overlay)) continue;
    const merged = overlaid(base.get(name), overlay);
    all.set(name, merged);
    const shape = serviceSchema.safeParse(merged, { reportInput: true });
    findings.push(...below(['services', name], findingsOf(shape.error?.issues ?? [])));
    if (shape.data !== undefined) services[name] = shape.data;
  }
  if (isMapping(overlays)) findings.push(...below(['services'], ruleFindings(all)));
  return { findings, services };
}

function ruleFindings(services: ReadonlyMap<string, unknown>): readonly Finding[] {
  const within = [...services].flatMap(([name, service]) => below([name], serviceFindings(service)));
  return [...within, ...applicationFindings(services)];
}

/** What is wrong in the base is said once, not again for every environment. */
function withoutKnown(findings: readonly Finding[], known: readonly Finding[]): readonly Finding[] {
  const said = new Set(known.map(keyOf));
  return findings.filter((finding) => !said.has(keyOf(finding)));
}

function keyOf({ path, message }: Finding): string {
  return JSON.stringify([path, message]);
}

function inEnvironment(name: string, finding: Finding): Finding {
  return { ...finding, path: ['environments', name, ...finding.path], orAt: finding.path };
}
