// Images of a plan, each with what its reference means at this moment: a tag that is pushed again later is another release.
import type { Artifact } from '../model/release.ts';
import type { ServiceSpec } from '../model/service.ts';
import type { Runtime } from '../ports/runtime.ts';

export interface Pinned {
  readonly artifacts: Readonly<Record<string, Artifact>>;
  /** What does not fit between manifest and image, told with the plan. */
  readonly warnings: readonly string[];
}

/** A registry may be asked, side by side for all images; the runtime has the patience that its settings give it. Errors: those of `Runtime.pin`. */
export async function pinImages(
  runtime: Pick<Runtime, 'pin'> | undefined,
  services: readonly ServiceSpec[],
  given: Readonly<Record<string, Artifact>>,
): Promise<Pinned> {
  const artifacts = { ...given };
  const { signal } = new AbortController();
  const warnings = await Promise.all(
    services.map(async ({ name, port }): Promise<readonly string[]> => {
      const artifact = given[name];
      if (artifact?.kind !== 'image' || artifact.context !== undefined || !runtime?.pin) return [];
      const image = await runtime.pin(artifact.reference, signal);
      if (image.loose)
        return [
          `services.${name}.image: ${artifact.reference} is a tag, which may mean another image tomorrow; name it by its digest (@sha256:…)`,
        ];
      artifacts[name] = { ...artifact, pinned: image.name };
      if (port === undefined || !image.ports || image.ports.length === 0 || image.ports.includes(port)) return [];
      return [`services.${name}.port: ${artifact.reference} says that it listens on ${image.ports.join(', ')}, not on ${port}`];
    }),
  );
  return { artifacts, warnings: warnings.flat() };
}
