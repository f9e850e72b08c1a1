// What is live beside what is known to be weak: the advisories on disk, and those of a registry where somebody wants it.
import type { Duration } from '../../base/units.ts';
import { decideScan } from '../../decide/supply/scan.ts';
import type { Inventory } from '../../model/supply/component.ts';
import type { Rating, ScanVerdict } from '../../model/supply/finding.ts';
import type { Advisories, Audits } from '../../ports/advisories.ts';
import type { Audited } from './audit.ts';
import { audited } from './audit.ts';
import type { Inspected } from './inspect.ts';

export interface ServiceScan extends ScanVerdict {
  readonly service: string;
  readonly release: string;
}

export interface ScanWish {
  /** Findings below it do not count. */
  readonly atLeast?: Rating | undefined;
  /** Ask the registry, too, which learns what there is. */
  readonly npmAudit?: boolean;
}

interface Comparison extends ScanWish {
  readonly advisories?: Advisories;
  readonly audits?: Audits;
  readonly maxAge: Duration;
  /** In milliseconds since the epoch. */
  readonly now: number;
}

/** Errors: `settings_invalid` where a registry is wanted and none is named. */
export async function compared(
  inspected: readonly Inspected[],
  { advisories, audits, maxAge, now, atLeast, npmAudit = false }: Comparison,
  signal: AbortSignal,
): Promise<readonly ServiceScan[]> {
  const wanted = inspected.flatMap(({ inventory }) => inventory.components.map((one) => one.advised));
  // Once for all services: it may be many thousand records.
  const onDisk = await advisories?.harvest(wanted, signal);
  const { harvest, gap }: Audited = npmAudit ? await audited(audits, wanted, onDisk, now, signal) : { harvest: onDisk };
  return inspected.map(({ release, inventory, gaps }) => {
    const verdict = decideScan({ inventory, harvest, now, maxAge, ...(atLeast && { atLeast }) });
    const open = gap !== undefined && hasNpm(inventory) ? [...gaps, gap] : gaps;
    return { service: release.service, release: release.id, ...withGaps(verdict, open) };
  });
}

function hasNpm({ components }: Inventory): boolean {
  return components.some(({ advised }) => advised.ecosystem === 'npm');
}

/** What was not looked into may hold anything. */
function withGaps(verdict: ScanVerdict, gaps: readonly string[]): ScanVerdict {
  if (gaps.length === 0) return verdict;
  return {
    ...verdict,
    state: verdict.state === 'met' ? 'not_measured' : verdict.state,
    unmeasured: [...gaps, ...verdict.unmeasured.filter((one) => one !== 'no component was found')],
  };
}
