// Judges a new release beside the old one while both have traffic: takes looks at what the gateway counted, and says what follows.
import type { Duration } from '../../base/units.ts';
import type { Deployment, RolloutAnalysis, ServiceRollout, SidesSeen } from '../../model/deployment.ts';
import type { EvidenceWindow } from '../../model/evidence.ts';
import { serviceKey } from '../../model/instance.ts';
import type { ReleaseCounts, TimedSamples } from '../../model/measurement.ts';
import { noCounts } from '../../model/measurement.ts';
import type { AnalysisMetric, AnalysisSpec, Strategy } from '../../model/rollout/strategy.ts';
import type { ProcessTraffic, ReleaseTraffic, TrafficObservation } from '../../model/route.ts';
import { beginAnalysis, look, lookAtSamples, renewed } from '../analyse/look.ts';
import type { AnalysisState } from '../analyse/state.ts';
import { minus, plus } from './counts.ts';
import { baselineOf, courseOf, stepOf } from './course.ts';

/** Between two looks: soon at first, then at a twentieth of the time under judgement; `untimed` at most, where there is no end of it. */
const lookEvery = { first: 1_000, last: 10_000, untimed: 60_000 };

/** Requests to the new release without which no step goes on that has not passed. */
const unprovenFrom = 30;

/** What the new release is judged by; undefined where nobody judges. */
export function analysisOf({ to, from, direct }: ServiceRollout, { unwatched, direction }: Deployment): AnalysisSpec | undefined {
  if (direction === 'reverting' || unwatched || direct || !to || !from || to.release === from.release) return undefined;
  if (to.replicas === 0 || from.replicas === 0) return undefined;
  const { strategy } = to.spec;
  return strategy.kind === 'blue-green' ? undefined : strategy.analysis;
}

/** Steps do not wait for a verdict of their own. */
export function isInBackground(strategy: Strategy | undefined): boolean {
  return strategy?.kind === 'canary' && strategy.analysis?.background === true;
}

/** What is to be asked of another system for one verdict. */
export interface Question {
  readonly service: string;
  readonly spec: AnalysisMetric;
  readonly baseline: string;
  readonly canary: string;
}

/** Of services that are being looked at. */
export function questionsOf(deployment: Deployment): readonly Question[] {
  return deployment.services.flatMap((one) => {
    const { service, stage, from, to, analysis } = one;
    if (stage !== 'shifting' || !from || !to || !analysis || analysis.verdict?.final) return [];
    const metrics = analysisOf(one, deployment)?.metrics ?? [];
    return metrics.map((spec) => ({ service, spec, baseline: from.release, canary: to.release }));
  });
}

/** Starts looking, or goes on: the time since the last look, when nobody was judged, does not count. */
export function beginLooking(
  rollout: ServiceRollout,
  deployment: Deployment,
  traffic: TrafficObservation | undefined,
  now: number,
): ServiceRollout {
  const spec = analysisOf(rollout, deployment);
  const before = rollout.analysis;
  const seen = traffic ? seenIn(rollout, deployment, traffic) : before?.seen;
  if (!spec || !seen) return rollout;
  if (!before)
    return { ...rollout, analysis: { state: beginAnalysis(spec, now, spec.metrics), seen, requests: { baseline: 0, canary: 0 } } };
  const state = stateOf(before);
  const idle = now - state.lookedAt;
  const { verdict: _old, ...rest } = before;
  const anew = spec.background ? state : renewed(state);
  return { ...rollout, analysis: { ...rest, seen, state: { ...anew, startedAt: state.startedAt + idle, lookedAt: now } } };
}

/** One look, when it is time for it; without news of the traffic only when the time is over, for no news is no pass. */
export function takeLook(
  rollout: ServiceRollout,
  deployment: Deployment,
  traffic: TrafficObservation | undefined,
  now: number,
  samples: readonly TimedSamples[] = [],
): ServiceRollout {
  const spec = analysisOf(rollout, deployment);
  const { analysis } = rollout;
  if (spec && !analysis) return beginLooking(rollout, deployment, traffic, now);
  if (!spec || !analysis || now < nextLookAt(rollout, analysis, spec)) return rollout;
  const stored = stateOf(analysis);
  const before = isUntimed(rollout) ? untimedUntil(stored, now) : stored;
  const over = now >= before.startedAt + spec.atMost;
  if (!traffic && !over) return rollout;
  const seen = traffic ? seenIn(rollout, deployment, traffic) : analysis.seen;
  const { baseline, canary } = sinceLast(analysis.seen, seen);
  const counted = look(before, spec, baseline, canary, now);
  const fresh = samples.filter((one) => one.at > stored.lookedAt);
  const { state, verdict } = fresh.length === 0 ? counted : lookAtSamples(counted.state, spec, fresh, now);
  const requests = { baseline: analysis.requests.baseline + baseline.requests, canary: analysis.requests.canary + canary.requests };
  return { ...rollout, analysis: { state, verdict, seen, requests } };
}

