// A container that is cut off: rules in its own network, with an end that the kernel keeps.
import { cutNetwork, isCut, joinNetwork } from '../../../platform/fault/namespace.ts';
import { tcpConnect } from '../../../platform/probe.ts';
import type { Maker } from '../running.ts';
import { goneAlready, notHere } from '../running.ts';
import type { Container, FaultEngine } from './engine.ts';

/** Above what any path on one machine takes. */
const dropped = 1_000;
/** After the fault should have ended, for the kernel. */
const spare = 5_000;
const within = 10_000;

export function cutOff(engine: FaultEngine): Maker {
  return async (fault, note, signal) => {
    const { id, pid } = await engine.of(fault);
    if (pid <= 0) throw goneAlready('The container');
    await note({ container: id });
    const problem = await cutNetwork(pid, fault.lasts + spare, signal);
    if (problem !== undefined) {
      await rejoin({ pid, running: true });
      throw notHere('partition', problem);
    }
    const address = fault.target.kind === 'instance' ? fault.target.address : undefined;
    const whole = async (): Promise<Container | undefined> => engine.find(id);
    return {
      means: 'iptables in the container’s network',
      verify: async (wait) => {
        const because = address && (await tcpConnect({ ...address, timeout: dropped }, wait));
        const acts = because?.startsWith('did not accept') === true;
        return { acts, seen: acts ? `a connection to it ${because}` : `a connection to it was ${because ?? 'accepted'}` };
      },
      undo: async () => {
        const found = await whole();
        if (found) await rejoin(found);
      },
      isOver: async () => {
        const found = await whole();
        return !found?.running || !(await isCut(found.pid, AbortSignal.timeout(within)));
      },
    };
  };
}

export async function rejoin({ pid, running }: Pick<Container, 'pid' | 'running'>): Promise<void> {
  if (running && pid > 0) await joinNetwork(pid, AbortSignal.timeout(within));
}
