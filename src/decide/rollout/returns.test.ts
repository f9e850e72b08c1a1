// Which release set a rollback returns to, and whether somebody had rolled back from it.
import { describe, expect, it } from 'vitest';
import { aDeployment, aRollout, aService, aTarget, scope } from '../../../test/kit/specs.ts';
import type { DeploymentKind, EnvironmentState, ServiceTarget } from '../../model/deployment.ts';
import { findSet } from '../refusals.ts';
import { settle } from '../settle.ts';
import { returnText, returnTo } from './returns.ts';

const [v1, v2, v3] = ['v1', 'v2', 'v3'].map((code) => aTarget(aService(), code)) as [ServiceTarget, ServiceTarget, ServiceTarget];

/** What is left by deployments that succeeded, one after the other, a minute each. */
function after(...done: readonly (readonly [DeploymentKind, ServiceTarget])[]): EnvironmentState {
  const begun: EnvironmentState = { scope, runtime: 'fake', services: {}, lastNumber: 0, history: [] };
  return done.reduce((state, [kind, to], index) => {
    const number = index + 1;
    const endedAt = number * 60_000;
    return settle(state, aDeployment([aRollout(to, to)], { id: `shop-test-${number}`, number, kind, outcome: 'succeeded', endedAt }));
  }, begun);
}

const rollback = (state: EnvironmentState, to?: string) => returnTo(state, findSet(state, to));

describe('a rollback', () => {
  it('goes back to what was live before', () => {
    const back = rollback(after(['deploy', v1], ['deploy', v2]));
    expect(back).toEqual({ deployment: 'shop-test-1', at: 60_000 });
    expect(returnText(back)).toBe('goes back to what shop-test-1 made live at 1970-01-01T00:01:00.000Z');
  });

  it('after a rollback goes forward again, and tells when that was left; so does one to its number', () => {
    const state = after(['deploy', v1], ['deploy', v2], ['rollback', v1], ['scale', v1]);
    const again = rollback(state);
    expect(again).toEqual({ deployment: 'shop-test-2', at: 120_000, leftAt: 180_000 });
    expect(returnText(again)).toBe(
      'goes forward again to what shop-test-2 made live at 1970-01-01T00:02:00.000Z, which was rolled back from at 1970-01-01T00:03:00.000Z',
    );
    const later = after(['deploy', v1], ['deploy', v2], ['rollback', v1], ['deploy', v3]);
    expect(rollback(later)).toEqual({ deployment: 'shop-test-3', at: 180_000 });
    expect(rollback(later, '2')).toMatchObject({ leftAt: 180_000 });
  });
});
