// Every request is in one window and in no second, whatever the processes of the data plane go through.
import { describe, expect, it } from 'vitest';
import type { ProcessTraffic, ReleaseTraffic, TrafficObservation } from '../../model/route.ts';
import { windowBetween } from './window.ts';

const key = 'shop/staging/api';
const counted = (release: string, requests: number, failures: number, service = key): ReleaseTraffic => ({
  service,
  release,
  requests,
  failures,
  latency: [
    { atMost: 10, count: requests - failures },
    { atMost: 20, count: failures },
  ].filter(({ count }) => count > 0),
});

function seen(...processes: readonly ProcessTraffic[]): TrafficObservation {
  return {
    version: 1,
    epoch: processes.map((one) => one.epoch).join('+'),
    listening: { host: '127.0.0.1', port: 1 },
    releases: processes.flatMap((one) => one.releases),
    processes,
    inFlight: {},
    ejected: {},
    waiting: {},
    services: [],
    mirrors: [],
  };
}

describe('windowBetween', () => {
  it('takes differences of one process, or of several in sum', () => {
    const before = { at: 1000, traffic: seen({ epoch: 'a', releases: [counted('old', 100, 1)] }, { epoch: 'b', releases: [] }) };
    const after = {
      at: 2000,
      traffic: seen(
        { epoch: 'a', releases: [counted('old', 150, 3), counted('new', 5, 0), counted('old', 900, 9, 'shop/staging/web')] },
        { epoch: 'b', releases: [counted('old', 40, 0), counted('new', 4, 1)] },
      ),
    };
    expect(windowBetween(before, after, key)).toEqual({
      from: 1000,
      to: 2000,
      releases: {
        old: {
          requests: 90,
          failures: 2,
          latency: [
            { atMost: 10, count: 88 },
            { atMost: 20, count: 2 },
          ],
        },
        new: {
          requests: 9,
          failures: 1,
          latency: [
            { atMost: 10, count: 8 },
            { atMost: 20, count: 1 },
          ],
        },
      },
    });
    const { processes: _, ...single } = seen({ epoch: 'a', releases: [counted('old', 7, 0)] });
    const alone = windowBetween({ at: 0, traffic: single }, { at: 1, traffic: { ...single, releases: [counted('old', 9, 0)] } }, key);
    expect(alone.releases).toEqual({ old: { requests: 2, failures: 0, latency: [{ atMost: 10, count: 2 }] } });
  });

  it('counts a process from the window after the one in which it was first seen', () => {
    const looks = [
      seen({ epoch: 'a', releases: [counted('old', 100, 0)] }, { epoch: 'b', releases: [counted('old', 50, 0)] }),
      // One was not reached, and is back at the next look with all that it ever counted.
      seen({ epoch: 'a', releases: [counted('old', 110, 0)] }),
      seen({ epoch: 'a', releases: [counted('old', 120, 0)] }, { epoch: 'b', releases: [counted('old', 70, 0)] }),
      seen({ epoch: 'c', releases: [counted('old', 5, 0)] }, { epoch: 'b', releases: [counted('old', 80, 0)] }),
    ];
    const totals = looks.slice(1).map((traffic, index) => {
      const before = looks[index] ?? traffic;
      return windowBetween({ at: index, traffic: before }, { at: index + 1, traffic }, key).releases['old']?.requests;
    });
    expect(totals).toEqual([10, 10, 10]);
  });
});
