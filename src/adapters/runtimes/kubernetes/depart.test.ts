// Who leaves, and when the cluster is asked for fewer.
import { describe, expect, it } from 'vitest';
import type { DepartureQuestion, Member } from './depart.ts';
import { depart } from './depart.ts';

const member = (name: string, varied: Partial<Member> = {}): Member => ({ name, ready: true, startedAt: 0, ...varied });
const asked = (varied: Partial<DepartureQuestion>) =>
  depart({ wanted: 1, current: 3, members: [], routed: new Set(), inFlight: {}, drain: 1_000, now: 10_000, ...varied });

describe('a set that is to be smaller', () => {
  const three = [member('a', { startedAt: 1 }), member('b', { startedAt: 2 }), member('c', { startedAt: 3 })];

  it('chooses the youngest and keeps them while they are routed', () => {
    expect(asked({ members: three, routed: new Set(['a', 'b', 'c']) })).toEqual({
      choose: ['c', 'b'],
      keep: [],
      release: [],
      replicas: 3,
      wakeAt: 11_000,
    });
  });

  it('lets those go that are quiet, one by one', () => {
    const members = [three[0] ?? member('a'), member('b', { drainingAt: 9_500 }), member('c', { drainingAt: 9_500 })];
    expect(asked({ members, inFlight: { b: 1 } })).toEqual({ choose: [], keep: [], release: ['c'], replicas: 2, wakeAt: 10_500 });
    expect(asked({ members })).toEqual({ choose: [], keep: [], release: ['b', 'c'], replicas: 1 });
  });

  it('waits no longer than the drain time', () => {
    const members = [member('a'), member('b', { drainingAt: 9_000 })];
    expect(asked({ members, current: 2, routed: new Set(['b']), inFlight: { b: 9 } })).toMatchObject({ replicas: 1 });
  });

  it('gives up those first that are not ready, as the cluster does', () => {
    expect(asked({ members: [member('a'), member('b', { ready: false }), member('c', { drainingAt: 9_000 })], wanted: 2 }).choose).toEqual([
      'b',
    ]);
  });
});

it('a set that is to grow again keeps those who were chosen', () => {
  const members = [member('a'), member('b', { drainingAt: 9_500 })];
  expect(asked({ members, wanted: 3, current: 2 })).toEqual({ choose: [], keep: ['b'], release: [], replicas: 3 });
});

it('never asks for more than before because somebody still leaves', () => {
  const members = [member('a'), member('b', { drainingAt: 9_900 })];
  expect(asked({ members, current: 1, inFlight: { b: 1 } }).replicas).toBe(1);
});
