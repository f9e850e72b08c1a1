// Figures of load against phases whose truth is known, and never a figure where there is no ground for one.
import { describe, expect, it } from 'vitest';
import { phaseExhibit } from '../../../../test/kit/phases.ts';
import { phaseOf, phasesIn } from './exhibits.ts';
import { loadFigures } from './load.ts';

const good = phaseExhibit({ rate: 300, seconds: 20, milliseconds: (n) => 10 + (n % 100) });
const of = (exhibits: Readonly<Record<string, unknown>>, id: string) => {
  const { figures, unmeasured } = loadFigures(exhibits);
  return figures.find((one) => one.id === id) ?? unmeasured.find((one) => one.id === id);
};

describe('figures of load', () => {
  it('have the truth inside their intervals', () => {
    const exhibits = { 'phases/a.json': good };
    expect(of(exhibits, 'performance.latency.p95')).toMatchObject({ unit: 'ms', n: 6000, method: 'order-statistic' });
    for (const [id, truth] of [
      ['latency.p50', 59],
      ['latency.p95', 104],
      ['latency.p99', 108],
      ['throughput', 300],
    ] as const) {
      const found = of(exhibits, `performance.${id}`);
      if (found === undefined || !('lower' in found)) throw new Error(`${id} was not measured`);
      expect(found.lower).toBeLessThanOrEqual(truth * 1.001);
      expect(found.upper).toBeGreaterThanOrEqual(truth * 0.999);
      expect(found.upper - found.lower).toBeLessThan(truth * 0.06);
    }
    expect(of(exhibits, 'performance.availability')).toMatchObject({ estimate: 1, upper: 1, method: 'clopper-pearson', n: 6000 });
    expect(of(exhibits, 'performance.availability')).toHaveProperty('lower', expect.closeTo(1 - 3 / 6000, 5));
    expect(of(exhibits, 'performance.errors')).toMatchObject({ estimate: 0, lower: 0 });
    expect(of(exhibits, 'performance.episodes')).toMatchObject({ estimate: 0 });
  });

  it('say the worse where failures come together', () => {
    const outage = phaseExhibit({ rate: 100, seconds: 60, milliseconds: (n) => (n >= 2000 && n < 2100 ? undefined : 10) });
    const spread = phaseExhibit({ rate: 100, seconds: 60, milliseconds: (n) => (n % 60 === 0 ? undefined : 10) });
    const [together, apart] = [outage, spread].map((one) => of({ 'phases/a.json': one }, 'performance.availability'));
    expect(together).toMatchObject({ method: 'block-bootstrap' });
    expect(apart).toMatchObject({ method: 'clopper-pearson' });
    expect((together as { lower: number }).lower).toBeLessThan((apart as { lower: number }).lower - 0.005);
    expect(of({ 'phases/a.json': outage }, 'performance.episodes')).toMatchObject({ estimate: 1 });
    expect(of({ 'phases/a.json': outage }, 'performance.availability.windows')).toMatchObject({ estimate: expect.closeTo(1 - 5 / 300, 6) });
  });

  it('are the same whoever computes them, also from JSON', () => {
    const written = JSON.parse(JSON.stringify({ 'phases/a.json': good })) as Record<string, unknown>;
    expect(loadFigures(written)).toEqual(loadFigures({ 'phases/a.json': good }));
  });

  it('are missing, with the reason, where nothing can be said', () => {
    expect(of({}, 'performance.throughput')).toEqual({ id: 'performance.throughput', because: 'no load was offered' });
    const late = { ...good, name: 'late', generator: { ...good.generator, kept: false, because: 'it was 40 ms late' } };
    expect(of({ a: good, b: late }, 'performance.errors')).toEqual({ id: 'performance.errors', because: 'late: it was 40 ms late' });
    const few = phaseExhibit({ rate: 10, seconds: 5, milliseconds: () => 1 });
    expect(of({ a: few }, 'performance.latency.p99')).toHaveProperty('because', '50 requests are too few to bound the 99th percentile');
    const silent = { ...good, succeeded: good.succeeded, timedOut: 400, sent: good.sent + 400 };
    expect(of({ a: silent }, 'performance.latency.p99')).toHaveProperty('because', expect.stringContaining('never answered'));
  });

  it('count users who were served, and whose counts agree with each other', () => {
    const arrivals = { kind: 'users', users: 30, think: 90 } as const;
    const users = phaseExhibit({ rate: 300, seconds: 20, milliseconds: () => 10, arrivals });
    expect(of({ a: users }, 'performance.users')).toMatchObject({ estimate: 30, n: 6000, method: 'exact' });
    const miscounted = { ...users, arrivals: { ...arrivals, users: 300 } };
    expect(of({ a: miscounted }, 'performance.users')).toHaveProperty('because', expect.stringContaining("Little's law"));
    const failing = { ...users, succeeded: users.succeeded - 100, failed: 100 };
    expect(of({ a: failing }, 'performance.users')).toHaveProperty('because', '30 users: 100 of 6000 requests failed');
  });
});

describe('exhibits', () => {
  it('are read by shape, in the order of their start, and nothing else is', () => {
    const later = { ...good, startedAt: 5 };
    expect(phasesIn({ z: good, a: later, 'stress.json': { format: 'stress-run/1' } }).map(([name]) => name)).toEqual(['z', 'a']);
    for (const change of [{ sent: -1 }, { latency: { ...good.latency, counts: [[1]] } }, { windows: 'none' }, { arrivals: { kind: 'no' } }])
      expect(phaseOf({ ...good, ...change })).toBeUndefined();
  });
});
