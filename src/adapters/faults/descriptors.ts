// No file and no connection more can be opened: the limit of descriptors of a running process is lowered to nothing, and raised again.
import type { Fault } from '../../model/proving/fault.ts';
import { descriptorLimit, limitDescriptors, openDescriptors } from '../../platform/fault/descriptors.ts';
import { httpStatus } from '../../platform/probe.ts';
import type { ProcessIdentity } from '../../platform/process/identity.ts';
import { isAlive } from '../../platform/process/identity.ts';
import type { UndoNote } from '../../ports/faults.ts';
import type { Maker } from './running.ts';
import { goneAlready, notHere, settingOf } from './running.ts';

const probeWithin = 1_000;

/** `find`: the process that serves, if it is the target's. */
export function exhaustDescriptors(find: (fault: Fault) => Promise<ProcessIdentity | undefined>): Maker {
  return async (fault, note, signal) => {
    const { target } = fault;
    const victim = await find(fault);
    const before = victim && (await descriptorLimit(victim.pid));
    if (target.kind !== 'instance' || victim === undefined || before === undefined) throw goneAlready('The instance');
    const soft = settingOf(fault, 'limit', 0);
    await note({ pid: victim.pid, startTime: victim.startTime, soft: before.soft });
    const refused = await limitDescriptors(victim.pid, soft, signal);
    if (refused !== undefined) throw notHere('descriptors', refused);
    return {
      means: 'prlimit',
      verify: async (wait) => {
        const [now, open] = await Promise.all([descriptorLimit(victim.pid), openDescriptors(victim.pid)]);
        const { address } = target;
        const answer = address && (await httpStatus({ ...address, timeout: probeWithin }, '/', wait));
        const answered = answer !== undefined && 'status' in answer;
        const seen = `${open} descriptors are open, ${now?.soft ?? 'unknown'} are allowed; a new connection was ${answered ? '' : 'not '}answered`;
        return { acts: now?.soft === soft && open >= soft && !answered, seen };
      },
      undo: () => restore(victim, before.soft),
      isOver: async () => !isAlive(victim) || (await descriptorLimit(victim.pid))?.soft === before.soft,
    };
  };
}

/** By the note, of whom it is about if he is among these. */
export async function restoreDescriptors(theirs: readonly ProcessIdentity[], { state }: UndoNote): Promise<void> {
  const soft = Number(state['soft']);
  const victim = theirs.find(({ pid, startTime }) => pid === state['pid'] && startTime === state['startTime']);
  if (victim && Number.isSafeInteger(soft)) await restore(victim, soft);
}

async function restore(victim: ProcessIdentity, soft: number): Promise<void> {
  if (isAlive(victim)) await limitDescriptors(victim.pid, soft, AbortSignal.timeout(10_000));
}
