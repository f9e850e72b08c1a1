// A node of a Swarm is killed, or parted from the others, while requests come: nobody is sent there any more, and nothing of before comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loseNode, partNode } from '../../tools/lab/faults.ts';
import { LabService } from '../../tools/lab/service.ts';
import { openHouse } from '../docker/kit.ts';
import type { House } from '../kit/house.ts';
import { SwarmLab } from '../lab/lab.ts';
import { noSwarm, onSwarm } from './kit.ts';

describe.skipIf(noSwarm)(onSwarm, () => {
  let lab: SwarmLab;
  let house: House;

  beforeAll(async () => {
    lab = await SwarmLab.open();
    await lab.grow(3);
    house = await openHouse(lab.manager);
  });

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  /** So few, and so patient, that a slow machine only makes it slower. */
  const who = { rate: 20, around: 20, patience: 180_000 };
  const wished = { replicas: 3, probe: '10s' };

  test('a node that loses its power is left alone, its instances are replaced elsewhere, and whoever comes then is served', async () => {
    const service = new LabService(lab, house, 'killed', wished);
    await service.ship('v1');
    const { instances, off, requests, lastFailed = 0 } = await loseNode(lab, service, who);
    expect(instances).toBeGreaterThan(0);
    expect(requests).toBeGreaterThan(who.around);
    // At most what was on its way there meanwhile.
    expect(lastFailed).toBeLessThanOrEqual(off);
    expect(await service.ready()).toHaveLength(3);
  });

  test('a parted node serves nothing of before: not after a deployment that it did not hear of, and not after its return', async () => {
    const service = new LabService(lab, house, 'parted', wished);
    await service.ship('v1');
    const { instances, outcome, apart, returned, stale } = await partNode(lab, service, 'v2', who);
    expect(instances).toBeGreaterThan(0);
    expect({ outcome, stale }).toEqual({ outcome: 'succeeded', stale: 0 });
    expect(Math.min(apart, returned)).toBeGreaterThan(0);
  });
});
