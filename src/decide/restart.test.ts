// The pace of restarts, and whose place stays empty.
import { describe, expect, it } from 'vitest';
import { anInstance } from '../../test/kit/specs.ts';
import type { Instance } from '../model/instance.ts';
import type { RestartSpec } from '../model/service.ts';
import { refill, restartAllowedAt } from './restart.ts';

const one = (varied: Partial<Instance> = {}) => anInstance('api@a', varied);
const crashed = (startedAt: number, at: number, code = 1) =>
  one({ state: 'exited', ready: false, startedAt, readyAt: startedAt, exit: { requested: false, code, at } });
const ask = (instances: readonly Instance[], restart: RestartSpec, now: number, wanted = 1) => {
  const living = instances.filter(({ state }) => state === 'running').length;
  return refill({ wanted, empty: wanted - living, instances, restart, now });
};

/** Times here count from a moment that is not the beginning of all time. */
const begin = 1_000_000;

/** Runs what crashes as soon as it is started; returns the moments of the crashes until then. */
function crashesUntil(end: number, restart: RestartSpec, wanted = 1): readonly number[] {
  const ended: Instance[] = [];
  for (let now = begin; now <= begin + end; now += 1_000) {
    const { starts, at } = ask(ended, restart, now, wanted);
    if (at <= now) ended.push(...Array.from({ length: starts }, () => crashed(now, now)));
  }
  return ended.map(({ startedAt }) => startedAt - begin);
}

