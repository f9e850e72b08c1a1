// What a scale trial claims: efficiency, the curve of the Universal Scalability Law, evenness, times, and what a thousand requests cost.
import { Random } from '../../../base/random.ts';
import type { Figures, Unmeasured } from '../../../model/proving/figure.ts';
import type { PhaseExhibit } from '../../../model/proving/load.ts';
import type { ScaleRun, ScaleStep, Timed } from '../../../model/proving/scale.ts';
import { mean, ratioOf } from '../statistics/bootstrap.ts';
import { evennessInterval, evennessOf } from '../statistics/evenness.ts';
import { confidence } from '../statistics/interval.ts';
import type { Measured } from '../statistics/usl.ts';
import { fitUsl, uslIntervals } from '../statistics/usl.ts';
import type { Exhibits } from './exhibits.ts';
import { phasesIn } from './exhibits.ts';
import { figuresOfPhases } from './load.ts';
import type { Made } from './make.ts';
import { exact, figure, sorted } from './make.ts';
import { scaleRunIn } from './scale-run.ts';

const record = 'scale.json';

const ids = [
  'efficiency',
  'usl.lambda',
  'usl.alpha',
  'usl.beta',
  'distribution',
  'scale_up',
  'scale_down',
  'autoscale_up',
  'autoscale_down',
  'discovery',
];

interface Round extends ScaleStep {
  readonly phase: PhaseExhibit;
}

export function scaleFigures(exhibits: Exhibits): Figures {
  const run = scaleRunIn(exhibits);
  if (run === undefined) {
    return { figures: [], unmeasured: ids.map((id): Unmeasured => ({ id: `scalability.${id}`, because: 'no scale trial was run' })) };
  }
  const named = new Map(phasesIn(exhibits));
  const steps = run.steps.flatMap((step): readonly Round[] => {
    const phase = named.get(step.exhibit);
    return phase === undefined ? [] : [{ ...step, phase }];
  });
  const rounds = steps.filter((one) => one.kind === 'round' && one.stopped === undefined && one.phase.generator.kept);
  const lost = steps.find((one) => one.kind === 'round' && !rounds.includes(one));
  return sorted([
    efficiency(run, rounds, lost),
    ...usl(run, rounds, lost),
    distribution(run, steps),
    ...(['scale_up', 'scale_down', 'autoscale_up', 'autoscale_down', 'discovery'] as const).map((what) => timed(run.timed, what)),
    users(steps),
    ...costs(rounds),
  ]);
}

/** Throughput at the most replicas over as many times that of the fewest, each round counted by its seconds. */
function efficiency(run: ScaleRun, rounds: readonly Round[], lost: Round | undefined): Made {
  const id = 'scalability.efficiency';
  const sizes = [...new Set(rounds.map((one) => one.replicas))].sort((a, b) => a - b);
  const [few, many] = [sizes[0], sizes.at(-1)];
  if (few === undefined || many === undefined || few === many) return { id, because: whyTooFew(run, lost) };
  const at = (size: number) => rounds.filter((one) => one.replicas === size);
  const [above, below] = [at(many), at(few)].map((some) => some.flatMap(({ phase }) => perSecond(phase)));
  if (above === undefined || below === undefined || mean(below) === 0)
    return { id, because: 'nothing was answered by the fewest replicas' };
  const ideal = many / few;
  const { lower, upper } = ratioOf(above, below, confidence, new Random(run.seed));
  return figure({
    id,
    // Caches and luck may carry it beyond one: no share.
    unit: 'ratio',
    n: above.length + below.length,
    estimate: mean(above) / mean(below) / ideal,
    lower: lower / ideal,
    upper: upper / ideal,
    confidence,
    method: 'bootstrap',
    evidence: [record, ...at(few), ...at(many)].map((one) => (typeof one === 'string' ? one : one.exhibit)),
  });
}

function usl(run: ScaleRun, rounds: readonly Round[], lost: Round | undefined): readonly Made[] {
  const points = rounds.map(({ replicas, phase }): Measured => [replicas, (phase.succeeded * 1000) / phase.lasted]);
  const fit = fitUsl(points);
  const intervals = fit && uslIntervals(points, fit, confidence, new Random(run.seed));
  const names = ['lambda', 'alpha', 'beta'] as const;
  const because = fit === undefined ? whyTooFew(run, lost) : `${points.length} rounds are too few for an interval: at least 5 are needed`;
  if (fit === undefined || intervals === undefined) return names.map((name) => ({ id: `scalability.usl.${name}`, because }));
  const evidence = [record, ...rounds.map((one) => one.exhibit)];
  return [
    ...names.map((name) =>
      figure({
        id: `scalability.usl.${name}`,
        unit: name === 'lambda' ? '1/s' : 'share',
        n: points.length,
        estimate: fit[name],
        lower: Math.min(fit[name], intervals[name].lower),
        upper: Math.max(fit[name], intervals[name].upper),
        confidence,
        method: 'least-squares',
        evidence,
      }),
    ),
    exact('scalability.usl.r2', 'share', Number.isNaN(fit.r2) ? 0 : fit.r2, points.length, evidence),
  ];
}

