// A whole stress trial, recorded from a system whose limits are known: what its figures say, and what they refuse to say.
import { describe, expect, it } from 'vitest';
import { experimentExhibit, phaseExhibit } from '../../../../test/kit/phases.ts';
import type { ChaosExhibit } from '../../../model/proving/experiment.ts';
import type { PhaseExhibit } from '../../../model/proving/load.ts';
import type { StressRun, StressStep } from '../../../model/proving/stress.ts';
import { beginBreaking, breakingSettings, rateOf, stepBreaking } from '../stress/breaking.ts';
import { judgementOf, outcomeOf, phaseResults } from '../stress/course.ts';
import { askKnee, beginKnee, kneeSettings, stepKnee } from '../stress/knee.ts';
import { nominalFigures, stressFigures } from './stress.ts';

const slo = { p99: 100, errors: 0.01 };

interface System {
  readonly knee: number;
  readonly breaks: number;
  readonly returns: number;
  readonly grows?: number;
  /** Seconds of each steady phase. */
  readonly steady?: number;
  readonly experiments?: readonly ChaosExhibit[];
}

/** Answers in 20 ms up to its knee, slowly above, and half of the requests beyond where it breaks. */
function lived({ knee, breaks, returns, grows = 0, steady = 12, experiments }: System): Readonly<Record<string, unknown>> {
  const exhibits: Record<string, unknown> = {};
  const steps: StressStep[] = [];
  let startedAt = 1_000_000;
  const run = (step: Omit<StressStep, 'exhibit'>, name: string, rate: number, seconds: number): PhaseExhibit => {
    const took = (n: number) => (rate > breaks ? (n % 2 === 0 ? undefined : 3_000) : rate > knee ? 300 : 20);
    const made = phaseExhibit({ name, rate, seconds, milliseconds: took, startedAt });
    startedAt += seconds * 1000;
    const exhibit = `phases/${name}.json`;
    exhibits[exhibit] = made;
    steps.push({ ...step, exhibit });
    return made;
  };
  let search = beginKnee({ ...kneeSettings, start: 100 });
  for (;;) {
    const ask = askKnee(search);
    if (ask.kind !== 'try' && ask.kind !== 'confirm') break;
    const made = run({ kind: 'knee' }, `knee-${steps.length}`, ask.rate, Math.ceil(400 / ask.rate) + 1);
    search = stepKnee(search, judgementOf({ kind: 'knee', exhibit: made.name }, made, slo));
  }
  for (const [name, rate] of [
    ['idle', 5],
    ['light', knee / 4],
    ['moderate', knee / 2],
    ['heavy', knee * 0.75],
    ['extreme', knee * 0.92],
  ] as const)
    run({ kind: 'phase', phase: name }, name, Math.round(rate), steady);
  let stair = beginBreaking({ ...breakingSettings, knee });
  while (!stair.end) stair = stepBreaking(stair, outcomeOf({}, run({ kind: 'breaking' }, `breaking-${steps.length}`, rateOf(stair), 4)));
  const drop = run({ kind: 'drop' }, 'drop', Math.round(knee / 2), 20);
  exhibits['phases/drop.json'] = { ...drop, windows: drop.windows.map((one) => (one.at < 4_000 + returns ? { ...one, p99: 4_000 } : one)) };
  const memory = [
    { instance: 'api-1', samples: Array.from({ length: 2_400 }, (_, n) => [1_000_000 + n * 250, 1e8 * (1 + (grows * n) / 240)] as const) },
  ];
  const record: StressRun = {
    format: 'stress-run/1',
    profile: 'quick',
    seed: 1,
    slo,
    availability: 0.999,
    search: { ...kneeSettings, start: 100 },
    stair: breakingSettings,
    steps,
    droppedAt: 4_000,
    memory,
    ...(experiments && { experiments: experiments.map((_, index) => `experiments/${index}.json`) }),
  };
  for (const [index, one] of (experiments ?? []).entries()) exhibits[`experiments/${index}.json`] = one;
  return { 'stress.json': record, ...exhibits };
}

const sound = { knee: 200, breaks: 300, returns: 2_000, experiments: [experimentExhibit('crash', 1_200)] };

const read = (exhibits: Readonly<Record<string, unknown>>) => {
  const { figures, unmeasured } = stressFigures(exhibits);
  return (name: string) => [...figures, ...unmeasured].find((one) => one.id === `stress.${name}`);
};

