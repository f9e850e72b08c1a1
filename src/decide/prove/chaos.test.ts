// Verdicts of experiments: what was not seen proves nothing, what was lost fails, and what is not good again is told as its least.
import { expect, it } from 'vitest';
import type { ChaosExhibit, Experiment } from '../../model/proving/experiment.ts';
import { builtInExperiments, hastened } from '../../model/proving/experiments.ts';
import { readExperiments } from '../../model/proving/read-experiment.ts';
import { judgeExperiment } from './chaos.ts';
import { chaosFigures } from './figures/chaos.ts';

const partition = builtInExperiments.find(({ name }) => name === 'partition');

/** Ten seconds a sign: `.` good, `x` failed; the fault from 10 s on, over at `removed`. */
function exhibit(
  text: string,
  removed: number,
  more: { readonly experiment?: Partial<Experiment>; readonly seen?: boolean } = {},
): ChaosExhibit {
  if (!partition) throw new Error('no such experiment');
  const experiment = { ...partition, ...more.experiment };
  const windows = text.split('').flatMap((sign, index) =>
    Array.from({ length: 50 }, (_, at) => {
      const failed = sign === 'x' ? 50 : 0;
      return { at: index * 10_000 + at * 200, intended: 50, succeeded: 50 - failed, failed, inFlight: 0, p99: 5 };
    }),
  );
  const empty = { unit: 'us', digits: 3, counts: [], min: 0, max: 0, sum: 0 } as const;
  const lasted = text.length * 10_000;
  const injection = {
    kind: 'partition',
    means: 'proxy',
    injectedAt: 1_010_000,
    ...(more.seen !== false && { verifiedAt: 1_010_500 }),
    verification: 'it was silent',
    undoneAt: removed + 1_000_000,
    removalVerifiedAt: removed + 1_000_000,
  } as const;
  const target = { kind: 'instance', id: 'web-1', service: 'web' } as const;
  return {
    format: 'chaos-experiment/1',
    experiment,
    injections: [{ fault: { kind: 'partition', target, lasts: 30_000, settings: {} }, injection }],
    load: {
      format: 'load-phase/1',
      name: 'partition',
      seed: 1,
      arrivals: { kind: 'constant', rate: 250 },
      startedAt: 1_000_000,
      lasts: lasted,
      lasted,
      offered: 0,
      sent: 0,
      dropped: 0,
      succeeded: 0,
      failed: 0,
      timedOut: 0,
      unanswered: 0,
      statuses: {},
      failures: {},
      latency: empty,
      service: empty,
      windowWidth: 200,
      windows,
      byRequest: {},
      byRelease: {},
      byInstance: {},
      generator: { lag: empty, cpu: 0.1, kept: true },
    },
    ended: 'whole',
  };
}

const figure = (one: ChaosExhibit) =>
  chaosFigures([{ name: 'experiments/partition.json', exhibit: one }]).figures.find(({ id }) => id.endsWith('.recovery'));

it('passes what was good again in time, and counts from the first bad window', () => {
  const one = exhibit('.x.....', 40_000);
  expect(judgeExperiment(one)).toMatchObject({ verdict: 'passed', because: [], took: 10_000 });
  expect(figure(one)).toMatchObject({ id: 'chaos.partition.recovery', unit: 's', estimate: 10, upper: 10, n: 1 });
});

it('fails what took longer than was promised, unless the experiment counts from the removal', () => {
  expect(judgeExperiment(exhibit('.xxxx...', 40_000))).toMatchObject({ verdict: 'failed', took: 40_000 });
  const recovery = { good: 10_000, within: 30_000, watch: 60_000, from: 'removal' } as const;
  expect(judgeExperiment(exhibit('.xxxx...', 40_000, { experiment: { recovery } }))).toMatchObject({ verdict: 'passed', took: 10_000 });
});

it('tells the least of what was not good again, with no upper end', () => {
  const one = exhibit('.x.xxxx', 30_000, { experiment: { recovery: { good: 20_000, within: 30_000, watch: 60_000 } } });
  expect(judgeExperiment(one)).toMatchObject({ verdict: 'failed', took: 60_000 });
  expect(figure(one)).toMatchObject({ estimate: 60, upper: Number.MAX_SAFE_INTEGER });
});

