// When a certificate no longer speaks of what there is: other releases, another source, another platform.
import type { Platform, Readiness1 } from '../../model/readiness/certificate.ts';
import type { Step } from './check.ts';
import { failed, held, skipped } from './check.ts';
import type { SourceExhibit } from './source.ts';
import { changedShare, sourceDigest } from './source.ts';

/** More changed lines than this share, and it is another application. */
export const mostChanged = 0.25;

export interface Present {
  readonly platform?: Platform;
  readonly source?: SourceExhibit;
  /** Service → release that is live now. */
  readonly releases?: Readonly<Record<string, string>>;
}

/** `certified`: the lines that the certificate speaks of, from its evidence. */
export function checkTriggers(predicate: Readiness1, present: Present, certified: SourceExhibit | undefined): Step {
  const reasons = [
    ...platformReasons(predicate.platform, present.platform),
    ...releaseReasons(predicate.releases, present.releases),
    ...sourceReasons(present.source, certified),
  ];
  if (reasons.length > 0) return failed('triggers', 'recertification_required', reasons.join('; '));
  const compared = [present.platform && 'platform', present.releases && 'releases', present.source && 'source'].filter(Boolean);
  if (compared.length === 0)
    return skipped('triggers', 'nothing was given to compare it with (--source DIR, or run it where the engine is)');
  return held('triggers', `${compared.join(', ')} as certified`);
}

function platformReasons(was: Platform, is: Platform | undefined): readonly string[] {
  if (!is) return [];
  const words = { kernel: 'kernel', arch: 'processor', cpus: 'number of processors', node: 'Node.js', engine: 'engine' } as const;
  return Object.entries(words).flatMap(([key, word]) => {
    const [before, now] = [was[key as keyof typeof words], is[key as keyof typeof words]];
    return before === now ? [] : [`${word} ${now} instead of ${before}`];
  });
}

function releaseReasons(was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>> | undefined): readonly string[] {
  if (!is) return [];
  const services = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return services.flatMap((service) =>
    was[service] === is[service] ? [] : [`${service} is ${is[service] ?? 'gone'}, certified was ${was[service] ?? 'none'}`],
  );
}

function sourceReasons(present: SourceExhibit | undefined, certified: SourceExhibit | undefined): readonly string[] {
  if (!present) return [];
  if (!certified) return ['the certificate speaks of no source'];
  if (sourceDigest(present) === sourceDigest(certified)) return [];
  const share = changedShare(certified, present);
  return share > mostChanged ? [`${(share * 100).toFixed(1)} % of the lines of source changed, more than ${mostChanged * 100} %`] : [];
}
