// Whole experiments on a real application under load: what they claim was seen, what is written stays written, and what lies is found out.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judgeExperiment } from '../../../src/decide/prove/chaos.ts';
import { chaosFigures } from '../../../src/decide/prove/figures/chaos.ts';
import type { ChaosExhibit, Experiment } from '../../../src/model/proving/experiment.ts';
import { runExperiment } from '../../../src/proving/chaos/run.ts';
import type { ChaosSite } from '../../../src/proving/chaos/site.ts';
import { House } from '../../kit/house.ts';
import { deployApp, paged, quickly, records, registers, siteOf } from './kit.ts';

let house: House;
beforeAll(async () => {
  house = await House.open();
  await deployApp(house, 'shop', { replicas: 2 });
  await deployApp(house, 'liar', { replicas: 1, skips: "record.id.endsWith('-7')", stale: true });
  await deployApp(house, 'single', { replicas: 1 });
});
afterAll(() => house[Symbol.asyncDispose]());

const whole = new AbortController().signal;
const run = (experiment: Experiment, site: ChaosSite = siteOf(house, 'shop')): Promise<ChaosExhibit> =>
  runExperiment(site, experiment, whole);
const crash = { kind: 'crash', instances: 1, at: 0, lasts: 2_000, settings: {} } as const;

it('kills an instance again and again under load, and loses no write that was acknowledged', async () => {
  const exhibit = await run(quickly({ name: 'crash', faults: [crash], integrity: records }));
  expect(judgeExperiment(exhibit)).toMatchObject({ verdict: 'passed', because: [] });
  expect(exhibit.injections.map(({ injection }) => injection)).toEqual([
    expect.objectContaining({ kind: 'crash', verifiedAt: expect.any(Number), removalVerifiedAt: expect.any(Number) }),
  ]);
  const acknowledged = exhibit.ledger?.writes.filter(({ outcome }) => outcome === 'ok') ?? [];
  expect(acknowledged.length).toBeGreaterThan(10);
  const { figures } = chaosFigures([{ name: 'experiments/crash.json', exhibit: JSON.parse(JSON.stringify(exhibit)) as ChaosExhibit }]);
  expect(figures).toContainEqual(expect.objectContaining({ id: 'chaos.lost', estimate: 0, n: acknowledged.length }));
  expect(figures).toContainEqual(expect.objectContaining({ id: 'chaos.crash.verified', estimate: 1, n: 1 }));
  expect(figures).toContainEqual(expect.objectContaining({ id: 'chaos.crash.recovery', unit: 's', n: 1 }));
  expect(await siteOf(house, 'shop').journal.pending()).toEqual([]);
});

it('raises no alarm when nothing is done', async () => {
  const exhibit = await run(quickly({ name: 'null' }));
  expect(judgeExperiment(exhibit)).toMatchObject({ verdict: 'passed', alarms: 0 });
  const { figures } = chaosFigures([{ name: 'experiments/null.json', exhibit }]);
  expect(figures).toContainEqual(expect.objectContaining({ id: 'chaos.null_alarms', estimate: 0, n: 1 }));
});

it.for([
  ['at once', records],
  ['page by page', paged],
] as const)('finds the write that was acknowledged and thrown away, read %s', async ([, integrity]) => {
  const exhibit = await run(quickly({ name: 'null', integrity }), siteOf(house, 'liar'));
  const { verdict, because } = judgeExperiment(exhibit);
  expect(verdict).toBe('failed');
  expect(because.join()).toMatch(/acknowledged writes: lost \(.*-7 …\)/);
  const kept = exhibit.ledger?.writes.filter(({ id, outcome }) => outcome === 'ok' && !id.endsWith('-7')).length ?? 0;
  expect(kept).toBeGreaterThan(7);
  expect(exhibit.ledger?.found?.length).toBe(kept);
});

it('does not believe a fault that did not act', async () => {
  const site = siteOf(house, 'shop');
  const drivers = site.drivers.map((driver): typeof driver => ({
    ...driver,
    inject: async (...call) => {
      const running = await driver.inject(...call);
      return { ...running, end: () => running.end(), verify: async () => ({ acts: false, seen: 'it goes on as before' }) };
    },
  }));
  // Nobody waits twenty seconds for it: time passes as it is asked for.
  const clock = { now: () => site.clock.now() * 20, sleep: (ms: number, signal?: AbortSignal) => site.clock.sleep(ms / 20, signal) };
  const exhibit = await run(quickly({ name: 'pause', faults: [{ ...crash, kind: 'pause', lasts: 2_000 }] }), {
    ...site,
    drivers,
    clock,
  });
  const { verdict, because } = judgeExperiment(exhibit);
  expect(verdict).toBe('errored');
  expect(because.join()).toContain('pause was never seen to act');
});

it('says of a fault that nobody can do that it cannot be done, and does nothing', async () => {
  const exhibit = await run(
    quickly({
      name: 'clock',
      faults: [
        { ...crash, kind: 'clock_skew' },
        { ...crash, kind: 'pause', at: 1_000 },
      ],
    }),
  );
  expect(judgeExperiment(exhibit)).toMatchObject({
    verdict: 'errored',
    because: [expect.stringMatching(/clock_skew of .* cannot be done here/)],
  });
});

it('takes everything back at an interrupt, and keeps what there is', async () => {
  const stop = new AbortController();
  const said: string[] = [];
  const site = siteOf(house, 'shop', said);
  const heard = { ...site, say: (line: string) => line.includes(' acts: ') && stop.abort() };
  const exhibit = await runExperiment(
    heard,
    quickly({ name: 'partition', faults: [{ ...crash, kind: 'partition', lasts: 3_600_000 }] }),
    stop.signal,
  );
  expect(judgeExperiment(exhibit).verdict).toBe('interrupted');
  expect(exhibit.injections).toEqual([
    expect.objectContaining({ injection: expect.objectContaining({ removalVerifiedAt: expect.any(Number) }) }),
  ]);
  expect(exhibit.load.succeeded).toBeGreaterThan(0);
  expect(await site.journal.pending()).toEqual([]);
});

it('breaks nothing where nothing is steady before', async () => {
  const exhibit = await run(quickly({ name: 'crash', faults: [crash], load: { rate: 40, path: '/missing' } }));
  expect(exhibit.injections).toEqual([]);
  expect(judgeExperiment(exhibit)).toMatchObject({
    verdict: 'errored',
    because: [expect.stringMatching(/did not hold before the faults: .*nothing was broken/), expect.anything()],
  });
});

it.for([
  ['single', 1],
  ['liar', 0],
] as const)('searches for an order of what the registers of %s answered', async ([name, expected]) => {
  const exhibit = await run(quickly({ name: 'null', before: 5_000, integrity: registers }), siteOf(house, name));
  const { figures } = chaosFigures([{ name: 'experiments/null.json', exhibit }]);
  expect(exhibit.ledger?.register.length).toBeGreaterThan(10);
  expect(figures).toContainEqual(expect.objectContaining({ id: 'chaos.linearizable', unit: 'yes', estimate: expected }));
});

it.for(['daemon', 'gateway'] as const)('kills the %s, and it comes back', async (part) => {
  const exhibit = await run(quickly({ name: part, faults: [{ ...crash, part }] }));
  expect(judgeExperiment(exhibit)).toMatchObject({ verdict: 'passed', because: [] });
  const { figures } = chaosFigures([{ name: `experiments/${part}.json`, exhibit }]);
  expect(figures).toContainEqual(expect.objectContaining({ id: `chaos.${part}_crash.verified`, estimate: 1 }));
  expect((await house.call<{ version: string }>('system.info')).version).toBeDefined();
});
