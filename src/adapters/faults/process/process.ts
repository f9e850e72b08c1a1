// Faults of processes on this machine: ended, stopped, starved, out of memory or of descriptors. Only what carries this home's mark is ever hit.
import type { Fault, FaultAbility, FaultKind, FaultTarget } from '../../../model/proving/fault.ts';
import { whyNoLimits } from '../../../platform/fault/descriptors.ts';
import { memoryLimitSupport } from '../../../platform/process/cgroup.ts';
import type { Faults, UndoNote } from '../../../ports/faults.ts';
import type { Maker } from '../running.ts';
import { notHere, runFault } from '../running.ts';
import { crash } from './crash.ts';
import { descriptors, reopenDescriptors } from './descriptors.ts';
import { memory, removeHog } from './memory.ts';
import { goOn, pause, starve } from './pause.ts';
import type { ProcessFaultsOptions, Site } from './site.ts';
import { siteOf } from './site.ts';

type OfSite = (site: Site) => Maker;

const makers: Readonly<Partial<Record<FaultKind, OfSite>>> = { crash, pause, cpu: starve, memory, descriptors };

const undoers: Readonly<Partial<Record<FaultKind, (site: Site, note: UndoNote) => Promise<void>>>> = {
  crash: async (site, { fault }) => (fault.target.kind === 'daemon' ? site.restartDaemon() : undefined),
  pause: goOn,
  cpu: goOn,
  memory: removeHog,
  descriptors: reopenDescriptors,
};

/** What a process cannot be made to meet without everybody else on the machine meeting it as well. */
const never: Readonly<Partial<Record<FaultKind, string>>> = {
  disk_full: 'processes share the file system of this machine',
  clock_skew: 'the clock of a running process is the machine’s',
  dns: 'processes share the resolver of this machine',
};

export function createProcessFaults(options: ProcessFaultsOptions): Faults {
  const site = siteOf(options);
  return {
    name: 'process',
    abilities: (target) => abilitiesFor(target),
    inject: (fault: Fault, note, signal) => {
      const make = makers[fault.kind];
      if (make === undefined) throw notHere(fault.kind, never[fault.kind] ?? 'no signal does that');
      if (fault.target.kind !== 'instance' && fault.kind !== 'crash' && fault.kind !== 'pause')
        throw notHere(fault.kind, `a ${fault.target.kind} is killed or stopped, nothing else`);
      return runFault('process', site.clock, make(site), fault, note, signal);
    },
    undo: async (note) => undoers[note.fault.kind]?.(site, note),
  };
}

async function abilitiesFor(target: FaultTarget['kind']): Promise<readonly FaultAbility[]> {
  const signals: readonly FaultAbility[] = [
    { kind: 'crash', means: 'SIGKILL, and again at each restart' },
    { kind: 'pause', means: 'SIGSTOP and SIGCONT' },
  ];
  if (process.platform !== 'linux')
    return signals.map(({ kind }) => ({ kind, because: 'whom a process belongs to is known by /proc, which this system has not' }));
  if (target !== 'instance') return signals;
  const [limits, descriptorsBecause] = await Promise.all([memoryLimitSupport(), whyNoLimits(AbortSignal.timeout(10_000))]);
  return [
    ...signals,
    { kind: 'cpu', means: 'SIGSTOP and SIGCONT in turn, many times a second' },
    limits.enforced
      ? { kind: 'memory', means: `a hog in the instance’s cgroup (${limits.by}), where the manifest limits its memory` }
      : { kind: 'memory', because: limits.because },
    descriptorsBecause === undefined ? { kind: 'descriptors', means: 'prlimit' } : { kind: 'descriptors', because: descriptorsBecause },
    ...Object.entries(never).map(([kind, because]) => ({ kind: kind as FaultKind, because })),
  ];
}
