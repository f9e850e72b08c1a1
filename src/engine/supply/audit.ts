// What a registry says of the npm packages that are live, beside the advisories on disk. Asked only when somebody wants it: it learns what there is.
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { AdvisoryHarvest } from '../../model/supply/advisory.ts';
import type { AdvisedName } from '../../model/supply/component.ts';
import type { Audits, VersionsByName } from '../../ports/advisories.ts';

export interface Audited {
  readonly harvest: AdvisoryHarvest | undefined;
  /** Why the registry said nothing that counts. */
  readonly gap?: string;
}

/** `now`: in milliseconds since the epoch; what it answers is as new as that. Errors: `settings_invalid` when no registry is named. */
export async function audited(
  audits: Audits | undefined,
  wanted: readonly AdvisedName[],
  harvest: AdvisoryHarvest | undefined,
  now: number,
  signal: AbortSignal,
): Promise<Audited> {
  if (!audits)
    throw new CodeError('settings_invalid', 'No registry is named that could be asked for advisories.', {
      hint: 'Name one: codectl down, then codectl up --set npm_registry=https://HOST. It learns names and versions of what is live.',
    });
  const packages = versionsIn(wanted);
  if (Object.keys(packages).length === 0) return { harvest };
  try {
    const found = await audits.audit(packages, signal);
    const { shelves = {}, advisories = [], broken = [] } = harvest ?? {};
    const npm = { records: (shelves['npm']?.records ?? 0) + found.length, asOf: now, asked: audits.place };
    return {
      harvest: { shelves: { ...shelves, npm }, advisories: [...advisories, ...found.map((one) => ({ ...one, modified: now }))], broken },
    };
  } catch (thrown) {
    signal.throwIfAborted();
    return { harvest, gap: `npm: ${asCodeError(thrown).message}` };
  }
}

function versionsIn(wanted: readonly AdvisedName[]): VersionsByName {
  const versions = new Map<string, Set<string>>();
  for (const { ecosystem, name, version } of wanted)
    if (ecosystem === 'npm') versions.set(name, (versions.get(name) ?? new Set()).add(version));
  return Object.fromEntries([...versions].map(([name, all]) => [name, [...all].sort()]));
}
