// Each fault of this machine on a real instance: seen to act by a check that can fail, taken back, and seen to be over; nothing else is ever hit.
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fault, FaultKind } from '../../../src/model/proving/fault.ts';
import { readStat } from '../../../src/platform/process/proc.ts';
import type { Faults, RunningFault, UndoNote } from '../../../src/ports/faults.ts';
import { House } from '../../kit/house.ts';
import { until } from '../../kit/until.ts';
import { deployApp, oneInstance, siteOf } from './kit.ts';

let house: House;
beforeAll(async () => {
  house = await House.open();
  await deployApp(house, 'shop', { replicas: 2, memory: '256Mi' });
});
afterAll(() => house[Symbol.asyncDispose]());

const patience = () => AbortSignal.timeout(600_000);

async function driverOf(kind: FaultKind): Promise<Faults> {
  for (const driver of siteOf(house, 'shop').drivers)
    if ((await driver.abilities('instance')).some((one) => one.kind === kind && one.means !== undefined)) return driver;
  throw new Error(`nobody can do ${kind}`);
}

/** Injected, and seen to act; `notes` is what was written down before. */
async function begin(
  fault: Fault,
): Promise<{ readonly running: RunningFault; readonly notes: readonly UndoNote[]; readonly driver: Faults }> {
  const driver = await driverOf(fault.kind);
  const notes: UndoNote[] = [];
  const running = await driver.inject(fault, async (note) => void notes.push(note), patience());
  return { running, notes, driver };
}

const acts = (running: RunningFault) =>
  until(
    () => running.verify(patience()),
    ({ acts: yes }) => yes,
  );

for (const [kind, settings] of [
  ['crash', {}],
  ['pause', {}],
  ['cpu', {}],
  ['descriptors', {}],
  ['latency', { delay: 300, jitter: 50 }],
  ['loss', { how: 'reset', share: 0.5 }],
  ['partition', {}],
  ['dependency', { delay: 300 }],
] as const)
  it(`does ${kind}, sees it act, and sees it gone`, async () => {
    const target = await oneInstance(house, 'shop');
    const { running, notes } = await begin({ kind, target, lasts: 600_000, settings });
    expect(notes.map(({ driver, fault }) => [typeof driver, fault.kind])).toEqual([['string', kind]]);
    await acts(running);
    const injection = await running.end();
    expect(injection).toMatchObject({ kind, verifiedAt: expect.any(Number), removalVerifiedAt: expect.any(Number) });
    expect((await running.verify(patience())).acts).toBe(kind === 'crash');
  });

it.for([
  ['pause', {}],
  ['partition', {}],
  ['descriptors', {}],
] as const)('undoes %s by its note alone', async ([kind, settings]) => {
  const target = await oneInstance(house, 'shop');
  const { running, notes, driver } = await begin({ kind, target, lasts: 600_000, settings });
  await acts(running);
  for (const note of notes) await driver.undo(structuredClone(note));
  expect((await running.verify(patience())).acts).toBe(false);
  await running.end();
});

it('hits nobody who does not carry the mark of the instance', async () => {
  const stranger = spawn('sleep', ['600']);
  try {
    const target = { kind: 'instance', id: 'web-of-somebody-else', service: 'web', pid: stranger.pid ?? 0 } as const;
    for (const kind of ['crash', 'pause', 'cpu', 'descriptors', 'memory'] as const) {
      const driver = await driverOf(kind).catch(() => undefined);
      if (driver)
        await expect(driver.inject({ kind, target, lasts: 1_000, settings: {} }, async () => undefined, patience())).rejects.toThrow();
    }
    for (const kind of ['daemon', 'gateway'] as const) {
      const fault: Fault = { kind: 'crash', target: { kind, pid: stranger.pid ?? 0 }, lasts: 1_000, settings: {} };
      await expect((await driverOf('crash')).inject(fault, async () => undefined, patience())).rejects.toThrow();
    }
    expect(readStat(stranger.pid ?? 0)?.state).toMatch(/[SR]/);
    expect(stranger.signalCode).toBeNull();
  } finally {
    stranger.kill('SIGKILL');
  }
});

it('fills the memory of an instance to its limit', async ({ skip }) => {
  const driver = await driverOf('memory').catch(() => undefined);
  if (!driver) return skip('no memory cgroup that this user may use');
  const target = await oneInstance(house, 'shop');
  const { running } = await begin({ kind: 'memory', target, lasts: 600_000, settings: {} });
  await acts(running);
  expect(await running.end()).toMatchObject({ removalVerifiedAt: expect.any(Number) });
});
