// What one experiment proved: its verdict, and why.
import type { Duration } from '../../base/units.ts';
import type { ChaosExhibit, Experiment } from '../../model/proving/experiment.ts';
import type { TrialVerdict } from '../../model/proving/trial.ts';
import { judgeLedger } from './ledger.ts';
import { judgeHistory } from './linearizable.ts';
import type { JudgedWindow, Recovery } from './recovery.ts';
import { badEpisodes, judgeWindows, recoveryOf } from './recovery.ts';

export interface ChaosJudgement {
  readonly verdict: TrialVerdict;
  /** Sentences; empty when passed. */
  readonly because: readonly string[];
  readonly recovery: Recovery;
  /** How long it took, from where the experiment counts; absent: that is not known. Of a censored one the least. */
  readonly took?: Duration;
  /** Times that something was bad although nothing was done: of a null run, and before the faults. */
  readonly alarms: number;
}

/** The first of what went wrong with the trial itself decides; then what went wrong with the application. */
export function judgeExperiment(exhibit: ChaosExhibit): ChaosJudgement {
  const { experiment, load, injections } = exhibit;
  const windows = judgeWindows(load.windows, load.windowWidth, experiment.steady);
  const since = (epoch: number) => epoch - load.startedAt;
  const begins = injections.map(({ injection }) => since(injection.injectedAt));
  const ends = injections.flatMap(({ injection }) => injection.removalVerifiedAt ?? []).map(since);
  const injected = begins.length > 0 ? begins.reduce((a, b) => (a < b ? a : b)) : load.lasted;
  const removed = ends.length === injections.length && ends.length > 0 ? ends.reduce((a, b) => (a > b ? a : b)) : undefined;
  const alarms = badEpisodes(windows, warmUp(experiment), injected);
  const recovery = recoveryOf(windows, { injected, ...(removed !== undefined && { removed }), end: load.lasted }, experiment.recovery.good);
  const took = tookOf(recovery, experiment);
  const told = { recovery, ...(took !== undefined && { took }), alarms };
  const errored = whatErred(exhibit, windows, injected, alarms);
  if (exhibit.ended === 'interrupted') return { verdict: 'interrupted', because: ['it was interrupted'], ...told };
  if (errored.length > 0) return { verdict: 'errored', because: errored, ...told };
  if (!load.generator.kept) {
    const because = [`the generator did not keep its schedule: ${load.generator.because ?? 'nobody knows why'}`];
    return { verdict: 'inconclusive', because, ...told };
  }
  const failed = whatFailed(exhibit, windows, told);
  return { verdict: failed.length > 0 ? 'failed' : 'passed', because: failed, ...told };
}

function whatErred(
  { experiment, injections, ended, because = 'nobody knows why' }: ChaosExhibit,
  windows: readonly JudgedWindow[],
  injected: number,
  alarms: number,
): readonly string[] {
  const planned = experiment.faults.length;
  const unseen = injections.filter(({ injection }) => injection.verifiedAt === undefined);
  const left = injections.filter(({ injection }) => injection.removalVerifiedAt === undefined);
  const before = windows.filter(({ at, lasts }) => at >= warmUp(experiment) && at + lasts <= injected);
  return [
    ...(ended === 'errored' ? [because] : []),
    ...(planned > 0 && injections.length === 0 && ended === 'whole' ? ['no fault was injected'] : []),
    ...unseen.map(({ injection: { kind, verification } }) => `${kind} was never seen to act (${verification}): nothing may be concluded`),
    ...left.map(({ injection: { kind } }) => `${kind} was not seen to be over after it was taken back`),
    ...(planned > 0 && before.length === 0 ? ['there is no window of the load before the faults: nobody knows what was steady'] : []),
    ...(planned > 0 && alarms > 0 ? [`the steady state did not hold before the faults (${alarms} times)`] : []),
  ];
}

function whatFailed(
  { experiment, ledger, load, injections, ended, because }: ChaosExhibit,
  windows: readonly JudgedWindow[],
  told: Omit<ChaosJudgement, 'verdict' | 'because'>,
): readonly string[] {
  const { alarms } = told;
  const [first] = injections;
  return [
    ...(ended === 'aborted' ? [because ?? 'it was broken off'] : []),
    ...(first === undefined && alarms > 0 ? [`something was bad ${alarms} times although nothing was done`] : []),
    ...(first === undefined ? [] : slowness(told, experiment)),
    ...tooManyErrors(experiment, windows, injections, load.startedAt),
    ...integrityOf(ledger),
  ];
}

/** Nobody judges the first requests: programs warm up, and so does the generator. */
function warmUp({ before }: Experiment): Duration {
  return before / 2;
}

function tookOf(recovery: Recovery, { recovery: { from } }: Experiment): Duration | undefined {
  if (recovery.kind === 'masked') return 0;
  if (recovery.kind === 'unmeasured') return undefined;
  return from === 'removal' ? recovery.afterRemoval : recovery.fromOnset;
}

function slowness(
  { recovery, took }: Omit<ChaosJudgement, 'verdict' | 'because'>,
  { recovery: { within, from } }: Experiment,
): readonly string[] {
  if (recovery.kind === 'unmeasured') return [recovery.because];
  const since = from === 'removal' ? 'after the faults were gone' : 'after the first bad window';
  if (took === undefined) return [`nobody knows how long it took ${since}`];
  if (recovery.kind === 'censored') return [`it was not good again when the watch ended, ${took} ms ${since}`];
  return took > within ? [`it was good again ${took} ms ${since}, and ${within} ms were promised`] : [];
}

function tooManyErrors(
  { during }: ChaosExhibit['experiment'],
  windows: readonly JudgedWindow[],
  injections: ChaosExhibit['injections'],
  startedAt: number,
): readonly string[] {
  if (during === undefined) return [];
  const acted = windows.filter(({ at, lasts }) =>
    injections.some(({ injection }) => {
      const [from, to] = [injection.injectedAt - startedAt, (injection.undoneAt ?? injection.injectedAt) - startedAt];
      return at < to && at + lasts > from;
    }),
  );
  const [requests, failed] = [sum(acted, (one) => one.requests), sum(acted, (one) => one.failed)];
  if (requests === 0 || failed <= during.errors * requests) return [];
  return [`${failed} of ${requests} requests failed while the faults acted, and ${during.errors * 100} % were allowed`];
}

function integrityOf(ledger: ChaosExhibit['ledger']): readonly string[] {
  if (ledger === undefined) return [];
  if (ledger.found === undefined) return [`what was written could not be read at the end: ${ledger.because ?? 'no answer'}`];
  const judged = judgeLedger(ledger.writes, ledger.found);
  const words = ['lost', 'duplicated', 'corrupt', 'phantom', 'reordered'] as const;
  const { word: found, ...where } = judgeHistory(ledger.register);
  const order = found === 'yes' ? [] : [`${'key' in where ? where.key : ''}: ${orderWords[found]}`];
  const wrong = words.flatMap((word) =>
    judged[word].length === 0
      ? []
      : [`${judged[word].length} of ${judged.acknowledged} acknowledged writes: ${word} (${judged[word][0]} …)`],
  );
  return [...wrong, ...order];
}

const orderWords = {
  no: 'what it answered cannot have happened in any order',
  unknown: 'whether what it answered can have happened in any order is not known: the search took too long',
} as const;

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0);
}
