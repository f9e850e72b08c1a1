// Vectors that the Kubernetes autoscaler publishes (horizontal_test.go), then what ours adds: windows, rates, pauses, zero, sources that fail.
import { describe, expect, it } from 'vitest';
import { scale } from '../../model/manifest/schema/scale.ts';
import type { InstanceUse, ScaleSpec } from '../../model/scale.ts';
import type { ScaleQuestion } from './decide.ts';
import { decideScale } from './decide.ts';
import type { ScaleMemory } from './pace.ts';
import { beginMemory, noteMade } from './pace.ts';
import type { Reading } from './recommend.ts';

/** With the manifest's defaults for pace and tolerance. */
const usual: ScaleSpec = scale.parse({ min: 2, max: 6, targets: { cpu: '30%' } });
const atOnce = { down: { ...usual.down, window: 0 } };
const now = 10_000_000;

/** Milli-CPU of instances with a request of one core each; `u`: not ready. */
function cpu(target: number, ...milli: readonly (number | string)[]): Reading {
  const instances = milli.map(
    (one): InstanceUse =>
      typeof one === 'string' ? { state: 'unready', used: Number.parseInt(one, 10) / 1_000 } : { state: 'ready', used: one / 1_000 },
  );
  return { kind: 'use', name: 'cpu', target, instances };
}
const average = (target: number, ...used: readonly number[]): Reading => ({
  kind: 'use',
  name: 'pods',
  target,
  instances: used.map((one) => ({ state: 'ready', used: one })),
});

function ask(
  current: number,
  readings: readonly Reading[],
  spec: Partial<ScaleSpec> = {},
  more: Partial<ScaleQuestion> = {},
  memory?: ScaleMemory,
) {
  const question = { spec: { ...usual, ...spec }, current, ready: current, readings, active: true, rolling: false, now, ...more };
  return decideScale(question, memory ?? beginMemory(current, now - 1));
}

/** Name, [min, max, now], what is reported, expected, what differs from the usual. */
type Vector = [string, readonly [number, number, number], readonly Reading[], number, Partial<ScaleSpec>?];

describe('the vectors of the HorizontalPodAutoscaler', () => {
  const queue = (value: number, target: number): Reading => ({ kind: 'total', name: 'queue', target, value });
  it.each<Vector>([
    ['scale up', [2, 6, 3], [cpu(0.3, 300, 500, 700)], 5],
    ['unready no scale', [2, 6, 3], [cpu(0.3, 400, '500u', '700u')], 3],
    ['failed and deleted pods are not there', [2, 6, 2], [cpu(0.3, 500, 700)], 4],
    ['pods metric', [2, 6, 3], [average(15, 20, 10, 30)], 4],
    ['first down recommendation is held', [2, 6, 5], [cpu(0.5, 100, 300, 500, 250, 250)], 5],
    ['down, pods metric', [2, 6, 5], [average(20, 12, 12, 12, 12, 12)], 3, atOnce],
    ['down, external value', [2, 6, 5], [{ kind: 'value', name: 'qps', target: 14.4, value: 8.6 }], 3, atOnce],
    ['down, external value per pod', [2, 6, 5], [queue(8.6, 3)], 3, atOnce],
    ['down including unready', [2, 6, 5], [cpu(0.5, 100, 300, 500, '250u', '250u')], 2, atOnce],
    ['down ignoring failed and deleted', [2, 6, 5], [cpu(0.5, 100, 300, 500, 250, 250)], 3, atOnce],
    ['tolerance (requests .9, 1, 1.1)', [1, 5, 3], [average(1, 3.06 / 3, 3.06 / 3, 3.06 / 3)], 3],
    ['min clamp', [2, 5, 3], [cpu(0.9, 10, 95, 10)], 2, atOnce],
    ['zero load', [2, 5, 3], [cpu(0.9, 0, 0, 0)], 2, atOnce],
    ['now 0', [3, 5, 0], [], 0],
    ['below min', [3, 5, 2], [cpu(0.9, 0, 0)], 3],
    ['above max', [1, 2, 4], [cpu(0.9, 990, 990, 990, 990)], 2],
  ])('%s: %j', (_, [min, max, current], readings, expected, spec) => {
    expect(ask(current, readings, { min, max, ...spec })).toMatchObject({ wanted: expected });
  });

  it('says why: scaled down only when the whole window agrees', () => {
    const memory = beginMemory(5, now - 299_000);
    const low = [cpu(0.5, 100, 300, 500, 250, 250)];
    const first = ask(5, low, {}, {}, memory);
    expect(first).toMatchObject({ wanted: 5, reason: expect.stringContaining('held at 5 by what was asked for in the last 5m') });
    expect(ask(5, low, {}, { now: now + 2_000 }, first.memory)).toMatchObject({ wanted: 3 });
  });

  it('counts a ready instance that was not measured as idle when there is too much load, as loaded when there is too little', () => {
    const unknown: Reading = { kind: 'use', name: 'cpu', target: 0.5, instances: [{ state: 'ready', used: 0.6 }, { state: 'ready' }] };
    expect(ask(2, [unknown])).toMatchObject({ wanted: 2 });
    const low: Reading = { ...unknown, instances: [{ state: 'ready', used: 0.1 }, { state: 'ready' }, { state: 'ready' }] };
    expect(ask(3, [low], { ...atOnce, min: 1 })).toMatchObject({ wanted: 3 });
  });
});

