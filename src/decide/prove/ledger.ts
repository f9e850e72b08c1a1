// Whether what was acknowledged is still there: once, whole and in order; and whether what was refused is absent.
import type { LedgerItem, LedgerWrite } from '../../model/proving/ledger.ts';

export interface LedgerJudgement {
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly duplicated: readonly string[];
  /** Another value than the one that was written. */
  readonly corrupt: readonly string[];
  /** Refused for certain, and there. */
  readonly phantom: readonly string[];
  /** Before one of the same client that was acknowledged earlier. */
  readonly reordered: readonly string[];
}

/** Items of other writers are not looked at. `info` writes may be there or not, but once. */
export function judgeLedger(writes: readonly LedgerWrite[], found: readonly LedgerItem[]): LedgerJudgement {
  const counts = new Map<string, number>();
  const values = new Map<string, string | undefined>();
  for (const { id, value } of found) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
    values.set(id, value);
  }
  const having = (holds: (write: LedgerWrite) => boolean) => writes.filter(holds).map(({ id }) => id);
  return {
    acknowledged: writes.filter(({ outcome }) => outcome === 'ok').length,
    lost: having(({ id, outcome }) => outcome === 'ok' && !counts.has(id)),
    duplicated: having(({ id }) => (counts.get(id) ?? 0) > 1),
    corrupt: having(({ id, value }) => values.get(id) !== undefined && values.get(id) !== value),
    phantom: having(({ id, outcome }) => outcome === 'fail' && counts.has(id)),
    reordered: reorderedOf(writes, found),
  };
}

/** A client writes one after the other: of what was acknowledged, a later one never stands before an earlier one. */
function reorderedOf(writes: readonly LedgerWrite[], found: readonly LedgerItem[]): readonly string[] {
  const known = new Map(writes.filter(({ outcome }) => outcome === 'ok').map((write) => [write.id, write]));
  const newest = new Map<number, number>();
  const seen = new Set<string>();
  return found.flatMap(({ id }): readonly string[] => {
    const write = known.get(id);
    // A second one is a duplicate, and told as that.
    if (write === undefined || seen.has(id)) return [];
    seen.add(id);
    const before = newest.get(write.client) ?? -1;
    if (write.seq > before) newest.set(write.client, write.seq);
    return write.seq < before ? [id] : [];
  });
}
