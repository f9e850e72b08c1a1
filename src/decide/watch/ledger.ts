// Findings over time: each is told once when it appears, stays while it is seen, and is told once more when it has gone.
import type { OpenFinding, WatchFinding } from '../../model/watch/watch.ts';
import { findingKey } from '../../model/watch/watch.ts';

/** Looks in a row without it after which it has gone: what flickers is one finding, not twenty. */
export const looksToClear = 3;
/** Of one kind and instance: a scan of the network must not be told address by address. */
export const mostAlike = 10;
const more = 'more';

export type Ledger = ReadonlyMap<string, OpenFinding>;

/** One look, which may have been at some of the instances only. */
export interface Look {
  readonly findings: readonly WatchFinding[];
  /** Whether the look could have seen it: only then does its absence say something. */
  readonly couldSee: (finding: WatchFinding) => boolean;
  /** Whether what it is about is still there. */
  readonly exists: (finding: WatchFinding) => boolean;
}

export interface Turn {
  readonly ledger: Ledger;
  readonly appeared: readonly OpenFinding[];
  readonly cleared: readonly OpenFinding[];
}

export function turn(before: Ledger, look: Look, now: number): Turn {
  const seen = summed(before, look.findings);
  const standing = [...before.values()].flatMap((one) => stillStanding(one, seen.get(findingKey(one)), look));
  const keys = new Set(standing.map(findingKey));
  const appeared = [...seen].flatMap(([key, one]) => (before.has(key) ? [] : [{ ...one, since: now, missed: 0 }]));
  return {
    ledger: new Map([...standing, ...appeared].map((one) => [findingKey(one), one])),
    appeared,
    cleared: [...before.values()].filter((one) => !keys.has(findingKey(one))),
  };
}

function stillStanding(one: OpenFinding, again: WatchFinding | undefined, { couldSee, exists }: Look): readonly OpenFinding[] {
  if (again) return [{ ...one, message: again.message, missed: 0 }];
  if (!exists(one)) return [];
  if (!couldSee(one)) return [one];
  return one.missed + 1 < looksToClear ? [{ ...one, missed: one.missed + 1 }] : [];
}

/** What is beyond the first few of its kind is one finding, whichever they are. */
function summed(before: Ledger, findings: readonly WatchFinding[]): ReadonlyMap<string, WatchFinding> {
  const known = Map.groupBy(before.values(), groupOf);
  const groups = Map.groupBy(new Map(findings.map((one) => [findingKey(one), one])).values(), groupOf);
  const kept = [...groups].flatMap(([group, all]): readonly WatchFinding[] => {
    const old = all.filter((one) => before.has(findingKey(one)));
    const fresh = all.filter((one) => !before.has(findingKey(one)));
    const room = mostAlike - (known.get(group) ?? []).filter(({ what }) => what !== more).length;
    const [first] = fresh.slice(Math.max(0, room));
    const rest = first && { ...first, what: more, message: `${first.message}; there are more, which are not told one by one` };
    return [...old, ...fresh.slice(0, Math.max(0, room)), ...(rest ? [rest] : [])];
  });
  return new Map(kept.map((one) => [findingKey(one), one]));
}

function groupOf({ kind, scope, service, instance = '' }: WatchFinding): string {
  return [kind, scope.application, scope.environment, service, instance].join(' ');
}
