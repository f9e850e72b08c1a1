// Faults of containers: killed and killed again, paused, cut off from every network or from names, out of memory, processor, space or descriptors.
import type { FaultKind } from '../../../model/proving/fault.ts';
import type { Faults, UndoNote } from '../../../ports/faults.ts';
import { notHere, runFault } from '../running.ts';
import { abilitiesOf, never } from './abilities.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import type { DockerFaultsOptions, Way } from './engine.ts';
import { FaultEngine } from './engine.ts';
import { descriptors, memory } from './limits.ts';
import { dns, partition } from './network.ts';
import { crash, pause } from './signals.ts';

const ways: Readonly<Partial<Record<FaultKind, Way>>> = { crash, pause, partition, dns, memory, cpu, disk_full: disk, descriptors };

export function createDockerFaults(options: DockerFaultsOptions): Faults {
  const engine = new FaultEngine(options);
  return {
    name: 'docker',
    abilities: async (target) => (target === 'instance' ? abilitiesOf(engine) : []),
    inject: async (fault, note, signal) => {
      const way = ways[fault.kind];
      if (way === undefined) throw notHere(fault.kind, never[fault.kind] ?? 'the Docker Engine knows no way');
      return runFault('docker', options.clock, way.make(engine), fault, note, signal);
    },
    undo: async (note) => undo(engine, note),
  };
}

async function undo(engine: FaultEngine, note: UndoNote): Promise<void> {
  const { fault, state } = note;
  const container = await engine.find(String(state['container'] ?? (fault.target.kind === 'instance' ? fault.target.container : '')));
  if (container) await ways[fault.kind]?.undo?.(engine, container, note);
}
