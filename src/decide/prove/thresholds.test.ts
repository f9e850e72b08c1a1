// Thresholds are held against the end of the interval that speaks against them; what was not measured is neither met nor missed.
import { describe, expect, it } from 'vitest';
import type { Figure } from '../../model/proving/figure.ts';
import { judgeThresholds, readThreshold } from './thresholds.ts';

const figure = (id: string, lower: number, estimate: number, upper: number): Figure => ({
  id,
  lower,
  estimate,
  upper,
  unit: 'ms',
  n: 100,
  confidence: 0.95,
  method: 'order-statistic',
  evidence: [],
});

function judged(text: string, figures: readonly Figure[]) {
  const read = readThreshold(text);
  if (read === undefined) throw new Error(`${text} is none`);
  const [one] = judgeThresholds([read], { figures, unmeasured: [{ id: 'performance.users', because: 'no closed loop was run' }] });
  return [one?.word, one?.seen];
}

describe('a threshold', () => {
  it.each([
    ['p99 < 100ms', 'performance.latency.p99', 100],
    ['p50<=1.5s', 'performance.latency.p50', 1_500],
    ['errors < 0.1%', 'performance.errors', 0.001],
    ['availability >= 99.9%', 'performance.availability', 0.999],
    ['throughput > 1000', 'performance.throughput', 1_000],
    ['users >= 500', 'performance.users', 500],
  ])('%s is read', (text, id, value) => {
    expect(readThreshold(text)).toMatchObject({ figure: id, value });
  });

  it.each(['p99 < 100', 'p99 100ms', 'p98 < 1s', 'errors < 1', 'throughput > 5ms', 'toString < 1s', ''])('%j is none', (text) => {
    expect(readThreshold(text)).toBeUndefined();
  });

  it('is met by the whole interval only', () => {
    const p99 = [figure('performance.latency.p99', 80, 90, 100)];
    expect(judged('p99 < 101ms', p99)[0]).toBe('met');
    expect(judged('p99 <= 100ms', p99)[0]).toBe('met');
    expect(judged('p99 < 100ms', p99)[0]).toBe('not_met');
    expect(judged('p99 < 95ms', p99)).toEqual(['not_met', '90 ms, between 80 and 100 (n = 100)']);
    const throughput = [figure('performance.throughput', 950, 1010, 1070)];
    expect(judged('throughput > 1000', throughput)[0]).toBe('not_met');
    expect(judged('throughput >= 950', throughput)[0]).toBe('met');
  });

  it('says why it was not measured', () => {
    expect(judged('users >= 500', [])).toEqual(['not_measured', 'no closed loop was run']);
  });
});
