// The experiments that everybody has: the five of a certificate, a null run, and the rest of what can go wrong on one machine.
import type { Duration } from '../../base/units.ts';
import type { Experiment, PlannedFault, Steady } from './experiment.ts';

export const defaultSteady: Steady = { success: 0.99, p99: 500, goodput: 0.95, least: 50 };
export const defaultRecovery: Experiment['recovery'] = { good: 10_000, within: 30_000, watch: 60_000 };

/** What is slow for as long as the fault lasts can be good again only afterwards – then by itself. */
const lasting: Experiment['recovery'] = { ...defaultRecovery, from: 'removal' };

const usual = {
  load: { rate: 250 },
  before: 10_000,
  steady: defaultSteady,
  recovery: defaultRecovery,
} as const;

function one(kind: PlannedFault['kind'], lasts: Duration, more: Partial<PlannedFault> = {}): PlannedFault {
  return { kind, instances: 1, at: 0, lasts, settings: {}, ...more };
}

export const builtInExperiments: readonly Experiment[] = [
  { ...usual, name: 'null', faults: [] },
  { ...usual, name: 'partition', faults: [one('partition', 30_000)] },
  { ...usual, name: 'crash', faults: [one('crash', 15_000)] },
  { ...usual, name: 'memory', faults: [one('memory', 45_000)] },
  { ...usual, name: 'latency', recovery: lasting, faults: [one('latency', 60_000, { settings: { delay: 250, jitter: 50 } })] },
  {
    ...usual,
    name: 'cascading',
    recovery: lasting,
    faults: [one('dependency', 90_000, { settings: { delay: 1_000 } }), one('crash', 15_000, { at: 30_000 })],
  },
  { ...usual, name: 'pause', faults: [one('pause', 15_000)] },
  { ...usual, name: 'cpu', faults: [one('cpu', 30_000)] },
  { ...usual, name: 'loss', faults: [one('loss', 30_000, { settings: { how: 'reset', share: 0.3 } })] },
  { ...usual, name: 'dns', faults: [one('dns', 20_000)] },
  { ...usual, name: 'disk', faults: [one('disk_full', 20_000)] },
  { ...usual, name: 'descriptors', faults: [one('descriptors', 20_000)] },
  { ...usual, name: 'daemon', faults: [one('crash', 10_000, { part: 'daemon' })] },
  { ...usual, name: 'gateway', faults: [one('crash', 5_000, { part: 'gateway' })] },
];

/** What a certificate asks for. */
export const fiveScenarios = ['partition', 'crash', 'memory', 'latency', 'cascading'] as const;

/** The same with all of its times divided: for a look, not for a claim. */
export function hastened(experiment: Experiment, by: number): Experiment {
  const times = (fault: PlannedFault): PlannedFault => ({ ...fault, at: fault.at / by, lasts: fault.lasts / by });
  const { good, watch } = experiment.recovery;
  return {
    ...experiment,
    faults: experiment.faults.map(times),
    before: experiment.before / by,
    recovery: { ...experiment.recovery, good: good / by, watch: watch / by + good / by },
  };
}
