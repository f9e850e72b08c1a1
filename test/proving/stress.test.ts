// Whole stress trials against a queue whose limits are known: what is found, what is claimed, and what ends them early.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { stressFigures } from '../../src/decide/prove/figures/stress.ts';
import type { StopLimits } from '../../src/decide/prove/stress/stop.ts';
import type { Exhibit } from '../../src/model/proving/trial.ts';
import { writeExhibit } from '../../src/proving/evidence.ts';
import type { ChaosOrder, ChaosRunner } from '../../src/proving/stress/chaos.ts';
import { foundText, rowsOf } from '../../src/proving/stress/show.ts';
import { Steps } from '../../src/proving/stress/steps.ts';
import { stress } from '../../src/proving/stress/stress.ts';
import { Watchman } from '../../src/proving/stress/watchman.ts';
import { experimentExhibit } from '../kit/phases.ts';
import type { QueueOptions } from './queue.ts';
import { queueEngine } from './queue.ts';

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'stress-'))));
afterAll(() => rm(root, { recursive: true }));

const atOnce: Clock = { now: () => 5_000, sleep: async () => undefined };
/** Looks only when it is asked to. */
const never: Clock = {
  now: () => 5_000,
  sleep: (_, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('over')), { once: true })),
};
const generous: StopLimits = { memory: 0, disk: 0, errors: 1, inFlight: Number.POSITIVE_INFINITY };

interface Options extends Partial<QueueOptions> {
  readonly limits?: StopLimits;
  readonly watch?: Clock;
  readonly chaos?: ChaosRunner;
  readonly ending?: AbortController;
}

let number = 0;

async function tried({ limits = generous, watch = never, chaos, ending = new AbortController(), ...queue }: Options) {
  const directory = join(root, String(++number));
  const usage = async () => ({ one: { cpuSeconds: 1, memory: 1e6 } });
  const watchman = new Watchman({ limits, clock: watch, directory: root, usage });
  const engine = queueEngine({ capacity: 400, timeout: 2_000, ...queue });
  const steps = new Steps({ engine, watchman, clock: atOnce, directory, signal: ending.signal, glance: () => undefined });
  const wish = { profile: 'quick', slo: { p99: 100, errors: 0.01 }, availability: 0.999, most: 20_000, seed: 1 } as const;
  const means = { steps, directory, chaos, signal: ending.signal, progress: () => undefined };
  try {
    const outcome = await stress(wish, means);
    for (const name of outcome.run.experiments ?? []) await writeExhibit(directory, name, steps.experiment(name) ?? {});
    const exhibits = [await writeExhibit(directory, 'stress.json', outcome.run), ...steps.exhibits];
    return {
      ...outcome,
      exhibits,
      figures: stressFigures(await readBack(directory, exhibits)),
      rows: rowsOf(outcome, steps.phase),
      told: foundText(outcome, steps.phase),
    };
  } finally {
    await watchman.end();
  }
}

async function readBack(directory: string, exhibits: readonly Exhibit[]): Promise<Record<string, unknown>> {
  const read = async ({ name }: Exhibit) => [name, JSON.parse(await readFile(join(directory, name), 'utf8'))] as const;
  return Object.fromEntries(await Promise.all(exhibits.map(read)));
}

const figureIn = ({ figures: { figures, unmeasured } }: Awaited<ReturnType<typeof tried>>, name: string) =>
  [...figures, ...unmeasured].find((one) => one.id === `stress.${name}`);

/** As a chaos trial would have seen a crash that was over after so long. */
function faults(recovery: number | undefined, orders: ChaosOrder[] = []): ChaosRunner {
  return {
    run: async (order) => {
      orders.push(order);
      const content = experimentExhibit('crash', recovery);
      return { experiments: [{ content, file: { name: 'experiments/crash.json', digest: 'sha256:0', bytes: 0 } }] };
    },
  };
}