/**
 * How evenly requests fell to the instances of the largest size, below what they can carry: of users who never pause, whoever answers sooner is
 * asked more often, so that their shares say how quick instances are, not how they were chosen.
 */
function distribution(run: ScaleRun, steps: readonly Round[]): Made {
  const id = 'scalability.distribution';
  const last = steps.findLast((one) => one.kind === 'even' && one.replicas > 1 && one.instances.length > 0);
  if (last === undefined) return { id, because: run.stopped ?? 'no step with more than one replica was below what they can carry' };
  const { kept, because: why } = last.phase.generator;
  if (last.stopped !== undefined || !kept) return { id, because: last.stopped ?? why ?? 'the generator did not keep its schedule' };
  const counts = Object.fromEntries(
    last.instances.map((instance) => {
      const seen = last.phase.byInstance[instance];
      return [instance, seen === undefined ? 0 : seen.succeeded + seen.failed];
    }),
  );
  const { accuracy, byLot, of } = evennessOf(counts);
  if (of === 0) return { id, because: 'answers did not say which instance they came from' };
  const { lower, upper } = evennessInterval(counts, confidence, new Random(run.seed));
  if (1 - byLot > 0.025) return { id, because: `${of} requests are too few: pure chance would reach ${(byLot * 100).toFixed(1)} %` };
  return figure({
    id,
    unit: 'share',
    n: of,
    estimate: accuracy,
    lower,
    upper,
    confidence,
    method: 'bootstrap',
    evidence: [record, last.exhibit],
  });
}

function timed(all: readonly Timed[], what: Timed['what']): Made {
  const id = `scalability.${what}`;
  const found = all.filter((one) => one.what === what);
  if (found.length === 0)
    return { id, because: what.startsWith('auto') ? 'the service has no "scale" in its manifest' : 'no size was changed that way' };
  const late = found.find((one) => one.took === undefined);
  if (late) return { id, because: `it did not happen within ${(late.watched / 1000).toFixed(0)} s` };
  const took = found.flatMap((one) => one.took ?? []);
  // The largest of a few is what may be counted on.
  return exact(id, 's', Math.max(...took) / 1000, took.length, [record]);
}

function users(steps: readonly Round[]): Made {
  const phases = steps.filter((one) => one.kind === 'users').map((one) => [one.exhibit, one.phase] as const);
  const { figures, unmeasured } = figuresOfPhases(phases);
  const found = [...figures, ...unmeasured].find((one) => one.id === 'performance.users');
  return found ?? { id: 'performance.users', because: 'no closed loop was run' };
}

/** Processor seconds and memory for a thousand requests, at the fewest replicas: where they serve most each. */
function costs(rounds: readonly Round[]): readonly Made[] {
  const least = Math.min(...rounds.map((one) => one.replicas));
  const told = rounds.filter((one) => one.replicas === least && one.cpu !== undefined && one.phase.succeeded > 0);
  if (told.length === 0) return ['cpu', 'memory'].map((name) => ({ id: `scalability.${name}`, because: 'the runtime does not tell it' }));
  const served = told.reduce((sum, { phase }) => sum + phase.succeeded, 0);
  const spent = told.reduce((sum, { cpu = 0 }) => sum + cpu, 0);
  const memory = Math.max(...told.map((one) => one.memory ?? 0));
  const evidence = [record, ...told.map((one) => one.exhibit)];
  return [
    exact('scalability.cpu', 's/1000', (spent / served) * 1000, served, evidence),
    memory === 0
      ? { id: 'scalability.memory', because: 'the runtime does not tell it' }
      : exact('scalability.memory', 'bytes', memory / least, told.length, evidence),
  ];
}

function perSecond({ windows, windowWidth }: PhaseExhibit): readonly number[] {
  const each = Math.round(1000 / windowWidth);
  return Array.from({ length: Math.floor(windows.length / each) }, (_, index) =>
    windows.slice(index * each, (index + 1) * each).reduce((sum, one) => sum + one.succeeded, 0),
  );
}

function whyTooFew({ stopped }: ScaleRun, lost: Round | undefined): string {
  return stopped ?? lost?.stopped ?? lost?.phase.generator.because ?? 'two sizes at least are needed, and three for the curve';
}
