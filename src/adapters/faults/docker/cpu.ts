// A container that has next to no processor: the quota of its cgroup, lowered and put back.

import { cpuGroupOf, cpuShare, cpuThrottles, shareCpu } from '../../../platform/fault/cpu.ts';
import { httpStatus } from '../../../platform/probe.ts';
import type { Hierarchy } from '../../../platform/process/cgroup-mounts.ts';
import type { UndoNote } from '../../../ports/faults.ts';
import type { Maker } from '../running.ts';
import { notHere, settingOf } from '../running.ts';
import type { Container, FaultEngine, Way } from './engine.ts';
import { isIts } from './program.ts';

/** Microseconds: short beside any request's patience, and the least that the kernel takes is a tenth of it. */
const period = 10_000;
const probeWithin = 1_000;

export const cpu: Way = { make: starve, undo: (_, container, { state }) => giveBack(container, state) };

/** `share` of one processor (default, and least: 10 %). */
function starve(engine: FaultEngine): Maker {
  return async (fault, note) => {
    const container = await engine.of(fault);
    const group = await groupOf(container);
    const before = group && (await cpuShare(group));
    if (!group || !before) throw notHere('cpu', 'the container has no cgroup of the cpu controller, or has ended');
    const quota = Math.round(period * Math.min(1, Math.max(0.1, settingOf(fault, 'share', 0.1))));
    const waited = (await cpuThrottles(group)) ?? 0;
    await note({ container: container.id, ...before });
    await shareCpu(group, { quota: String(quota), period: String(period) });
    const { address } = fault.target.kind === 'instance' ? fault.target : {};
    return {
      means: 'the quota of its cgroup',
      verify: async (wait) => {
        // Who has nothing to do lacks nothing.
        if (address) await httpStatus({ ...address, timeout: probeWithin }, '/', wait);
        const [now, throttles] = await Promise.all([cpuShare(group), cpuThrottles(group)]);
        const more = (throttles ?? waited) - waited;
        const seen = `${now?.quota ?? 'nothing'} of each ${now?.period ?? 0} µs are allowed, and it had to wait in ${more} of these since`;
        return { acts: now?.quota === String(quota) && more > 0, seen };
      },
      undo: async () => giveBack(await engine.find(container.id), { ...before }),
      isOver: async () => {
        const now = await cpuShare(group);
        return now === undefined || now.quota === before.quota;
      },
    };
  };
}

async function giveBack(container: Container | undefined, { quota, period: before }: UndoNote['state']): Promise<void> {
  const group = container && (await groupOf(container));
  if (group && /^(?:-1|max|\d+)$/.test(String(quota)) && /^\d+$/.test(String(before)))
    await shareCpu(group, { quota: String(quota), period: String(before) });
}

async function groupOf({ id, pid, running }: Container): Promise<Hierarchy | undefined> {
  const group = running && pid > 0 ? await cpuGroupOf(pid) : undefined;
  return group && isIts(id, group.directory) ? group : undefined;
}
