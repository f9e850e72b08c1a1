// What a trial under load claims: latency, throughput, errors, availability, and users at once.
import type { Figures, Unmeasured } from '../../../model/proving/figure.ts';
import type { PhaseExhibit } from '../../../model/proving/load.ts';
import { countOf } from '../buckets.ts';
import { shareConfidence } from '../statistics/interval.ts';
import { clopperPearson } from '../statistics/share.ts';
import { failuresOf } from '../stress/judge.ts';
import type { Exhibits } from './exhibits.ts';
import { phasesIn } from './exhibits.ts';
import type { Made, Named } from './make.ts';
import { errorShare, exact, goodShare, latency, sorted, throughput } from './make.ts';

const open = ['latency.p50', 'latency.p95', 'latency.p99', 'throughput', 'errors', 'availability', 'availability.windows', 'episodes'];

/** Users count where fewer requests than this fail, with 95 % confidence. */
const usersMayFail = 0.01;
/** Little's law: N = X (R + Z). Further off than this share, something did not count right. */
const littleMayMiss = 0.05;

/** Phases of one trial are one sample: what the whole of it offered, it is judged by. A phase that was not kept spoils what it was for. */
export function loadFigures(exhibits: Exhibits): Figures {
  return figuresOfPhases(phasesIn(exhibits));
}

export function figuresOfPhases(phases: readonly Named[]): Figures {
  const [closed, scheduled] = [phases.filter(isClosed), phases.filter((one) => !isClosed(one))];
  return sorted([...openFigures(scheduled), usersFigure(closed)]);
}

function openFigures(phases: readonly Named[]): readonly Made[] {
  const spoilt = phases.find(([, phase]) => !phase.generator.kept);
  const because = phases.length === 0 ? 'no load was offered' : spoilt && `${spoilt[1].name}: ${spoilt[1].generator.because}`;
  if (because !== undefined) return open.map((name): Unmeasured => ({ id: `performance.${name}`, because }));
  const id = (name: string) => `performance.${name}`;
  const evidence = phases.map(([name]) => name);
  const windows = phases.flatMap(([, phase]) => phase.windows.filter((one) => one.intended > 0));
  const bad = windows.map((one) => one.failed > 0);
  return [
    latency(id('latency.p50'), 0.5, phases),
    latency(id('latency.p95'), 0.95, phases),
    latency(id('latency.p99'), 0.99, phases),
    throughput(id('throughput'), phases),
    errorShare(id('errors'), phases),
    goodShare(id('availability'), phases),
    // Time instead of requests: the share of windows in which nothing failed, and how often a series of others began.
    windows.length === 0
      ? { id: id('availability.windows'), because: 'no window had a request' }
      : exact(id('availability.windows'), 'share', 1 - bad.filter(Boolean).length / windows.length, windows.length, evidence),
    exact(id('episodes'), 'count', bad.filter((one, index) => one && bad[index - 1] !== true).length, windows.length, evidence),
  ];
}

/** The most users at once who were served, errors within bounds, in a phase whose counts agree with each other. */
function usersFigure(phases: readonly Named[]): Made {
  const id = 'performance.users';
  if (phases.length === 0) return { id, because: 'no closed loop was run' };
  const served = phases.flatMap(([name, phase]) => (whyNotServed(phase) === undefined ? [{ name, phase }] : []));
  const best = served.toSorted((a, b) => usersOf(b.phase) - usersOf(a.phase))[0];
  if (best !== undefined) return exact(id, 'count', usersOf(best.phase), best.phase.sent, [best.name]);
  return { id, because: phases.map(([, phase]) => `${usersOf(phase)} users: ${whyNotServed(phase)}`).join('; ') };
}

function whyNotServed(phase: PhaseExhibit): string | undefined {
  const { generator, arrivals, succeeded, sent, lasted, latency: seen } = phase;
  if (arrivals.kind !== 'users') return 'it was no closed loop';
  if (!generator.kept) return generator.because;
  const bad = failuresOf(phase);
  if (clopperPearson(bad, sent, shareConfidence).upper > usersMayFail) return `${bad} of ${sent} requests failed`;
  const answers = countOf(seen);
  const response = answers === 0 ? 0 : seen.sum / answers / 1000;
  const inside = (succeeded / lasted) * (response + arrivals.think);
  // Users who came late or are still thinking at the end make the count smaller by as much as they thought.
  const slack = littleMayMiss + (response + arrivals.think) / lasted;
  return Math.abs(inside - arrivals.users) > slack * arrivals.users
    ? `requests and times account for ${inside.toFixed(0)} users (Little's law)`
    : undefined;
}

const isClosed = ([, { arrivals }]: Named) => arrivals.kind === 'users';
const usersOf = ({ arrivals }: PhaseExhibit) => (arrivals.kind === 'users' ? arrivals.users : 0);
