// A container that is cut off, or whose questions for names are lost: rules in its own network, with an end that the kernel keeps.
import { readFile } from 'node:fs/promises';
import type { Cut } from '../../../platform/fault/namespace.ts';
import { askNames, cutNetwork, isCut, joinNetwork, names, wholeNetwork } from '../../../platform/fault/namespace.ts';
import { tcpConnect } from '../../../platform/probe.ts';
import type { Acting, Maker } from '../running.ts';
import { goneAlready, notHere } from '../running.ts';
import type { Container, FaultEngine, Way } from './engine.ts';

/** Above what any path on one machine takes. */
const dropped = 1_000;
/** After the fault should have ended, for the kernel. */
const spare = 5_000;
const within = 10_000;

export const partition: Way = { make: cutOff, undo: (_, container) => rejoin(container, wholeNetwork) };
export const dns: Way = { make: loseNames, undo: (_, container) => rejoin(container, names) };

function cutOff(engine: FaultEngine): Maker {
  return dropping(engine, 'partition', wholeNetwork, async ({ target }) => {
    const address = target.kind === 'instance' ? target.address : undefined;
    return async (wait) => {
      const because = address && (await tcpConnect({ ...address, timeout: dropped }, wait));
      const acts = because?.startsWith('did not accept') === true;
      return { acts, seen: acts ? `a connection to it ${because}` : `a connection to it was ${because ?? 'accepted'}` };
    };
  });
}

/** Its own name is asked for, which the Engine’s resolver knows without asking anybody. */
function loseNames(engine: FaultEngine): Maker {
  return dropping(engine, 'dns', names, async (_, { id, pid }, signal) => {
    const [, server] = /^nameserver\s+(\S+)/m.exec(await readFile(`/proc/${pid}/root/etc/resolv.conf`, 'utf8').catch(() => '')) ?? [];
    const look = (wait: AbortSignal) => askNames(pid, server ?? '', id.slice(0, 12), dropped, wait);
    if (server === undefined || (await look(signal)) !== 'answered') throw notHere('dns', 'its resolver does not answer as it is');
    return async (wait) => {
      const said = await look(wait);
      return { acts: said === 'silent', seen: `its resolver (${server}) ${said === 'silent' ? 'gives no answer' : 'answers'}` };
    };
  });
}

type Look = (fault: Parameters<Maker>[0], container: Container, signal: AbortSignal) => Promise<Acting['verify']>;

/** `look`: before anything is done, says how it is seen to act. */
function dropping(engine: FaultEngine, kind: 'partition' | 'dns', cut: Cut, look: Look): Maker {
  return async (fault, note, signal) => {
    const container = await engine.of(fault);
    const { id, pid } = container;
    if (pid <= 0) throw goneAlready('The container');
    const verify = await look(fault, container, signal);
    await note({ container: id });
    const problem = await cutNetwork(pid, cut, fault.lasts + spare, signal);
    if (problem !== undefined) {
      await rejoin({ pid, running: true }, cut);
      throw notHere(kind, problem);
    }
    return {
      means: 'iptables in the container’s network',
      verify,
      undo: async () => rejoin(await engine.find(id), cut),
      isOver: async () => {
        const found = await engine.find(id);
        return !found?.running || !(await isCut(found.pid, cut, AbortSignal.timeout(within)));
      },
    };
  };
}

async function rejoin(container: Pick<Container, 'pid' | 'running'> | undefined, cut: Cut): Promise<void> {
  if (container?.running === true && container.pid > 0) await joinNetwork(container.pid, cut, AbortSignal.timeout(within));
}