describe('the pace', () => {
  const load = (value: number): Reading => ({ kind: 'total', name: 'requests_per_second', target: 100, value });

  it('grows by 4 or to the double within 15 s, whichever is more, counted over the period', () => {
    const spec = { min: 1, max: 100 };
    const memory = beginMemory(1, now - 1);
    const first = ask(1, [load(9_000)], spec, {}, memory);
    expect(first).toMatchObject({ wanted: 5, reason: 'requests_per_second asks for 90 (9000, target 100); at most to 5 now (up.rates)' });
    const made = noteMade(first.memory, 4, { ...usual, ...spec }, now);
    expect(ask(5, [load(9_000)], spec, { now: now + 14_000 }, made).wanted).toBe(5);
    expect(ask(5, [load(9_000)], spec, { now: now + 15_000 }, made).wanted).toBe(10);
  });

  it('does not go a way that has no rates', () => {
    expect(ask(5, [load(100)], { ...atOnce, down: { window: 0, rates: [] } })).toMatchObject({ wanted: 5 });
  });

  it('waits for the whole up window to ask for more', () => {
    const spec = { up: { ...usual.up, window: 10_000 } };
    const quiet = ask(2, [load(200)], spec);
    const loud = ask(2, [load(600)], spec, { now: now + 5_000 }, quiet.memory);
    expect(loud.wanted).toBe(2);
    expect(ask(2, [load(600)], spec, { now: now + 10_001 }, loud.memory).wanted).toBe(6);
  });

  it('takes the largest of what several targets ask for', () => {
    expect(ask(2, [load(250), cpu(0.3, 500, 700)])).toMatchObject({ wanted: 4, reason: expect.stringContaining('cpu asks for 4') });
  });
});

describe('a source that fails', () => {
  const failing: Reading = { kind: 'missing', name: 'queue', target: 30, because: 'it answered 500' };
  const low: Reading = { kind: 'total', name: 'requests_per_second', target: 100, value: 0 };
  const high: Reading = { ...low, value: 500 };

  it('holds: never below the present size, though the others ask for less', () => {
    expect(ask(4, [failing, low], atOnce)).toMatchObject({ wanted: 4, reason: 'held: queue: it answered 500' });
  });

  it('does not keep the others from asking for more', () => {
    expect(ask(4, [failing, high])).toMatchObject({ wanted: 5 });
  });

  it('O-07 an inactive trigger, an error and a fallback keep the replicas', () => {
    const spec = { ...atOnce, min: 0, zeroAfter: 1 };
    expect(ask(4, [{ ...failing, fallback: 3 }, low], spec, { active: false })).toMatchObject({ wanted: 4 });
    expect(ask(2, [{ ...failing, fallback: 3 }, low], spec, { active: false })).toMatchObject({ wanted: 3 });
  });
});