describe('a stress trial', () => {
  it('finds the knee and the breaking point of the queue, holds seven phases, and claims what the evidence says', async () => {
    const orders: ChaosOrder[] = [];
    const trial = await tried({ chaos: faults(800, orders) });
    expect(trial.verdict).toBe('passed');
    const knee = figureIn(trial, 'knee') as { lower: number; upper: number };
    expect(knee.lower).toBeLessThanOrEqual(410);
    expect(knee.upper).toBeGreaterThan(400);
    expect(figureIn(trial, 'breaking')).toMatchObject({ method: 'bracket', lower: expect.closeTo(knee.lower, -1) });
    expect(figureIn(trial, 'phases')).toMatchObject({ estimate: 7 });
    expect(figureIn(trial, 'returned')).toMatchObject({ estimate: 1 });
    expect(orders).toEqual([{ rate: expect.closeTo(knee.lower * 0.6, -1), scale: 0.1 }]);
    expect(trial.rows.map(([name, ...rest]) => [name, rest.at(-1)])).toEqual(
      ['idle', 'light', 'moderate', 'heavy', 'extreme', 'breaking', 'chaos'].map((name) => [name, 'yes']),
    );
  });

  it('is inconclusive without faults, and failed with one that does not end', async () => {
    const without = await tried({});
    expect([without.verdict, figureIn(without, 'phases')]).toMatchObject(['inconclusive', { estimate: 6 }]);
    const lasting = await tried({ chaos: faults(undefined) });
    expect([lasting.verdict, figureIn(lasting, 'phases')]).toMatchObject(['failed', { estimate: 6 }]);
  });

  it('sees an application that does not come back from an overload by itself', async () => {
    const trial = await tried({ collapsesAt: 150, chaos: faults(0) });
    expect(trial.verdict).toBe('failed');
    expect(figureIn(trial, 'returned')).toMatchObject({ estimate: 0 });
    expect(trial.told.join()).toContain('It was not back within');
  });

  it('says that the generator was the limit, and claims no knee', async () => {
    const trial = await tried({ carries: 250, chaos: faults(0) });
    expect(trial.verdict).toBe('inconclusive');
    expect(figureIn(trial, 'knee')).toMatchObject({ because: expect.stringMatching(/^it lies above 2\d\d: .* it was 40 ms late$/) });
    expect(figureIn(trial, 'sustained')).toMatchObject({ unit: '1/s' });
  });

  it('offers a phase once more when the generator stumbled, and counts the second time', async () => {
    let stumbles = 1;
    const trial = await tried({ chaos: faults(0), stumbles: ({ name }) => name === 'heavy' && stumbles-- > 0 });
    expect(trial.verdict).toBe('passed');
    expect(trial.exhibits.map((one) => one.name)).toEqual(expect.arrayContaining(['phases/heavy.json', 'phases/heavy-again.json']));
    expect(figureIn(trial, 'heavy.p99')).toMatchObject({ evidence: ['phases/heavy-again.json'] });
  });

  it('keeps what there is when somebody ends it, and claims nothing of the rest', async () => {
    const ending = new AbortController();
    const began: QueueOptions['began'] = ({ name }) => void (name === 'heavy' && ending.abort());
    const trial = await tried({ ending, began, chaos: faults(0) });
    expect(trial.verdict).toBe('interrupted');
    expect(trial.run.stopped).toBe('it was interrupted');
    expect(trial.exhibits.map((one) => one.name)).toContain('phases/heavy.json');
    expect(figureIn(trial, 'phases')).toMatchObject({ estimate: 3, n: 7 });
    expect(figureIn(trial, 'breaking')).toEqual({ id: 'stress.breaking', because: 'it was interrupted' });
  });

  it('stops for good where the host runs out of memory', async () => {
    // A second between two looks is what the product waits; here a look follows a look.
    const eager: Clock = { now: () => 5_000, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
    const trial = await tried({ limits: { ...generous, memory: 2 ** 60 }, watch: eager, chaos: faults(0) });
    expect(trial.run.stopped).toMatch(/^only .* of memory were left on the host$/);
    expect(trial.verdict).toBe('inconclusive');
    expect(figureIn(trial, 'knee')).toHaveProperty('because', trial.run.stopped);
  });
});
