// Splits requests over releases by weight, exactly, and over a release's upstreams by who has least to do.

/** One share of a split; `current` is its credit in the smooth weighted round robin. */
export interface Share {
  readonly weight: number;
  current: number;
}

/**
 * Smooth weighted round robin (as in nginx, 2012): everyone earns its weight, the richest is chosen and pays the sum.
 * Over any run of N picks each share gets its part to within one or two, and equal shares alternate instead of coming in bursts.
 * Shares for which `open` is false earn and pay nothing, so theirs goes to the others. Undefined when nobody is open.
 */
export function pickShare<T extends Share>(shares: readonly T[], open: (share: T) => boolean): T | undefined {
  let total = 0;
  let best: T | undefined;
  for (const share of shares) {
    if (share.weight <= 0 || !open(share)) continue;
    share.current += share.weight;
    total += share.weight;
    if (best === undefined || share.current > best.current) best = share;
  }
  if (best !== undefined) best.current -= total;
  return best;
}

/** One of those that are open, by lot; `random` is at least 0 and below 1. Undefined when nobody is open. */
export function drawShare<T extends Share>(shares: readonly T[], open: (share: T) => boolean, random: number): T | undefined {
  let total = 0;
  for (const share of shares) if (share.weight > 0 && open(share)) total += share.weight;
  let left = random * total;
  let last: T | undefined;
  for (const share of shares) {
    if (share.weight <= 0 || !open(share)) continue;
    last = share;
    left -= share.weight;
    if (left < 0) return share;
  }
  return last;
}

/** Least outstanding first; ties go round, because the scan starts one further each time. */
export function leastBusy<T>(targets: readonly T[], start: number, busy: (target: T) => number): T | undefined {
  let best: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step < targets.length; step++) {
    const target = targets[(start + step) % targets.length];
    if (target === undefined) continue;
    const load = busy(target);
    if (load < least) {
      best = target;
      least = load;
    }
  }
  return best;
}
