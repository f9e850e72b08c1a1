// What `prove load` understands of its command line, and what it refuses before it asks anybody.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LoadWish } from '../../src/surfaces/cli/prove/proving.ts';
import { fakeDaemon, run } from './cli-kit.ts';

async function wished(...args: readonly string[]): Promise<LoadWish | undefined> {
  let seen: LoadWish | undefined;
  const plan = (wish: LoadWish): never => {
    seen = wish;
    throw new Error('seen');
  };
  const daemon = await fakeDaemon({ 'trials.target': () => ({ application: 'shop', environment: 'test', routes: [] }) });
  onTestFinished(() => daemon.stop());
  const { home } = daemon;
  const load = { kind: 'load', plan, run: () => Promise.reject(new Error('not expected')) } as const;
  await run(['prove', 'load', 'shop', '--env', 'test', ...args], { home, proving: { load } });
  return seen;
}

describe('codectl prove load', () => {
  it.each([
    [[], undefined],
    [['--rate', '20'], { kind: 'poisson', rate: 20 }],
    [['--arrivals', 'constant'], { kind: 'constant', rate: 100 }],
    [['--arrivals', 'ramp:10-500.5'], { kind: 'ramp', from: 10, to: 500.5 }],
    [['--arrivals', 'spike:100-1000@5s+2s'], { kind: 'spike', base: 100, peak: 1000, at: 5_000, lasts: 2_000 }],
    [['--arrivals', 'sine:100~50/30s'], { kind: 'sine', base: 100, amplitude: 50, period: 30_000 }],
    [['--users', '500'], { kind: 'users', users: 500, think: 1_000 }],
    [['--users', '5', '--think', '0s'], { kind: 'users', users: 5, think: 0 }],
  ])('understands %j', async (args, arrivals) => {
    expect((await wished(...args))?.arrivals).toEqual(arrivals);
  });

  it('replays a file, a line a second', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'prove-load-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'rates.txt');
    await writeFile(file, '10\n0\n2.5\n\n');
    expect((await wished('--arrivals', `replay:${file}`))?.arrivals).toEqual({ kind: 'replay', rates: [10, 0, 2.5] });
    await writeFile(file, '10\nmany\n');
    const { code, err } = await run(['prove', 'load', 'shop', '--arrivals', `replay:${file}`]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`${file}:2: "many" is not a number`) });
  });

  it.each([
    [['--arrivals', 'rmap:1-2'], 'did you mean "ramp"?'],
    [['--arrivals', 'ramp:1'], 'is not of the form ramp:10-500'],
    [['--arrivals', 'ramp:1-2', '--rate', '5'], '--rate is of constant and Poisson arrivals'],
    [['--arrivals', 'sine:10~20/5s'], 'is not of the form sine:100~50/30s'],
    [['--arrivals', 'replay:/nowhere.txt'], '/nowhere.txt cannot be read'],
    [['--scenario', '/nowhere.yaml'], '/nowhere.yaml cannot be read'],
    [['--users', '5', '--rate', '3'], '--users is a closed loop'],
    [['--users', '0'], '--users: "0" is not a whole number'],
    [['--think', '1s'], '--think is of users'],
    [['--lasts', 'long'], '--lasts: "long" is not a duration'],
    [['--rate', 'much'], '--rate: "much" is not a number'],
    [['--workers', '0'], '--workers: "0" is not a whole number from 1 to 64'],
  ])('refuses %j and asks nobody', async (args, message) => {
    const { code, err } = await run(['prove', 'load', 'shop', ...args]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });
});