describe('figures of stress', () => {
  it('say what the system was made to do', () => {
    const of = read(JSON.parse(JSON.stringify(lived(sound))) as Record<string, unknown>);
    expect(of('knee')).toMatchObject({ unit: '1/s', method: 'bracket' });
    const knee = of('knee') as { lower: number; upper: number };
    expect(knee.lower).toBeLessThanOrEqual(200);
    expect(knee.upper).toBeGreaterThan(200);
    expect(knee.upper / knee.lower).toBeLessThan(1.06);
    const breaking = of('breaking') as { lower: number; upper: number };
    expect(breaking.lower).toBeLessThanOrEqual(300);
    expect(breaking.upper).toBeGreaterThan(300);
    expect(of('phases')).toMatchObject({ estimate: 7, n: 7 });
    expect(of('returned')).toMatchObject({ estimate: 1 });
    expect(of('returns')).toMatchObject({ estimate: 2_000, unit: 'ms' });
    expect(of('heavy.p99')).toMatchObject({ estimate: 20 });
    expect(of('memory.growth')).toHaveProperty('because', expect.stringContaining('too short to tell a leak from a warm-up'));
  });

  it('see memory that stays, and of a short look only what no warm-up explains', () => {
    expect(read(lived({ ...sound, steady: 45 }))('memory.growth')).toMatchObject({ estimate: 0, method: 'theil-sen' });
    const growth = read(lived({ ...sound, steady: 45, grows: 0.1 }))('memory.growth') as { lower: number; upper: number };
    expect(growth.lower).toBeGreaterThan(0.03);
    expect(growth.upper).toBeLessThan(0.12);
    expect(read(lived({ ...sound, grows: 0.1 }))('memory.growth')).toHaveProperty('because');
    expect(read(lived({ ...sound, grows: 20 }))('memory.growth')).toHaveProperty(
      'lower',
      expect.toSatisfy((one: number) => one > 0.5),
    );
  });

  it('tell an application that does not come back from one that does', () => {
    const exhibits = lived({ ...sound, returns: 60_000 });
    const of = read(exhibits);
    expect(of('returned')).toMatchObject({ estimate: 0 });
    expect(of('returns')).toEqual({ id: 'stress.returns', because: 'it was not back within 16 s' });
    expect(of('phases')).toMatchObject({ estimate: 6 });
  });

  it('count no phase of faults that were not seen to act, did not end, or were not injected', () => {
    const { experiments: _, ...without } = sound;
    for (const experiments of [
      [],
      [experimentExhibit('crash', 0, false)],
      [experimentExhibit('crash', 100), experimentExhibit('partition', undefined)],
      [experimentExhibit('crash', 100), { ...experimentExhibit('latency', 100), injections: [] }],
    ])
      expect(read(lived({ ...sound, experiments }))('phases')).toMatchObject({ estimate: 6 });
    expect(read(lived(without))('phases')).toMatchObject({ estimate: 6 });
  });

  it('refuse what was not measured', () => {
    expect(read({})('knee')).toEqual({ id: 'stress.knee', because: 'no stress trial was run' });
    const exhibits = lived(sound);
    const late = { ...(exhibits['phases/heavy.json'] as PhaseExhibit) };
    const of = read({
      ...exhibits,
      'phases/heavy.json': { ...late, generator: { ...late.generator, kept: false, because: 'it was late' } },
    });
    expect(of('heavy.p99')).toEqual({ id: 'stress.heavy.p99', because: 'it was late' });
    expect(of('phases')).toMatchObject({ estimate: 6 });
    const run = exhibits['stress.json'] as StressRun;
    const broken = {
      ...run,
      steps: run.steps.filter((one) => one.kind !== 'breaking' && one.kind !== 'drop'),
      stopped: 'the disk was full',
    };
    const short = read({ ...exhibits, 'stress.json': broken });
    expect(short('breaking')).toEqual({ id: 'stress.breaking', because: 'the disk was full' });
    expect(short('returned')).toEqual({ id: 'stress.returned', because: 'the disk was full' });
  });

  it('change when an exhibit is taken away, and name the phase', () => {
    const { 'phases/heavy.json': _, ...rest } = lived(sound);
    const run = rest['stress.json'] as StressRun;
    const results = phaseResults(
      run,
      (name) => rest[name] as PhaseExhibit | undefined,
      (name) => rest[name] as ChaosExhibit | undefined,
    );
    expect(results.filter((one) => !one.held).map((one) => one.name)).toEqual(['heavy']);
  });

  it('give performance at the nominal load', () => {
    const found = nominalFigures(lived(sound)).figures.find((one) => one.id === 'performance.throughput');
    expect(found).toMatchObject({ estimate: 100, evidence: ['phases/moderate.json'] });
  });
});
