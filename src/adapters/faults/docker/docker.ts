// Faults of containers: killed and killed again, paused, cut off from every network, out of memory.
import type { FaultAbility, FaultKind } from '../../../model/proving/fault.ts';
import { memoryGroupOf } from '../../../platform/fault/memory.ts';
import { whyNoNamespaces } from '../../../platform/fault/namespace.ts';
import type { Faults, UndoNote } from '../../../ports/faults.ts';
import type { LimitedGroup } from '../memory.ts';
import { fillMemory, removeHogs } from '../memory.ts';
import type { Maker } from '../running.ts';
import { notHere, runFault } from '../running.ts';
import type { Container, DockerFaultsOptions } from './engine.ts';
import { FaultEngine } from './engine.ts';
import { cutOff, rejoin } from './network.ts';

export function createDockerFaults(options: DockerFaultsOptions): Faults {
  const engine = new FaultEngine(options);
  const makers: Readonly<Partial<Record<FaultKind, Maker>>> = {
    crash: crash(engine),
    pause: pause(engine),
    partition: cutOff(engine),
    memory: fillMemory(options.clock, async (fault) => groupOf(await engine.of(fault))),
  };
  return {
    name: 'docker',
    abilities: async (target) => (target === 'instance' ? abilitiesOf(engine) : []),
    inject: async (fault, note, signal) => {
      const make = makers[fault.kind];
      if (make === undefined) throw notHere(fault.kind, 'the Docker Engine knows no way');
      return runFault('docker', options.clock, make, fault, note, signal);
    },
    undo: async (note) => undo(engine, note),
  };
}

async function undo(engine: FaultEngine, { fault, state }: UndoNote): Promise<void> {
  const container = await engine.find(String(state['container'] ?? (fault.target.kind === 'instance' ? fault.target.container : '')));
  if (container === undefined) return;
  if (fault.kind === 'pause') await engine.tell(container.id, 'unpause');
  if (fault.kind === 'partition') await rejoin(container);
  if (fault.kind === 'memory' && isIts(container, String(state['group']))) await removeHogs(String(state['group']));
}

async function abilitiesOf(engine: FaultEngine): Promise<readonly FaultAbility[]> {
  if (!(await engine.answers())) return [];
  const because = engine.local ? await whyNoNamespaces(AbortSignal.timeout(10_000)) : 'the Engine is on another machine';
  const root = engine.local && process.getuid?.() === 0;
  return [
    { kind: 'crash', means: 'docker kill, and again at each restart' },
    { kind: 'pause', means: 'docker pause' },
    because === undefined
      ? { kind: 'partition', means: 'iptables in the container’s network, with an end that the kernel keeps' }
      : { kind: 'partition', because },
    root
      ? { kind: 'memory', means: 'a hog in the container’s cgroup, where the manifest limits its memory' }
      : { kind: 'memory', because: 'only root on the Engine’s own machine may enter the cgroup of a container' },
  ];
}

const look = 50;

function crash(engine: FaultEngine): Maker {
  return async (fault, note, signal) => {
    const victim = await engine.of(fault);
    const spared = new Set((await engine.relatives(victim)).filter((id) => id !== victim.id));
    await note({ container: victim.id });
    signal.throwIfAborted();
    await engine.tell(victim.id, 'kill');
    const over = new AbortController();
    let again = 0;
    const hunt = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const found = await engine.relatives(victim).catch((): readonly string[] => []);
        for (const id of found) if (!spared.has(id) && (await engine.tell(id, 'kill').catch(() => false))) again += 1;
        await engine.clock.sleep(look, over.signal).catch(() => undefined);
      }
    };
    const hunting = hunt();
    return {
      means: 'docker kill, and again at each restart',
      verify: async () => {
        const gone = (await engine.find(victim.id))?.running !== true;
        return { acts: gone, seen: `the container ${gone ? `is gone, and ${again} more since` : 'still runs'}` };
      },
      undo: async () => {
        over.abort();
        await hunting;
      },
      isOver: async () => over.signal.aborted,
    };
  };
}

function pause(engine: FaultEngine): Maker {
  return async (fault, note) => {
    const { id } = await engine.of(fault);
    await note({ container: id });
    await engine.tell(id, 'pause');
    const isPaused = async () => (await engine.find(id))?.paused === true;
    return {
      means: 'docker pause',
      verify: async () => {
        const acts = await isPaused();
        return { acts, seen: `the Engine says that it is ${acts ? '' : 'not '}paused` };
      },
      undo: async () => void (await engine.tell(id, 'unpause')),
      isOver: async () => !(await isPaused()),
    };
  };
}

async function groupOf(container: Container): Promise<LimitedGroup> {
  const group = container.pid > 0 ? await memoryGroupOf(container.pid) : undefined;
  if (!group || !isIts(container, group.directory) || group.limit === undefined)
    throw notHere('memory', 'the container has no memory limit in force; give its service resources: { memory: … }');
  return { directory: group.directory, limit: group.limit };
}

function isIts({ id }: Container, group: string): boolean {
  return group.startsWith('/sys/fs/cgroup/') && !group.includes('/../') && group.includes(id);
}