describe('O-07 scale to zero', () => {
  const idle: Reading = { kind: 'total', name: 'requests_per_second', target: 100, value: 0 };
  const spec = { min: 0, zeroAfter: 60_000 };

  it('comes after the cooldown, counted from the last request, however large it was', () => {
    const memory = { ...beginMemory(3, now), activeAt: now };
    const early = ask(3, [idle], spec, { active: false, now: now + 59_999 }, memory);
    expect(early.wanted).toBe(3);
    expect(ask(3, [idle], spec, { active: false, now: now + 60_000 }, early.memory)).toMatchObject({
      wanted: 0,
      reason: 'nothing was asked of it for 1m (zero.after)',
    });
    const busy = ask(3, [idle], spec, { active: true, now: now + 59_999 }, memory);
    expect(ask(3, [idle], spec, { active: false, now: now + 60_000 }, busy.memory).wanted).toBe(3);
  });

  it('keeps one while the cooldown runs, and goes on when nobody can say whether it is idle', () => {
    expect(ask(3, [idle], { ...spec, ...atOnce }, { active: false }).wanted).toBe(1);
    const memory = { ...beginMemory(3, now - 1), activeAt: 0 };
    expect(ask(3, [idle], spec, { active: undefined }, memory).wanted).toBe(3);
  });

  it('wakes for the first request, and for a queue as far as it asks', () => {
    expect(ask(0, [idle], spec, { active: false })).toMatchObject({ wanted: 0 });
    expect(ask(0, [idle], spec, { active: true })).toMatchObject({ wanted: 1, reason: 'a request waits for it' });
    expect(ask(0, [{ ...idle, name: 'queue', value: 290 }], spec, { active: true })).toMatchObject({ wanted: 3 });
  });

  it('does not wake for what was asked before it went, but for the fallback of a source that fails', () => {
    expect(ask(0, [{ ...idle, value: 240 }], spec, { active: false }).wanted).toBe(0);
    const failing: Reading = { kind: 'missing', name: 'queue', target: 30, because: 'it answered 500', fallback: 2 };
    expect(ask(0, [idle, failing], spec, { active: undefined })).toMatchObject({ wanted: 2, reason: 'queue asks for 2 (it answered 500)' });
  });

  it('a shorter cooldown takes effect at once', () => {
    const memory = { ...beginMemory(3, now), activeAt: now };
    expect(ask(3, [idle], { ...spec, zeroAfter: 5_000 }, { active: false, now: now + 5_000 }, memory).wanted).toBe(0);
  });
});

describe('what people and rollouts hold', () => {
  const low: Reading = { kind: 'total', name: 'requests_per_second', target: 100, value: 0 };
  const high: Reading = { ...low, value: 600 };
  const by = { by: 'user:eva', since: 0 };

  it('O-07 a pause of scaling in, out, or at N is honoured', () => {
    expect(ask(4, [low], atOnce, { pause: { kind: 'in', ...by } })).toMatchObject({ wanted: 4 });
    expect(ask(4, [high], {}, { pause: { kind: 'in', ...by } })).toMatchObject({ wanted: 6 });
    expect(ask(4, [high], {}, { pause: { kind: 'out', ...by } })).toMatchObject({ wanted: 4 });
    expect(ask(4, [high], {}, { pause: { kind: 'at', replicas: 1, ...by } })).toMatchObject({
      wanted: 1,
      reason: 'paused at 1 by user:eva',
    });
  });

  it('O-08 while a deployment moves it, it only grows, and what serves speaks for all', () => {
    expect(ask(4, [low], atOnce, { rolling: true })).toMatchObject({ wanted: 4 });
    // Two old instances of four, each at its target: no reason for more, nor for two.
    expect(ask(4, [cpu(0.3, 300, 300)], {}, { rolling: true, ready: 2 })).toMatchObject({ wanted: 4 });
    expect(ask(4, [cpu(0.3, 450, 450)], {}, { rolling: true, ready: 2 })).toMatchObject({ wanted: 6 });
  });
});

describe('a schedule', () => {
  const berlin = { cron: '0 8 * * MON-FRI', timeZone: 'Europe/Berlin', lasts: 36_000_000, min: 4 };
  const low: Reading = { kind: 'total', name: 'requests_per_second', target: 100, value: 0 };
  it.each([
    ['before it begins', '2026-03-27T06:59:59Z', 2],
    ['Friday 8:00 in Berlin, winter', '2026-03-27T07:00:00Z', 4],
    ['after ten hours', '2026-03-27T17:00:00Z', 2],
    ['on a Saturday', '2026-03-28T09:00:00Z', 2],
    ['Monday after the clocks went forward', '2026-03-30T06:00:00Z', 4],
  ])('%s', (_, when, expected) => {
    const at = Date.parse(when);
    const memory = beginMemory(2, at - 1);
    expect(ask(2, [low], { ...atOnce, schedule: [berlin] }, { now: at }, memory).wanted).toBe(expected);
  });
});
