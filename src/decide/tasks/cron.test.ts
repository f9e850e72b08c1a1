// Schedules through changed clocks, absent engines and runs that last: every due moment is run, left out with a reason, or counted.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScheduleSpec } from '../../model/completion.ts';
import type { Task } from '../../model/task.ts';
import { decideCron, punctual } from './cron.ts';

const minute = 60_000;
const hour = 60 * minute;
const at = (text: string) => Date.parse(text);
const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString().replace(':00.000Z', 'Z'));
const schedule = (varied: Partial<ScheduleSpec> = {}): ScheduleSpec => ({
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  overlap: 'forbid',
  missed: 'skip',
  startingDeadline: hour,
  ...varied,
});
const running = { id: 'shop-test-t1', state: 'running' } as Task;

/** The moments at which an engine that is always there begins runs. */
function runsBetween(spec: ScheduleSpec, from: string, to: string): readonly (string | undefined)[] {
  const runs: (string | undefined)[] = [];
  for (let now: number | undefined = at(from), since = at(from); now !== undefined && now <= at(to); ) {
    const answer = decideCron({ schedule: spec, since, open: [], now });
    if (answer.start !== undefined) runs.push(iso(answer.start));
    since = answer.since ?? since;
    now = answer.wakeAt;
  }
  return runs;
}

describe('where clocks are changed (Europe/Berlin 2026)', () => {
  it('a time of day that is skipped comes right after the gap, once', () => {
    expect(runsBetween(schedule(), '2026-03-28T00:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
  });

  it('a time of day that is there twice comes the first time only', () => {
    expect(runsBetween(schedule(), '2026-10-24T00:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-24T00:30Z',
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  it.each([
    ['spring', '2026-03-28T23:30Z', '2026-03-29T04:30Z', 5],
    ['autumn', '2026-10-24T21:30Z', '2026-10-25T03:30Z', 6],
  ])('every hour means every real hour, in %s too', (_, from, to, count) => {
    expect(runsBetween(schedule({ cron: '0 * * * *' }), from, to)).toHaveLength(count);
  });
});

describe('a moment that is due', () => {
  const since = at('2026-06-01T00:00Z');
  const due = at('2026-06-01T00:30Z');

  it('is waited for', () => {
    expect(decideCron({ schedule: schedule(), since, open: [], now: due - 1 })).toEqual({
      replace: [],
      skipped: [],
      more: false,
      wakeAt: due,
    });
  });

  it('begins a run, and is dealt with', () => {
    const answer = decideCron({ schedule: schedule(), since, open: [], now: due });
    expect(answer).toMatchObject({ start: due, since: due, skipped: [] });
    expect(decideCron({ schedule: schedule(), since: due, open: [], now: due }).start).toBeUndefined();
  });

  it.each([
    ['forbid', undefined, 0],
    ['allow', due, 0],
    ['replace', due, 1],
  ] as const)('with a run under way and overlap %s', (overlap, start, replaced) => {
    const answer = decideCron({ schedule: schedule({ overlap }), since, open: [running], now: due });
    expect(answer.start).toBe(start);
    expect(answer.replace).toHaveLength(replaced);
  });
});

describe('an engine that was away', () => {
  const every = { cron: '*/10 * * * *', timeZone: 'UTC' };
  const since = at('2026-06-01T00:00Z');

  it('skips what it missed, and says so', () => {
    const answer = decideCron({ schedule: schedule(every), since, open: [], now: at('2026-06-01T00:34Z') });
    expect(answer.start).toBeUndefined();
    expect(answer.since).toBe(at('2026-06-01T00:30Z'));
    expect(answer.skipped.map((one) => iso(one.at))).toEqual(['2026-06-01T00:30Z', '2026-06-01T00:20Z', '2026-06-01T00:10Z']);
  });

  it('makes up for all by one run where that is asked for, within the starting deadline', () => {
    const once = schedule({ ...every, missed: 'run_once', startingDeadline: 5 * minute });
    expect(decideCron({ schedule: once, since, open: [], now: at('2026-06-01T00:34Z') })).toMatchObject({
      start: at('2026-06-01T00:30Z'),
      skipped: [{ because: 'a later run was due as well' }, {}],
    });
    const late = decideCron({ schedule: once, since, open: [], now: at('2026-06-01T00:37Z') });
    expect(late.start).toBeUndefined();
    expect(late.skipped[0]?.because).toBe('it is 420s late, more than its starting deadline of 300s');
  });

  it('is on time for what was due while it was restarted', () => {
    expect(decideCron({ schedule: schedule(every), since, open: [], now: at('2026-06-01T00:10Z') + punctual }).start).toBeDefined();
  });

  it('says that there were others before those that it names, also right before the next one is due', () => {
    const answer = decideCron({ schedule: schedule({ ...every, cron: '* * * * *' }), since, open: [], now: since + hour - 500 });
    expect(answer).toMatchObject({ more: true, wakeAt: since + hour });
    expect(answer.skipped).toHaveLength(10);
  });

  it('looks back over a year without counting every minute of it', () => {
    const answer = decideCron({ schedule: schedule({ ...every, cron: '* * * * *' }), since, open: [], now: since + 365 * 24 * hour });
    expect(answer).toMatchObject({ more: true });
    expect(answer.skipped.length).toBeLessThanOrEqual(10);
  });
});

it('however often one looks, no moment is begun twice, and all that is due is begun or left out', () => {
  const looks = fc.array(fc.integer({ min: 1, max: 40 * minute }), { minLength: 1, maxLength: 30 });
  const spec = fc.record({
    cron: fc.constantFrom('*/10 * * * *', '7 * * * *', '30 2 * * *'),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns'),
    missed: fc.constantFrom('skip', 'run_once'),
    begin: fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-01-01T00:00Z') }),
  });
  fc.assert(
    fc.property(spec, looks, ({ begin, ...varied }, pauses) => {
      const seen: number[] = [];
      let [now, since] = [begin, begin];
      for (const pause of pauses) {
        now += pause;
        const answer = decideCron({ schedule: schedule(varied), since, open: [], now });
        const dealt = [...(answer.start === undefined ? [] : [answer.start]), ...answer.skipped.map((one) => one.at)];
        expect(dealt.every((one) => one > since && one <= now)).toBe(true);
        if (dealt.length > 0) expect(answer.since).toBe(Math.max(...dealt));
        expect(answer.wakeAt).toBeGreaterThan(now);
        seen.push(...dealt);
        since = answer.since ?? since;
      }
      expect(new Set(seen).size).toBe(seen.length);
      const all = runsBetween(schedule({ ...varied }), new Date(begin).toISOString(), new Date(now).toISOString());
      expect(seen.toSorted((a, b) => a - b).map(iso)).toEqual(all);
    }),
    { numRuns: 60 },
  );
});
