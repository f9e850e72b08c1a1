// Whether a history of reads and writes of registers could have happened one at a time, each between its begin and its end.
// The search of Wing and Gong (1993) with Lowe's memory of states (2017): a register each, its values written once each.
import type { RegisterOperation } from '../../model/proving/ledger.ts';

export type Linearizable =
  | { readonly word: 'yes'; readonly keys: number }
  | { readonly word: 'no'; readonly key: string }
  /** The search was given up: no pass. */
  | { readonly word: 'unknown'; readonly key: string };

/** `expired`: asked at each step; whoever calls has the clock. Keys are judged one by one, which is the same (locality). */
export function judgeRegisters(history: readonly RegisterOperation[], expired: () => boolean): Linearizable {
  const keys = [...new Set(history.map(({ key }) => key))];
  let unknown: string | undefined;
  for (const key of keys) {
    const word = judgeRegister(
      history.filter((one) => one.key === key),
      expired,
    );
    if (word === 'no') return { word, key };
    if (word === 'unknown') unknown ??= key;
  }
  return unknown === undefined ? { word: 'yes', keys: keys.length } : { word: 'unknown', key: unknown };
}

/** A search in so many steps takes seconds at most; more is `unknown`. */
const mostSteps = 200_000;

/** The same, given up by itself. */
export function judgeHistory(history: readonly RegisterOperation[]): Linearizable {
  let steps = 0;
  return judgeRegisters(history, () => ++steps > mostSteps);
}

interface Step {
  readonly write: boolean;
  readonly value: string | null;
  readonly from: number;
  /** Infinity: it may have taken effect at any time since, or never. */
  readonly to: number;
}

function judgeRegister(history: readonly RegisterOperation[], expired: () => boolean): 'yes' | 'no' | 'unknown' {
  const steps = history.flatMap(stepOf).toSorted((a, b) => a.from - b.from);
  const wanted = steps.reduce((mask, step, at) => (step.to === Number.POSITIVE_INFINITY ? mask : mask | (1n << BigInt(at))), 0n);
  const visited = new Set<string>();
  let gaveUp = false;
  const search = (done: bigint, value: string | null): boolean => {
    if ((done & wanted) === wanted) return true;
    if (expired()) gaveUp = true;
    const state = `${done.toString(36)} ${value}`;
    if (gaveUp || visited.has(state)) return false;
    visited.add(state);
    const left = steps.flatMap((step, at) => ((done >> BigInt(at)) & 1n ? [] : [{ step, at }]));
    const firstEnd = left.reduce((least, { step }) => (step.to < least ? step.to : least), Number.POSITIVE_INFINITY);
    // Only what began before the first of the rest has ended can come next.
    return left.some(({ step, at }) => {
      if (step.from > firstEnd || (!step.write && step.value !== value)) return false;
      return search(done | (1n << BigInt(at)), step.write ? step.value : value);
    });
  };
  if (search(0n, null)) return 'yes';
  return gaveUp ? 'unknown' : 'no';
}

/** What was refused did not happen, and a read that failed says nothing. */
function stepOf({ kind, value, invokedAt, completedAt, outcome }: RegisterOperation): readonly Step[] {
  if (outcome === 'fail' || (outcome === 'info' && kind === 'read')) return [];
  return [{ write: kind === 'write', value, from: invokedAt, to: outcome === 'ok' ? completedAt : Number.POSITIVE_INFINITY }];
}
