// Consecutive passes and failures of a probe, and the moment they turn an instance ready or unready.
import type { ProbeSpec } from '../model/service.ts';

export interface ProbeCount {
  readonly ready: boolean;
  readonly passes: number;
  readonly fails: number;
  /** Ready because somebody said so: failures do not count before the first pass. */
  readonly assumed?: boolean;
}

export function countProbe(count: ProbeCount, passed: boolean, spec: Pick<ProbeSpec, 'passes' | 'fails'>): ProbeCount {
  if (count.assumed && !passed) return count;
  if (passed) {
    const passes = count.passes + 1;
    return { ready: count.ready || passes >= spec.passes, passes, fails: 0 };
  }
  const fails = count.fails + 1;
  return { ready: count.ready && fails < spec.fails, passes: 0, fails };
}
