// Faults of containers: seen to act, taken back, seen to be over; and what the kernel ends by itself when nobody is left to.
import { describe, expect, it } from 'vitest';
import { createDockerFaults } from '../../src/adapters/faults/docker/docker.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Fault, FaultKind, FaultTarget } from '../../src/model/proving/fault.ts';
import { tcpConnect } from '../../src/platform/probe.ts';
import type { Faults, UndoNote } from '../../src/ports/faults.ts';
import { until } from '../kit/until.ts';
import { noEngine, onDocker, withHouse } from './kit.ts';

type Instance = Extract<FaultTarget, { kind: 'instance' }>;

describe.skipIf(noEngine)(`faults ${onDocker}`, () => {
  const at = withHouse();
  const never = new AbortController().signal;
  const driver = (): Faults =>
    createDockerFaults({ home: at.house.home, clock: systemClock, engine: { kind: 'socket', path: at.docker.socket } });

  async function oneOf(application: string): Promise<Instance> {
    const seen = await until(
      () =>
        at.house.call<{
          services: readonly {
            instances: readonly { id: string; ready: boolean; address?: string; handle?: { container?: string } }[];
          }[];
        }>('trials.target', { application, environment: 'test' }, 'GET'),
      ({ services }) => services[0]?.instances.some(({ ready }) => ready) === true,
    );
    const one = seen.services[0]?.instances.find(({ ready }) => ready);
    const [host = '', port = ''] = one?.address?.split(':') ?? [];
    return {
      kind: 'instance',
      id: one?.id ?? '',
      service: 'web',
      container: one?.handle?.container ?? '',
      address: { host, port: Number(port) },
    };
  }

  async function begin(kind: FaultKind, target: Instance, lasts = 3_600_000) {
    const notes: UndoNote[] = [];
    const fault: Fault = { kind, target, lasts, settings: {} };
    const running = await driver().inject(fault, async (note) => void notes.push(note), never);
    await until(
      () => running.verify(never),
      ({ acts }) => acts,
    );
    return { running, notes };
  }

  it('does each of them, sees it act, and sees it gone', async () => {
    await at.ship('broken', { replicas: 2, resources: { memory: '64Mi' } });
    for (const { kind, means } of await driver().abilities('instance')) {
      if (means === undefined) continue;
      const { running, notes } = await begin(kind, await oneOf('broken'));
      expect(notes).toHaveLength(1);
      expect(await running.end()).toMatchObject({ kind, verifiedAt: expect.any(Number), removalVerifiedAt: expect.any(Number) });
    }
  });

  it.for(['pause', 'partition', 'dns', 'cpu', 'disk_full', 'descriptors'] as const)('undoes %s by a note alone', async (kind, { skip }) => {
    const able = (await driver().abilities('instance')).find((one) => one.kind === kind);
    if (able?.means === undefined) return skip(able?.because);
    const application = `noted-${kind.replace('_', '-')}`;
    await at.ship(application, { replicas: 1 });
    const { running, notes } = await begin(kind, await oneOf(application));
    for (const note of notes) await driver().undo(structuredClone(note));
    expect((await running.verify(never)).acts).toBe(false);
    await running.end();
  });

  it('fills no place but one in memory that has a size', async () => {
    await at.ship('roomy', { replicas: 1 });
    const fault: Fault = { kind: 'disk_full', target: await oneOf('roomy'), lasts: 1_000, settings: { path: '/proc' } };
    await expect(driver().inject(fault, async () => undefined, never)).rejects.toThrow(/a disk is everybody’s/);
    for (const path of ['tmp', '/tmp/../etc', 7])
      await expect(driver().inject({ ...fault, settings: { path } }, async () => undefined, never)).rejects.toThrow(
        /must be an absolute path/,
      );
  });

  it('joins again by itself what was cut off, though nobody undoes it', async ({ skip }) => {
    const able = (await driver().abilities('instance')).find(({ kind }) => kind === 'partition');
    if (able?.means === undefined) return skip(able?.because);
    await at.ship('expires', { replicas: 1 });
    const target = await oneOf('expires');
    await begin('partition', target, 1_000);
    const { address } = target;
    // Or it was replaced meanwhile, and its address is gone: then somebody else is ready.
    await until(
      async () =>
        (address && (await tcpConnect({ ...address, timeout: 1_000 }, never)) === undefined) || (await oneOf('expires')).id !== target.id,
      (back) => back,
    );
  });

  it('hits no container of another home', async () => {
    await at.ship('mine', { replicas: 1 });
    const target = await oneOf('mine');
    const stranger = createDockerFaults({
      home: '/somewhere/else',
      clock: systemClock,
      engine: { kind: 'socket', path: at.docker.socket },
    });
    for (const kind of ['crash', 'pause', 'partition', 'dns', 'memory', 'cpu', 'disk_full', 'descriptors'] as const)
      await expect(stranger.inject({ kind, target, lasts: 1_000, settings: {} }, async () => undefined, never)).rejects.toThrow(
        /is not there any more/,
      );
  });
});
