// Images of a plan, each with what its reference means at this moment: a tag that is pushed again later is another release.
import type { Duration } from '../base/units.ts';
import type { Artifact } from '../model/release.ts';
import type { ServiceSpec } from '../model/service.ts';
import type { Runtime } from '../ports/runtime.ts';

/** A registry may be asked; who plans waits for it. */
const patience: Duration = 60_000;

export interface Pinned {
  readonly artifacts: Readonly<Record<string, Artifact>>;
  /** What does not fit between manifest and image, told with the plan. */
  readonly warnings: readonly string[];
}

/** Errors: those of `Runtime.pin`. */
export async function pinImages(
  runtime: Pick<Runtime, 'pin'> | undefined,
  services: readonly ServiceSpec[],
  given: Readonly<Record<string, Artifact>>,
): Promise<Pinned> {
  const artifacts = { ...given };
  const warnings: string[] = [];
  const signal = AbortSignal.timeout(patience);
  for (const { name, port } of services) {
    const artifact = given[name];
    if (artifact?.kind !== 'image' || artifact.context !== undefined || !runtime?.pin) continue;
    const image = await runtime.pin(artifact.reference, signal);
    artifacts[name] = { ...artifact, pinned: image.name };
    if (port !== undefined && image.ports && image.ports.length > 0 && !image.ports.includes(port))
      warnings.push(`services.${name}.port: ${artifact.reference} says that it listens on ${image.ports.join(', ')}, not on ${port}`);
  }
  return { artifacts, warnings };
}
