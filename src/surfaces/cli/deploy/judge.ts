// `deploy --analysis-only`: what was measured of a deployment, judged by other thresholds.
import type { VerdictWord } from '../../../model/measurement.ts';
import type { Given } from '../command.ts';
import { exitOfOutcome } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** As a deployment with this verdict would have ended. */
const outcomeOf = { pass: 'succeeded', fail: 'rolled_back', inconclusive: 'inconclusive' } as const satisfies Record<VerdictWord, string>;

export async function judge(session: Session, given: Given): Promise<number> {
  const id = given.text('analysisOnly') ?? '';
  const thresholds = { errors: given.text('errors'), latency: given.text('latency'), confidence: given.text('confidence') };
  const judged = await (await session.api()).call('deployments.judge', { id, ...thresholds });
  session.out.document(judged);
  for (const { service, verdict, message, metrics } of judged.services) {
    session.out.text(`${service}: ${verdict}: ${message}`);
    for (const one of metrics) session.out.text(`  ${one.dry_run ? 'dry run, ' : ''}${one.verdict}  ${one.message}`);
  }
  return exitOfOutcome(outcomeOf[judged.verdict]);
}
