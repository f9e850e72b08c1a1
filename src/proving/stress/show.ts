// What a stress trial looks like to people: a line while it goes on, a row for each phase, and what was found in words.
import { quantileOf } from '../../decide/prove/buckets.ts';
import type { PhaseLookup } from '../../decide/prove/stress/course.ts';
import { breakingOf, returnOf, stepOf } from '../../decide/prove/stress/course.ts';
import { failuresOf } from '../../decide/prove/stress/judge.ts';
import type { LoadPhase } from '../../model/proving/load.ts';
import type { LoadGlance } from '../load/engine.ts';
import type { StressOutcome } from './stress.ts';

export function glanceText(name: string, { lasts }: Pick<LoadPhase, 'lasts'>, glance: LoadGlance): string {
  const { at, offered, failed, inFlight, p50, p99 } = glance;
  const times = p50 === undefined || p99 === undefined ? '' : `, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  return `${name}  ${Math.round(Math.min(at, lasts) / 1000)}/${Math.round(lasts / 1000)} s  ${offered} sent, ${failed} failed, ${inFlight} under way${times}`;
}

export const rowsHead = ['PHASE', 'REQUESTS', 'A SECOND', 'P50', 'P99', 'FAILED', 'HELD'];

export function rowsOf({ run, results }: StressOutcome, phases: PhaseLookup): readonly (readonly string[])[] {
  return results.map(({ name, held, measured, because }) => {
    const word = held ? 'yes' : measured ? `no: ${because}` : `not measured: ${because}`;
    const step = name === 'breaking' ? run.steps.find((one) => one.kind === 'drop') : stepOf(run, name);
    const phase = step && phases(step.exhibit);
    if (phase === undefined) return [name, '', '', '', '', '', word];
    const at = (p: number) => `${(quantileOf(phase.latency, p) / 1000).toFixed(1)} ms`;
    const rate = ((phase.succeeded * 1000) / Math.max(1, phase.lasted)).toFixed(0);
    const times = phase.succeeded === 0 ? ['', ''] : [at(0.5), at(0.99)];
    return [name, String(phase.sent), rate, ...times, String(failuresOf(phase)), word];
  });
}

export function foundText({ run, found }: StressOutcome, phases: PhaseLookup): readonly string[] {
  const end = breakingOf(run, phases);
  const back = returnOf(run, phases);
  return [
    found.kind === 'found'
      ? `The highest rate that holds lies between ${found.knee} and ${found.failed} requests a second.`
      : found.kind === 'above'
        ? `The highest rate that holds lies above ${found.atLeast} requests a second: ${found.because}.`
        : 'The highest rate that holds was not found.',
    ...(end === undefined
      ? []
      : [end.kind === 'found' ? `It broke at ${end.broke} requests a second: ${end.because}.` : `It did not break: ${end.because}.`]),
    ...(back === undefined
      ? []
      : [
          back.after === undefined
            ? `It was not back within ${back.watched / 1000} s after the overload.`
            : `It was back ${back.after / 1000} s after the overload.`,
        ]),
    ...(run.stopped === undefined ? [] : [`Stopped early: ${run.stopped}.`]),
  ];
}
