// What readings are made of counters: windows that hold enough, gateways and instances that restart, starts that are no load, silence that is no zero.
import { describe, expect, it } from 'vitest';
import type { ScaleSpec, ScaleTargets } from '../../model/scale.ts';
import type { Member, ScaleLook } from './measure.ts';
import { isActive, readingsOf } from './measure.ts';

const ready: readonly Member[] = [{ id: 'a', ready: true, readyAt: 0 }];

function read(targets: ScaleTargets, looks: readonly ScaleLook[], members = ready, resources = {}) {
  const pace = { window: 0, rates: [] };
  const spec: ScaleSpec = { min: 1, max: 9, targets, every: 1_000, tolerance: 0.1, up: pace, down: pace, schedule: [], zeroAfter: 1_000 };
  return readingsOf(spec, resources, looks, members);
}

function traffic(at: number, requests: number, more: Partial<NonNullable<ScaleLook['traffic']>> = {}): ScaleLook {
  return { at, traffic: { epoch: 'one', requests, inFlight: 0, waiting: 0, latency: new Map(), ...more } };
}

describe('requests per second', () => {
  const targets = { requestsPerSecond: 10 };

  it('are counted over the shortest time that holds a hundred of them', () => {
    const looks = [0, 1, 2, 3].map((second) => traffic(second * 1_000, [0, 50, 100, 300][second] ?? 0));
    expect(read(targets, looks)).toMatchObject([{ kind: 'total', value: 200 }]);
    const few = [0, 1, 2, 3].map((second) => traffic(second * 1_000, second * 20));
    expect(read(targets, few)).toMatchObject([{ value: 20 }]);
  });

  it('are not known from one look, from before a restart of the gateway, or without an answer of it', () => {
    const unknown = { kind: 'missing', name: 'requests_per_second', because: 'not measured long enough yet' };
    expect(read(targets, [traffic(0, 5)])).toMatchObject([unknown]);
    expect(read(targets, [traffic(0, 500), traffic(1_000, 3, { epoch: 'two' })])).toMatchObject([unknown]);
    expect(read(targets, [traffic(0, 500), { at: 1_000 }])).toMatchObject([{ ...unknown, because: 'the gateway does not answer' }]);
  });
});

it('concurrency is the mean of those in flight and waiting in the last seconds', () => {
  const looks = [traffic(0, 0, { inFlight: 90 }), traffic(3_000, 1, { inFlight: 4 }), traffic(4_000, 2, { inFlight: 1, waiting: 7 })];
  expect(read({ concurrency: 5 }, looks)).toMatchObject([{ kind: 'total', value: 6 }]);
});

it('latency is of the requests between two looks, and 0 when there were none', () => {
  const before = new Map([
    [10, 1_000],
    [500, 1_000],
  ]);
  const after = new Map([
    [10, 1_094],
    [500, 1_000],
    [900, 6],
  ]);
  const looks = [traffic(0, 2_000, { latency: before }), traffic(1_000, 2_100, { latency: after })];
  expect(read({ latency: { p90: 100, p95: 100 } }, looks)).toMatchObject([
    { kind: 'value', name: 'latency p90', value: 10 },
    { name: 'latency p95', value: 900 },
  ]);
  expect(read({ latency: { p95: 100 } }, [looks[1] ?? traffic(0, 0), traffic(2_000, 2_100, { latency: after })])).toMatchObject([
    { value: 0 },
  ]);
});

describe('CPU', () => {
  const used = (at: number, cpuSeconds: number): ScaleLook => ({ at, stats: { a: { cpuSeconds, memory: 50 } } });
  const looks = [used(0, 10), used(1_000, 11), used(2_000, 11.5), used(3_000, 12), used(4_000, 12.5)];

  it('is a share of the limit, of one core without one, over three seconds', () => {
    expect(read({ cpu: 0.5 }, looks)).toMatchObject([{ instances: [{ state: 'ready', used: 0.5 }] }]);
    expect(read({ cpu: 0.5 }, looks, ready, { cpu: 0.25 })).toMatchObject([{ instances: [{ used: 2 }] }]);
  });

  it('of a start is no load: an instance counts from when it was ready', () => {
    expect(read({ cpu: 0.5 }, looks, [{ id: 'a', ready: true, readyAt: 1_500 }])).toMatchObject([{ instances: [{ used: 0.5 }] }]);
    expect(read({ cpu: 0.5 }, looks, [{ id: 'a', ready: true, readyAt: 3_500 }])).toMatchObject([{ instances: [{ state: 'unready' }] }]);
    expect(read({ cpu: 0.5 }, looks, [{ id: 'a', ready: false }])).toMatchObject([{ instances: [{ state: 'unready' }] }]);
  });

  it('is missing for an instance that nobody measured, and for all when the runtime says nothing', () => {
    expect(read({ cpu: 0.5 }, looks, [...ready, { id: 'b', ready: true, readyAt: 0 }])).toMatchObject([
      { instances: [{ used: 0.5 }, { state: 'ready' }] },
    ]);
    expect(read({ cpu: 0.5 }, [traffic(0, 0)])).toMatchObject([
      { kind: 'missing', because: 'the runtime does not say what instances use' },
    ]);
  });

  it('has memory beside it, as a share of its limit', () => {
    expect(read({ memory: 0.8 }, looks, ready, { memory: 200 })).toMatchObject([{ instances: [{ state: 'ready', used: 0.25 }] }]);
  });
});

describe('whether anything is asked', () => {
  const plain = { targets: {} };
  const queued = { targets: { queue: { source: { kind: 'webhook', url: 'x' }, target: 1 } } } as const;

  it('is so while a request is in flight, waits, or has come since the look before', () => {
    expect(isActive(plain, [traffic(0, 5), traffic(1_000, 5)])).toBe(false);
    expect(isActive(plain, [traffic(0, 5), traffic(1_000, 6)])).toBe(true);
    expect(isActive(plain, [traffic(0, 5, { waiting: 1 })])).toBe(true);
    expect(isActive(plain, [traffic(0, 5, { inFlight: 1 })])).toBe(true);
  });

  it('is not known without the gateway, or without the queue', () => {
    const quiet = traffic(1_000, 5);
    expect(isActive(plain, [traffic(0, 5), { at: 1_000 }])).toBeUndefined();
    expect(isActive(plain, [quiet])).toBeUndefined();
    expect(isActive(queued, [traffic(0, 5), { ...quiet, queue: { because: 'down' } }])).toBeUndefined();
    expect(isActive(queued, [traffic(0, 5), { ...quiet, queue: { length: 0 } }])).toBe(false);
    expect(isActive(queued, [traffic(0, 5), { ...quiet, queue: { length: 3 } }])).toBe(true);
  });
});
