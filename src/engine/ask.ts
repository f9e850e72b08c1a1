// Asks another system for one number, and gives up in time whatever the plug does: nobody waits for a source that hangs.
import type { Clock } from '../base/clock.ts';
import { asCodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import { formatDuration } from '../base/units.ts';
import type { MetricSource } from '../model/scale.ts';
import type { MetricAnswer, Metrics } from '../ports/metrics.ts';

/** Longer than the plugs' own deadlines, which say more of what was wrong. */
export const askDeadline: Duration = 6_000;

/** Never rejects. */
export async function askMetric(
  { metrics, clock }: { readonly metrics?: Metrics; readonly clock: Clock },
  source: MetricSource,
  signal: AbortSignal,
): Promise<MetricAnswer> {
  if (!metrics) return failed('this engine has no way to ask');
  const over = new AbortController();
  const given = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(askDeadline, given).then(
    () => failed(`no answer within ${formatDuration(askDeadline)}`),
    () => failed('it was not asked to the end'),
  );
  try {
    return await Promise.race([metrics.read(source, given).catch((thrown: unknown) => failed(asCodeError(thrown).message)), late]);
  } finally {
    over.abort();
  }
}

function failed(because: string): MetricAnswer {
  return { kind: 'failed', because };
}