describe('restartAllowedAt', () => {
  it('restarts the first time at once, then after 1, 2, 4 … 60 seconds', () => {
    const waits = Array.from({ length: 9 }, (_, count) => {
      const crashes = Array.from({ length: count + 1 }, (_unused, index) => crashed(index * 10, index * 10 + 5));
      return Math.max(0, restartAllowedAt(crashes, count * 10 + 5) - (count * 10 + 5));
    });
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('forgets failures once an instance stayed ready for a minute', () => {
    const crashes = [crashed(0, 5), crashed(10, 15), crashed(20, 25), crashed(30, 95_000)];
    expect(restartAllowedAt(crashes, 1_000_000)).toBe(0);
  });

  it('is not cleared by a replica that became ready only now: two that take turns in dying would be restarted without a pause', () => {
    const crashes = [1, 2, 3, 4].map((count) => crashed(count * 300, count * 300 + 200));
    const survivor = one({ startedAt: 1_300, readyAt: 1_400 });
    expect(restartAllowedAt([...crashes, survivor], 1_500)).toBe(1_400 + 4_000);
    expect(restartAllowedAt([...crashes, survivor], 61_400)).toBe(0);
  });

  it('O-04 three that crash at once, with a delay of 5 s: three failed, and six after 35 s', () => {
    const crashes = crashesUntil(35_000, { delay: 5_000 }, 3);
    expect(crashes.filter((at) => at === 0)).toHaveLength(3);
    expect(crashes).toHaveLength(6);
  });

  it('O-04 doubles the delay with each failure up to the longest one, and begins anew after a minute of readiness', () => {
    expect(crashesUntil(200_000, { delay: 5_000, maxDelay: 40_000 })).toEqual([
      0, 5_000, 15_000, 35_000, 75_000, 115_000, 155_000, 195_000,
    ]);
    expect(crashesUntil(26_000, { delay: 5_000, maxDelay: 5_000 })).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
    expect(crashesUntil(200_000, { delay: 100_000 })).toEqual([0, 100_000, 200_000]);
    const crashes = [crashed(0, 5), crashed(10, 15), crashed(100, 90_000)];
    expect(restartAllowedAt(crashes, 90_000, { delay: 5_000 })).toBe(95_000);
  });
});

describe('an end that every further start would repeat', () => {
  const hopeless = (at: number) => {
    const one = crashed(0, at);
    return { ...one, exit: { ...one.exit, at, requested: false, final: true as const } };
  };

  it('is not followed by a start at once, but by one in 10 s, and later ones at the usual pace', () => {
    expect(restartAllowedAt([hopeless(5)], 5)).toBe(10_005);
    expect(restartAllowedAt([hopeless(5)], 5, { delay: 100, maxDelay: 200 })).toBe(10_005);
    const many = [1, 2, 3, 4, 5, 6].map((nth) => hopeless(nth));
    expect(restartAllowedAt(many, 6)).toBe(16_006);
  });
});

describe('O-03 whose place is filled again', () => {
  const ends = { failed: crashed(0, 5, 1), finished: crashed(0, 5, 0) };

  it.each([
    ['any', 1, 1],
    ['on-failure', 1, 0],
    ['none', 0, 0],
  ] as const)('%s', (condition, afterFailure, afterEnd) => {
    expect(ask([ends.failed], { condition }, 10).starts).toBe(afterFailure);
    expect(ask([ends.finished], { condition }, 10).starts).toBe(afterEnd);
    expect(ask([], { condition }, 10, 2).starts).toBe(2);
  });

  it('one that was killed has failed', () => {
    const killed = one({ state: 'exited', exit: { requested: false, signal: 'SIGKILL', at: 5 } });
    expect(ask([killed], { condition: 'on-failure' }, 10).starts).toBe(1);
  });

  it('whoever was told to end left nothing', () => {
    const told = one({ state: 'exited', exit: { requested: true, at: 5 } });
    expect(ask([told], { condition: 'none' }, 10).starts).toBe(1);
  });

  it('beside one whose place stays empty a failed one is replaced, and its pace is of its own', () => {
    const instances = [...Array.from({ length: 4 }, () => crashed(0, 5, 0)), ends.failed];
    expect(ask(instances, { condition: 'on-failure' }, 10, 5)).toMatchObject({ starts: 1, at: 0 });
  });
});

describe('O-03 attempts', () => {
  it('are so many for each wanted instance, and the first starts are none', () => {
    expect(crashesUntil(600_000, { attempts: 2, delay: 1_000, maxDelay: 1_000 })).toEqual([0, 1_000, 2_000]);
    expect(crashesUntil(600_000, { attempts: 2, delay: 1_000, maxDelay: 1_000 }, 3)).toHaveLength(9);
    expect(crashesUntil(600_000, { attempts: 0 }, 3)).toEqual([0, 0, 0]);
  });

  it('are counted anew when the window has passed, and say when that will be', () => {
    const restart = { attempts: 1, window: 60_000, delay: 1_000, maxDelay: 1_000 } as const;
    expect(crashesUntil(130_000, restart)).toEqual([0, 1_000, 60_000, 61_000, 120_000, 121_000]);
    expect(ask([crashed(0, 0), crashed(1_000, 1_000)], restart, 2_000)).toMatchObject({
      starts: 0,
      left: { until: 60_000, because: 'restart.attempts (1) are used up; the next start is in 58s' },
    });
  });

  it('without a window are counted anew when an instance stays ready for a minute, and not before', () => {
    const spent = [crashed(0, 100), crashed(200, 300)];
    const { left } = ask(spent, { attempts: 1 }, 1_000_000);
    expect(left).toEqual({ because: 'restart.attempts (1) are used up' });
    expect(ask([crashed(0, 100), crashed(200, 70_000)], { attempts: 1 }, 70_000).starts).toBe(1);
  });

  it('that are left are shared by those that failed together', () => {
    const spent = [crashed(0, 100), crashed(0, 100), crashed(200, 300), crashed(200, 300), crashed(400, 500)];
    expect(ask([one(), ...spent], { attempts: 2 }, 1_000, 2).starts).toBe(0);
    expect(ask(spent.slice(1), { attempts: 2 }, 1_000, 2)).toMatchObject({
      starts: 2,
    });
    expect(ask([...spent, crashed(400, 510)], { attempts: 2 }, 1_000, 2).left?.because).toBe(
      'restart.attempts (2 for each of 2 instances) are used up',
    );
  });
});
