// Bursts pass, floods do not, and one caller's flood is not another's.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../base/manual-clock.ts';
import type { Bucket } from './throttle.ts';
import { createThrottle, draw } from './throttle.ts';

const allowance = { rate: 10, burst: 3 };

describe('draw', () => {
  it('never lets more pass in any stretch of time than the burst and what flowed in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 60 }), (pauses) => {
        let bucket: Bucket | undefined;
        let now = 0;
        const passed: number[] = [];
        for (const pause of pauses) {
          now += pause;
          const drawn = draw(bucket, allowance, now);
          bucket = drawn.bucket;
          if (drawn.kind === 'passed') passed.push(now);
        }
        for (const [i, from] of passed.entries())
          for (const [j, to] of passed.entries())
            if (j >= i) expect(j - i + 1).toBeLessThanOrEqual(allowance.burst + ((to - from) * allowance.rate) / 1000 + 1e-6);
      }),
    );
  });

  it('says how long to wait, and that is enough', () => {
    const limited = draw({ level: 0.25, at: 1000 }, allowance, 1000);
    expect(limited).toEqual({ kind: 'limited', bucket: { level: 0.25, at: 1000 }, retryAfter: 75 });
    expect(draw(limited.bucket, allowance, 1074).kind).toBe('limited');
    expect(draw(limited.bucket, allowance, 1075).kind).toBe('passed');
  });

  it('refills nothing when the clock goes back', () => {
    expect(draw({ level: 0.5, at: 1000 }, allowance, 0)).toEqual({ kind: 'limited', bucket: { level: 0.5, at: 0 }, retryAfter: 50 });
  });
});

describe('the throttle', () => {
  it('counts each caller alone and tells the limited one when to come back', () => {
    const throttle = createThrottle({ clock: new ManualClock(), allowance });
    for (let n = 0; n < 3; n++) throttle.take('a');
    expect(() => throttle.take('a')).toThrow(expect.objectContaining({ code: 'rate_limited', details: { retry_after_ms: 100 } }));
    throttle.take('b');
  });

  it('forgets only callers for whom that changes nothing', () => {
    const clock = new ManualClock(0);
    const throttle = createThrottle({ clock, allowance, callers: 2 });
    for (let n = 0; n < 3; n++) throttle.take('flooding');
    for (let n = 0; n < 50; n++) throttle.take(`other ${n}`);
    expect(() => throttle.take('flooding')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });
});
