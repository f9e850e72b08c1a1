// The guard of the machine: what belongs to others, and what the host took, voids what was measured beside it.
import { describe, expect, it } from 'vitest';
import { judgeMachine, MachineGuard } from './machine.ts';

describe('a machine', () => {
  it.each([
    [{ total: 1_000, busy: 500, stolen: 0 }, 400, true],
    [{ total: 1_000, busy: 500, stolen: 0 }, 300, false],
    [{ total: 1_000, busy: 500, stolen: 150 }, 500, false],
    [{ total: 1_000, busy: 100, stolen: 0 }, 900, true],
    [{ total: 0, busy: 0, stolen: 0 }, 0, true],
  ])('that was busy for %j, %d of it for us, is quiet enough: %s', (ticks, ours, valid) => {
    expect(judgeMachine(ticks, ours)).toMatchObject({ valid });
  });

  it('says what made it void', () => {
    expect(judgeMachine({ total: 1_000, busy: 500, stolen: 0 }, 100).because).toContain('other programs used 40.0 % of the machine');
  });

  it('is watched as it is', () => {
    const { foreign, stolen } = new MachineGuard(() => [process.pid]).stop();
    for (const share of [foreign, stolen]) expect(share >= 0 && share <= 1).toBe(true);
  });
});
