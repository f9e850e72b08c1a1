// A trial by load for people: what is being done, how it goes, and what came of it.
import { formatDuration } from '../../base/units.ts';
import { quantileOf } from '../../decide/prove/buckets.ts';
import type { Judged } from '../../decide/prove/thresholds.ts';
import type { Arrivals, LoadPhase, PhaseExhibit } from '../../model/proving/load.ts';
import type { LoadGlance } from './engine.ts';

export function arrivalsText(arrivals: Arrivals): string {
  switch (arrivals.kind) {
    case 'constant':
      return `${arrivals.rate} requests a second`;
    case 'poisson':
      return `${arrivals.rate} requests a second on average`;
    case 'ramp':
      return `${arrivals.from} to ${arrivals.to} requests a second`;
    case 'spike':
      return `${arrivals.base} requests a second with a spike of ${arrivals.peak}`;
    case 'sine':
      return `${arrivals.base} ± ${arrivals.amplitude} requests a second`;
    case 'replay':
      return `${Math.max(0, ...arrivals.rates)} requests a second at most, as recorded`;
    case 'users':
      return `${arrivals.users} users`;
  }
}

export function phaseText({ name, arrivals, lasts }: LoadPhase): string {
  return `${name}: ${arrivalsText(arrivals)} for ${formatDuration(lasts)}`;
}

export function glanceText({ name, lasts }: LoadPhase, { at, offered, succeeded, failed, inFlight, p50, p99 }: LoadGlance): string {
  const times = p50 === undefined || p99 === undefined ? '' : `, p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`;
  const seconds = `${(Math.min(at, lasts) / 1000).toFixed(0)}/${(lasts / 1000).toFixed(0)} s`;
  return `${name} ${seconds}  ${offered} sent, ${succeeded} succeeded, ${failed} failed, ${inFlight} under way${times}`;
}

export const rowsHead = ['WHAT', 'ASKED', 'SUCCEEDED', 'P50', 'P95', 'P99', 'A SECOND'];

/** The counts, then what of the answers takes how long, by request, release and instance. */
export function rowsOf(phases: readonly PhaseExhibit[]): readonly (readonly string[])[] {
  return phases.flatMap((phase) => {
    const { name, offered, succeeded, latency, lasted, generator } = phase;
    const per = `${(lasted === 0 ? 0 : (succeeded * 1000) / lasted).toFixed(1)}/s`;
    const slices = { request: phase.byRequest, release: phase.byRelease, instance: phase.byInstance };
    const rows = Object.entries(slices).flatMap(([kind, all]) => {
      const entries = Object.entries(all);
      // One of a kind says nothing that the whole does not say.
      if (entries.length < 2) return [];
      return entries.map(([key, one]) => [...row(`  ${kind} ${key}`, one.succeeded + one.failed, one.succeeded, one.latency), '']);
    });
    const late = [0.5, 0.95, 0.99].map((p) => milliseconds(quantileOf(generator.lag, p) / 1000));
    return [[...row(name, offered, succeeded, latency), per], ...rows, ['  generator late by', '', '', ...late, '']];
  });
}

function row(what: string, asked: number, succeeded: number, latency: PhaseExhibit['latency']): readonly string[] {
  return [what, String(asked), String(succeeded), ...[0.5, 0.95, 0.99].map((p) => milliseconds(quantileOf(latency, p) / 1000))];
}

function milliseconds(value: number): string {
  return Number.isNaN(value) ? '–' : `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

const kindsShown = 10;

/** What a reader must know of it: what failed, what became of each threshold, and whether any of it counts. */
export function notesOf(phases: readonly PhaseExhibit[], judged: readonly Judged[]): readonly string[] {
  return [
    ...phases.flatMap(({ name, failures, unanswered, generator }) => [
      ...Object.entries(failures)
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, kindsShown)
        .map(([kind, count]) => `${name}: ${count} failed: ${kind}`),
      ...(unanswered > 0 ? [`${name}: ${unanswered} were under way when it was ended`] : []),
      ...(generator.because === undefined ? [] : [`${name}: not measured: ${generator.because}`]),
    ]),
    ...judged.map(({ threshold, word, seen }) => `${threshold.text}: ${word} (${seen})`),
  ];
}
