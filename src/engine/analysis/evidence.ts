// Keeps what each look saw, in the commit that stores the look, and tries other thresholds on it.
import { CodeError } from '../../base/errors.ts';
import { replay } from '../../decide/analyse/replay.ts';
import { windowsOf } from '../../decide/rollout/judge.ts';
import type { Deployment, EnvironmentState } from '../../model/deployment.ts';
import type { EvidenceWindow } from '../../model/evidence.ts';
import type { TimedSamples, Verdict } from '../../model/measurement.ts';
import type { AnalysisSpec } from '../../model/service.ts';
import type { Change, Store } from '../../ports/store.ts';
import { deploymentKey } from '../keys.ts';

/** Newest deployments of an environment whose evidence is kept. */
export const evidenceKept = 20;

type Samples = Readonly<Record<string, readonly TimedSamples[]>>;

/** One document for each look: what was written before is not written again. */
export function evidenceOf(before: Deployment, after: Deployment, samples: Samples): readonly Change[] {
  const { scope, number } = after;
  return windowsOf(before, after, samples).map(
    (value): Change => ({
      op: 'put',
      kind: 'evidence',
      key: `${deploymentKey(scope, number)}/${String(value.to).padStart(15, '0')}/${value.service}`,
      value,
    }),
  );
}

/** Evidence of deployments that are long over. */
export async function oldEvidence(store: Store, { scope, lastNumber }: EnvironmentState): Promise<readonly Change[]> {
  if (lastNumber <= evidenceKept) return [];
  const prefix = deploymentKey(scope, 0).replace(/\d+$/, '');
  const old = await store.list('evidence', { prefix, after: deploymentKey(scope, lastNumber - evidenceKept), reverse: true });
  return old.map(({ key }): Change => ({ op: 'delete', kind: 'evidence', key }));
}

export interface Judgement {
  readonly service: string;
  readonly verdict: Verdict;
}

/** Errors: `evidence_unknown`. `change` says by what each service is judged, given what it was judged by. */
export async function judgeAgain(
  store: Store,
  { id, scope, number, services }: Deployment,
  change: (spec: AnalysisSpec) => AnalysisSpec,
): Promise<readonly Judgement[]> {
  const windows = (await store.list('evidence', { prefix: `${deploymentKey(scope, number)}/` })).map((one) => one.value);
  const judgements = services.flatMap(({ service, to }): readonly Judgement[] => {
    const strategy = to?.spec.strategy;
    const spec = strategy && strategy.kind !== 'blue-green' ? strategy.analysis : undefined;
    const own = windows.filter((one: EvidenceWindow) => one.service === service);
    const verdict = spec && replay(own, change(spec));
    return verdict ? [{ service, verdict }] : [];
  });
  if (judgements.length > 0) return judgements;
  throw new CodeError(
    'evidence_unknown',
    `Nothing was measured of ${id}, or it is too long ago: the last ${evidenceKept} deployments are kept.`,
    {
      hint: 'Ask for an analysis in the strategy, and deploy again.',
    },
  );
}