it('tells the longest of several, and from five on the median with its interval, whatever one of them was like', () => {
  const tens = ['.x.....', '.xx....', '.x.....', '.xxx...', '.xx....'];
  const runs = tens.map((text, index) => ({ name: `experiments/partition-${index}.json`, exhibit: exhibit(text, 40_000) }));
  const of = (count: number) => chaosFigures(runs.slice(0, count)).figures;
  expect(of(4).map(({ id }) => id)).toEqual(['chaos.partition.verified', 'chaos.partition.recovery']);
  expect(of(5)).toMatchObject([
    { estimate: 5 },
    { id: 'chaos.partition.recovery', estimate: 30, n: 5 },
    { id: 'chaos.partition.recovery_median', n: 5, estimate: 20, lower: 10, upper: 30, confidence: 0.9, method: 'order-statistic' },
  ]);
});

it('concludes nothing from a fault that was not seen, and nothing where nothing was steady', () => {
  const unseen = exhibit('.x.....', 40_000, { seen: false });
  expect(judgeExperiment(unseen).verdict).toBe('errored');
  expect(figure(unseen)).toBeUndefined();
  expect(judgeExperiment(exhibit('xx.....', 40_000)).verdict).toBe('errored');
});

it('measures nothing with a generator that was late', () => {
  const one = exhibit('.x.....', 40_000);
  const late = { ...one, load: { ...one.load, generator: { ...one.load.generator, kept: false, because: 'it was late' } } };
  expect(judgeExperiment(late)).toMatchObject({ verdict: 'inconclusive' });
  expect(figure(late)).toBeUndefined();
});

it('fails what allowed more errors than were agreed while the faults acted', () => {
  expect(judgeExperiment(exhibit('.x.....', 40_000, { experiment: { during: { errors: 0.2 } } })).verdict).toBe('failed');
  expect(judgeExperiment(exhibit('.x.....', 40_000, { experiment: { during: { errors: 0.5 } } })).verdict).toBe('passed');
});

it('reads experiments as they are written, and names what is wrong with its place', () => {
  const text =
    'experiments:\n  - { name: a, load: { rate: 50 }, faults: [{ kind: latency, lasts: 30s, settings: { delay: 100 } }] }\n  - { name: b, load: { rate: 50 } }\n';
  const [first, second] = readExperiments(text, 'mine.yaml');
  expect(first).toMatchObject({
    name: 'a',
    before: 10_000,
    faults: [{ kind: 'latency', instances: 1, at: 0, lasts: 30_000, settings: { delay: 100 } }],
  });
  expect(second?.faults).toEqual([]);
  const odd = 'name: a\nload: { rate: 5 }\nintegrity: { write: { path: /a, type: "a\\r\\nhost: b" }, read: { path: /a, id: id } }\n';
  expect(() => readExperiments(odd, 'mine.yaml')).toThrow('a type of content');
  expect(() => readExperiments('name: a\nload: { rate: 5, paht: / }\n', 'mine.yaml')).toThrow(
    'mine.yaml:2:18 load.paht: unknown key, did you mean "path"?',
  );
  expect(() => readExperiments('name: a\n', 'mine.yaml')).toThrow(/load: is missing/);
});

it('reads built-in experiments by their names, and how to write and read once for all', () => {
  const integrity = 'integrity: { write: { path: /a }, read: { path: "/a?after={after}", id: id, pages: { after: number } } }\n';
  const read = readExperiments(`built_in: ['null', crash]\nexperiments:\n  - { name: mine, load: { rate: 9 } }\n${integrity}`, 'mine.yaml');
  expect(read.map(({ name, load }) => [name, load.rate])).toEqual([
    ['null', 250],
    ['crash', 250],
    ['mine', 9],
  ]);
  expect(read.map((one) => one.integrity?.read.pages)).toEqual(read.map(() => ({ after: 'number', start: '0' })));
  expect(() => readExperiments("built_in: ['nul']\n", 'mine.yaml')).toThrow(/mine.yaml:1.*null/);
  expect(() => readExperiments(`built_in: []\n${integrity}`, 'mine.yaml')).toThrow(/holds no experiment/);
});

it('hastens for a look what a claim would take longer for', () => {
  if (!partition) throw new Error('no such experiment');
  expect(hastened(partition, 10)).toMatchObject({ before: 1_000, faults: [{ lasts: 3_000 }], recovery: { good: 1_000, within: 30_000 } });
});