/** What the looks between two states of a deployment saw. */
export function windowsOf(
  before: Deployment,
  after: Deployment,
  samples: Readonly<Record<string, readonly TimedSamples[]>>,
): readonly EvidenceWindow[] {
  return after.services.flatMap(({ service, analysis }, index) => {
    const old = before.services[index]?.analysis;
    if (!old || !analysis || stateOf(analysis).looks <= stateOf(old).looks) return [];
    const [{ lookedAt, startedAt }, now] = [stateOf(old), stateOf(analysis)];
    const taken = (samples[service] ?? []).filter((one) => one.at > lookedAt);
    return [
      {
        service,
        // Whose time did not count: it is none.
        from: now.startedAt > startedAt ? now.lookedAt : lookedAt,
        to: now.lookedAt,
        begins: old.verdict === undefined,
        ...sinceLast(old.seen, analysis.seen),
        samples: taken,
      },
    ];
  });
}

/** When the next look is due. */
export function nextLookAt(rollout: ServiceRollout, analysis: RolloutAnalysis, { atMost }: AnalysisSpec): number {
  const { startedAt, lookedAt } = stateOf(analysis);
  if (analysis.verdict?.final) return Number.POSITIVE_INFINITY;
  if (isUntimed(rollout)) return lookedAt + Math.min(lookEvery.untimed, Math.max(lookEvery.first, (lookedAt - reachedAt(rollout)) / 20));
  // No more than about a thousand looks, however long it lasts: each is kept.
  const every: Duration = Math.min(Math.max(lookEvery.last, atMost / 1_000), Math.max(lookEvery.first, (lookedAt - startedAt) / 20));
  return Math.min(lookedAt + every, Math.max(lookedAt + 1, startedAt + atMost));
}

/** People may take as long as they like: what they wait in does not count as time under judgement, but a fail is one. */
function isUntimed(rollout: ServiceRollout): boolean {
  const course = courseOf(rollout);
  return course !== undefined && rollout.step !== undefined && stepOf(course, rollout).pause === 'people';
}

/** Nothing is staked on such time either, so that the permitted false alarms stay as they are however long it lasts. */
function untimedUntil(state: AnalysisState, now: number): AnalysisState {
  return { ...state, startedAt: state.startedAt + (now - state.lookedAt), lookedAt: now };
}

const reachedAt = ({ step }: ServiceRollout) => step?.reachedAt ?? 0;

export function hasPassed({ analysis }: ServiceRollout): boolean {
  return analysis?.verdict?.verdict === 'pass';
}

/** Without a pass, but not blindly: a release that fails at everything has failed the analysis by then. */
export function mayGoUnproven({ analysis }: ServiceRollout): boolean {
  return analysis?.verdict !== undefined && !analysis.verdict.final && analysis.requests.canary >= unprovenFrom;
}

/** The one place that knows what the stored memory is. */
function stateOf({ state }: RolloutAnalysis): AnalysisState {
  return state as AnalysisState;
}

function seenIn(rollout: ServiceRollout, { scope }: Deployment, traffic: TrafficObservation): RolloutAnalysis['seen'] {
  const { service, to, from } = rollout;
  const old = baselineOf(rollout) ?? from?.release;
  const key = serviceKey(scope, service);
  const processes: readonly ProcessTraffic[] = traffic.processes ?? [{ epoch: traffic.epoch, releases: traffic.releases }];
  return Object.fromEntries(
    processes.map(({ epoch, releases }) => [
      epoch,
      { baseline: countsOf(releases, key, old), canary: countsOf(releases, key, to?.release) },
    ]),
  );
}

function countsOf(releases: readonly ReleaseTraffic[], service: string, release: string | undefined): ReleaseCounts {
  const found = releases.find((one) => one.service === service && one.release === release);
  return found ? { requests: found.requests, failures: found.failures, latency: found.latency } : noCounts;
}

/** Counters of a process that was not seen before begin now: what it counted earlier is of another time. */
function sinceLast(before: RolloutAnalysis['seen'], after: RolloutAnalysis['seen']): SidesSeen {
  let sum: SidesSeen = { baseline: noCounts, canary: noCounts };
  for (const [epoch, now] of Object.entries(after)) {
    const then = before[epoch];
    if (!then) continue;
    sum = { baseline: plus(sum.baseline, minus(now.baseline, then.baseline)), canary: plus(sum.canary, minus(now.canary, then.canary)) };
  }
  return sum;
}
