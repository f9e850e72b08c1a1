// What other generators print is read back, and what is held against them is computed rightly.
import { expect, it } from 'vitest';
import { parseCannon, parseHey } from './generators.ts';
import { beside, stallP99, variation } from './load.ts';

it('reads what hey prints', () => {
  const text = `
Summary:
  Total:	5.0012 secs
  Requests/sec:	499.8800

Latency distribution:
  10% in 0.0003 secs
  50% in 0.0011 secs
  99% in 0.0420 secs
`;
  expect(parseHey(text, 5)).toEqual({ requests: 2_499, p50: 1.1, p99: 42 });
  expect(parseHey('Requests/sec: 10', 5)).toEqual({ requests: 50 });
});

it('reads what autocannon prints', () => {
  expect(parseCannon('{"requests":{"total":7},"latency":{"p50":1,"p99":2,"p99_9":3}}')).toEqual({ requests: 7, p50: 1, p99: 2, p999: 3 });
});

it('knows what a stall of a second does to p99', () => {
  // Of 10 s at a constant rate a tenth came in it: the hundredth of all that waited longest waited 900 ms or more.
  expect(stallP99(10)).toBe(900);
  const waits = Array.from({ length: 5_000 }, (_, n) => Math.max(0, n < 500 ? 1_000 - n * 2 : 0)).sort((a, b) => a - b);
  expect(Math.abs((waits[Math.ceil(0.99 * 5_000) - 1] ?? 0) - 900)).toBeLessThanOrEqual(2);
});

it('tells how far off something is, and nothing where nothing is known', () => {
  expect(beside(102, 100)).toBeCloseTo(2);
  expect(beside(98, 100)).toBeCloseTo(2);
  expect([beside(undefined, 5), beside(5, null), beside(5, 0)]).toEqual([undefined, undefined, undefined]);
});

it('measures how even arrivals are, without the edges', () => {
  const even = Array.from({ length: 250 }, () => 10);
  expect(variation(even, 5)).toBe(0);
  expect(variation([500, ...even.slice(1)], 5)).toBe(0);
  expect(
    variation(
      even.map((_, at) => (at % 2 === 0 ? 20 : null)),
      5,
    ),
  ).toBeCloseTo(1);
});
