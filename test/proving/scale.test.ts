// Whole scale trials against replicas that are a number: sizes in turn, times, costs, and the size that is put back whatever happens.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { scaleFigures } from '../../src/decide/prove/figures/scale.ts';
import type { PhaseExhibit } from '../../src/model/proving/load.ts';
import type { LoadEngine } from '../../src/proving/load/engine.ts';
import { scaleTrial } from '../../src/proving/scale/scale.ts';
import type { ScaleSite } from '../../src/proving/scale/site.ts';
import { queueEngine } from './queue.ts';

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'scale-'))));
afterAll(() => rm(root, { recursive: true }));

class Replicas implements ScaleSite {
  readonly service = 'api';
  readonly cores = 2;
  readonly follows: boolean;
  readonly asked: number[] = [];
  replicas = 2;
  served = 0;
  restored = 0;
  refuses = Number.POSITIVE_INFINITY;
  /** So many phases more the last one gets nothing. */
  alone = 0;

  constructor(follows = false) {
    this.follows = follows;
  }

  get #ids(): readonly string[] {
    return Array.from({ length: this.replicas }, (_, index) => `api-${index}`);
  }

  async look(usage: boolean) {
    const used = Object.fromEntries(this.#ids.map((id) => [id, { cpuSeconds: this.served / 1_000 / this.replicas, memory: 5e6 }]));
    return { replicas: this.replicas, ready: this.#ids, used: usage ? used : {} };
  }

  async endpoints() {
    return this.#ids;
  }

  async resize(replicas: number) {
    if (replicas > this.refuses) throw new Error('the quota is used up');
    this.asked.push(replicas);
    this.replicas = replicas;
  }

  async restore() {
    this.restored += 1;
    this.replicas = 2;
  }

  async release() {
    this.replicas = 1;
  }

  /** 100 requests a second each; as long as it has a load that it follows it grows. */
  engine(): LoadEngine {
    return {
      run: async (phase, signal) => {
        if (phase.name === 'follow') this.replicas = 3;
        if (phase.name === 'join') time += 5_000;
        const engine = queueEngine({ capacity: 100 * this.replicas, timeout: 60_000 });
        const seen: PhaseExhibit = await engine.run(phase, signal);
        this.served += seen.succeeded;
        if (phase.name === 'follow') queueMicrotask(() => void (this.replicas = 3));
        const taking = this.alone > 0 && this.replicas > 1 ? this.#ids.slice(0, -1) : this.#ids;
        if (taking.length < this.replicas) this.alone -= 1;
        const part = Math.floor(seen.succeeded / taking.length);
        return {
          ...seen,
          byInstance: Object.fromEntries(taking.map((id) => [id, { succeeded: part, failed: 0, latency: seen.latency }])),
        };
      },
      close: async () => undefined,
    };
  }
}

let time = 0;
const clock: Clock = { now: () => (time += 10), sleep: () => new Promise((resolve) => setImmediate(resolve)) };

async function tried(site: Replicas, users = 0, signal: AbortSignal = new AbortController().signal) {
  const directory = await mkdtemp(join(root, 'trial-'));
  const wish = { profile: 'standard', seed: 3, replicas: { from: 1, to: 4 }, users } as const;
  const quiet = { progress: () => undefined, glance: () => undefined };
  const outcome = await scaleTrial(wish, { engine: site.engine(), site, clock, directory, signal, ...quiet });
  const read = async (name: string) => [name, JSON.parse(await readFile(join(directory, name), 'utf8'))] as const;
  const figures = scaleFigures(Object.fromEntries(await Promise.all(outcome.exhibits.map(({ name }) => read(name)))));
  const all = [...figures.figures, ...figures.unmeasured];
  return { ...outcome, all, of: (name: string) => all.find((one) => one.id === `scalability.${name}`) };
}

describe('a scale trial', () => {
  it('measures every size as often as the profile says, in an order by chance, and puts the old size back', async () => {
    const site = new Replicas();
    const trial = await tried(site);
    expect(trial.verdict).toBe('passed');
    const sizes = trial.run.steps.filter((one) => one.kind === 'round').map((one) => one.replicas);
    expect(trial.run.steps.at(-1)).toMatchObject({ kind: 'even', replicas: 4, joined: expect.any(Number) });
    expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    expect(sizes).not.toEqual(sizes.toSorted((a, b) => a - b));
    expect([site.replicas, site.restored]).toEqual([2, 1]);
    // Its interval may reach beyond one, which no share does.
    expect(trial.of('efficiency')).toMatchObject({ unit: 'ratio', estimate: expect.closeTo(1, 2) });
    expect(trial.of('usl.beta')).toMatchObject({ estimate: expect.closeTo(0, 3) });
    expect(trial.of('distribution')).toMatchObject({ estimate: 1 });
    expect(trial.of('cpu')).toMatchObject({ estimate: expect.closeTo(1, 6) });
    expect(trial.of('memory')).toMatchObject({ estimate: 5e6 });
    expect(trial.of('discovery')).toMatchObject({ unit: 's' });
    expect(trial.of('scale_up')).toMatchObject({ unit: 's' });
    expect(trial.of('scale_down')).toMatchObject({ unit: 's' });
  });

  it('waits for an instance that the gateway leaves alone, and says when one never answers', async () => {
    const late = new Replicas();
    late.alone = 3;
    const trial = await tried(late);
    expect(late.alone).toBe(0);
    expect(trial.of('distribution')).toMatchObject({ estimate: 1 });
    const never = new Replicas();
    never.alone = Number.POSITIVE_INFINITY;
    const other = await tried(never);
    expect(other.run.steps.at(-1)).not.toHaveProperty('joined');
    expect(other.of('distribution')).toMatchObject({ estimate: 0.75 });
  });

  it('serves many users at once at the largest size', async () => {
    const trial = await tried(new Replicas(), 200);
    expect(trial.run.steps.at(-1)).toMatchObject({ kind: 'users', replicas: 4 });
    expect(trial.all).toContainEqual(expect.objectContaining({ id: 'performance.users', estimate: 200 }));
  });

  it('follows a size that follows the load', async () => {
    const trial = await tried(new Replicas(true));
    expect(trial.run.timed.map((one) => one.what)).toContain('autoscale_up');
    expect(trial.of('autoscale_up')).toMatchObject({ unit: 's', n: 1 });
  });

  it('puts the size back where one was not to be had, and says which', async () => {
    const site = new Replicas();
    site.refuses = 3;
    const trial = await tried(site);
    expect(trial).toMatchObject({ verdict: 'inconclusive', run: { stopped: 'the quota is used up' } });
    expect([site.replicas, site.restored]).toEqual([2, 1]);
  });

  it('puts the size back when somebody ends it', async () => {
    const site = new Replicas();
    const trial = await tried(site, 0, AbortSignal.abort(new Error('ended')));
    expect(trial).toMatchObject({ verdict: 'interrupted', run: { stopped: 'it was interrupted' } });
    expect([site.replicas, site.restored]).toEqual([2, 1]);
  });
});
