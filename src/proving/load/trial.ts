// A trial by load: one phase, its exhibit, and its verdict.
import { highestRate } from '../../decide/prove/arrivals.ts';
import { quantileOf } from '../../decide/prove/buckets.ts';
import type { LoadPhase, PhaseExhibit } from '../../model/proving/load.ts';
import type { LoadPlan } from '../../model/proving/scenario.ts';
import type { Exhibit, TrialVerdict } from '../../model/proving/trial.ts';
import { writeExhibit } from '../evidence.ts';
import type { LoadGlance, OpenLoadEngine } from './engine.ts';

export interface LoadTrial {
  readonly phase: PhaseExhibit;
  readonly exhibit: Exhibit;
  readonly verdict: TrialVerdict;
}

export interface LoadTrialCall {
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly glance: (line: string) => void;
}

/** Errors: of the disk; `internal` when a process of the generator dies. */
export async function loadTrial(open: OpenLoadEngine, plan: LoadPlan, phase: LoadPhase, call: LoadTrialCall): Promise<LoadTrial> {
  const engine = open(plan);
  try {
    const found = await engine.run(phase, call.signal, (glance) => call.glance(glanceText(phase, glance)));
    const exhibit = await writeExhibit(call.directory, `phases/${phase.name}.json`, found);
    return { phase: found, exhibit, verdict: call.signal.aborted ? 'interrupted' : found.generator.kept ? 'passed' : 'inconclusive' };
  } finally {
    await engine.close();
  }
}

/** A process carries about three times as much on a core of its own. */
const perWorker = 10_000;
const mostWorkers = 4;

export function workersFor({ arrivals }: LoadPhase): number {
  const rate = arrivals.kind === 'users' ? arrivals.users : highestRate(arrivals);
  return Math.min(mostWorkers, Math.max(1, Math.ceil(rate / perWorker)));
}

function glanceText({ lasts }: LoadPhase, { at, offered, succeeded, failed, inFlight, p50, p99 }: LoadGlance): string {
  const times = p50 === undefined || p99 === undefined ? '' : `, p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`;
  const seconds = `${(Math.min(at, lasts) / 1000).toFixed(0)}/${(lasts / 1000).toFixed(0)} s`;
  return `${seconds}  ${offered} sent, ${succeeded} succeeded, ${failed} failed, ${inFlight} under way${times}`;
}

/** Rows for people: the counts, then what of the answers takes how long, by request, release and instance. */
export function rowsOf(phase: PhaseExhibit): readonly (readonly string[])[] {
  const { offered, succeeded, latency, lasted, generator } = phase;
  const per = (count: number) => `${(lasted === 0 ? 0 : (count * 1000) / lasted).toFixed(1)}/s`;
  const slices = { request: phase.byRequest, release: phase.byRelease, instance: phase.byInstance };
  const rows = Object.entries(slices).flatMap(([kind, all]) => {
    const named = Object.entries(all);
    // One of a kind says nothing that the whole does not say.
    return named.length < 2
      ? []
      : named.map(([name, one]) => row(`${kind} ${name}`, one.succeeded + one.failed, one.succeeded, one.latency));
  });
  return [
    [...row('all', offered, succeeded, latency), per(succeeded)],
    ...rows,
    ['generator late by', '', '', ...[0.5, 0.95, 0.99].map((p) => milliseconds(quantileOf(generator.lag, p) / 1000)), ''],
  ];
}

export const rowsHead = ['WHAT', 'ASKED', 'SUCCEEDED', 'P50', 'P95', 'P99', 'A SECOND'];

function row(what: string, asked: number, succeeded: number, latency: PhaseExhibit['latency']): readonly string[] {
  return [what, String(asked), String(succeeded), ...[0.5, 0.95, 0.99].map((p) => milliseconds(quantileOf(latency, p) / 1000))];
}

function milliseconds(value: number): string {
  return Number.isNaN(value) ? '–' : `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

/** What a reader must know of it: what failed, and whether any of it counts. */
export function notesOf({ failures, generator, unanswered }: PhaseExhibit): readonly string[] {
  const kinds = Object.entries(failures).toSorted(([, a], [, b]) => b - a);
  return [
    ...kinds.slice(0, 10).map(([kind, count]) => `${count} failed: ${kind}`),
    ...(unanswered > 0 ? [`${unanswered} were under way when it was ended`] : []),
    ...(generator.because === undefined ? [] : [`Nothing was measured: ${generator.because}.`]),
  ];
}
