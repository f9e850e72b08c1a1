// Who may do what.
import { describe, expect, it } from 'vitest';
import type { Effect } from '../model/principal.ts';
import { permit } from './permit.ts';

const ci = (effects: readonly Effect[]) => ({ id: 'token:ci', kind: 'token', effects }) as const;

describe('permit', () => {
  it.each(['read', 'plan', 'write', 'destroy'] as const)('grants %s to those who were granted it, and to nobody else', (effect) => {
    const others = (['read', 'plan', 'write', 'destroy'] as const).filter((one) => one !== effect);
    expect(permit(ci([effect]), { name: 'x.y', effect })).toEqual({ allowed: true });
    expect(permit(ci(others), { name: 'x.y', effect })).toMatchObject({ allowed: false });
  });

  it('names the caller, the operation, what it needs and what was granted', () => {
    expect(permit(ci(['read', 'plan']), { name: 'apps.remove', effect: 'destroy' })).toEqual({
      allowed: false,
      reason: 'token:ci may not call apps.remove: it needs "destroy" and was granted read, plan.',
    });
    expect(permit(ci([]), { name: 'apps.list', effect: 'read' })).toMatchObject({ reason: expect.stringContaining('granted nothing') });
  });
});
