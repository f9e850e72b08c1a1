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
    return await Promise.race([answerOf(metrics, source, given), late]);
  } finally {
    over.abort();
  }
}

/** Also of a plug that throws before it has promised anything. */
async function answerOf(metrics: Metrics, source: MetricSource, signal: AbortSignal): Promise<MetricAnswer> {
  try {
    return await metrics.read(source, signal);
  } catch (thrown) {
    return failed(asCodeError(thrown).message);
  }
}

function failed(because: string): MetricAnswer {
  return { kind: 'failed', because };
}
