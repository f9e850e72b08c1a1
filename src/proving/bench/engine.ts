// `codectl bench engine`: what a pass over everything costs as the number of services grows, and whether deploys leave anything in memory.

import type { Bytes, Duration } from '../../base/units.ts';
import { linearFit } from '../../decide/median.ts';
import { collectedHeap } from '../../platform/measure.ts';
import type { Bench, BenchCall, Contestant, Ratio } from './report.ts';
import { atMost, contestant, ratio, report } from './report.ts';

/** Engines on the fake runtime, made by `main/`, which knows how. */
export interface EngineTrials {
  /** That many services, all of them running and routed. */
  steady(services: number, perEnvironment: number, signal: AbortSignal): Promise<SteadyEngine>;
  /** A whole engine on a manual clock and a real store. */
  deploying(signal: AbortSignal): Promise<DeployingEngine>;
}

export interface SteadyEngine {
  /** One look at every environment, one after the other. */
  pass(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface DeployingEngine {
  /** Ships a new version to its end. Errors: when the outcome is not `succeeded`. */
  deploy(version: number, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

interface Size {
  readonly services: number;
  readonly passes: readonly Duration[];
  readonly memory: Bytes;
}

const notes = [
  'The fake runtime and a store in memory: what is measured is the engine’s own work, not the machine’s. A pass observes, decides and enforces every environment in turn.',
  'Memory is the heap after a forced collection; that of a deploy is the slope of a straight line through samples after the first fifth, in bytes a deploy, with the store on disk; it counts a cache of releases that is still filling (it has a bound).',
];

export function engine(trials: EngineTrials): Bench {
  return {
    name: 'engine',
    summary: 'A pass over 100 to 10,000 services, and memory after many deploys, on the fake runtime',
    parameters: { rounds: 5, services: 10_000, per_environment: 10, deploys: 1_000 },
    run: async (call) => {
      const { services = 0, deploys = 0 } = call.parameters;
      const sizes: Size[] = [];
      for (const count of [services / 100, services / 10, services].filter((one) => one >= 1))
        sizes.push(await measureSize(trials, Math.round(count), call));
      const memory = await measureDeploys(trials, deploys, call);
      return report('engine', call.parameters, {
        contestants: [...sizes.flatMap((one) => contestantsOf(one, services)), ...memoryOf(memory)],
        ratios: [...growthOf(sizes), ...flatnessOf(memory)],
        notes,
      });
    },
  };
}

async function measureSize(trials: EngineTrials, services: number, { parameters, progress, signal }: BenchCall): Promise<Size> {
  const { rounds = 0, per_environment: perEnvironment = 1 } = parameters;
  progress(`${services} services`);
  const before = collectedHeap();
  const steady = await trials.steady(services, perEnvironment, signal);
  try {
    const memory = collectedHeap() - before;
    const passes: Duration[] = [];
    // The first is for the compiler.
    for (let round = 0; round <= rounds; round += 1) {
      const started = performance.now();
      await steady.pass(signal);
      if (round > 0) passes.push(performance.now() - started);
    }
    return { services, passes, memory };
  } finally {
    await steady.stop();
  }
}

interface MemorySample {
  readonly deploys: number;
  readonly heap: Bytes;
}

async function measureDeploys(trials: EngineTrials, deploys: number, { progress, signal }: BenchCall): Promise<readonly MemorySample[]> {
  const samples: MemorySample[] = [];
  const every = Math.max(1, Math.floor(deploys / 50));
  const deploying = await trials.deploying(signal);
  try {
    for (let count = 1; count <= deploys; count += 1) {
      await deploying.deploy(count, signal);
      if (count % every === 0) samples.push({ deploys: count, heap: collectedHeap() });
      if (count % (every * 10) === 0) progress(`${count} of ${deploys} deploys`);
    }
  } finally {
    await deploying.stop();
  }
  return samples;
}

function contestantsOf({ services, passes, memory }: Size, largest: number): readonly Contestant[] {
  const target = services === 10_000 && services === largest ? atMost(1_000) : undefined;
  return [
    contestant(`a pass over ${services} services`, 'ms', passes, target),
    contestant(`memory of ${services} services, each`, 'KiB', [memory / services / 1024]),
  ];
}

/** A ratio of 1 is linear. */
function growthOf(sizes: readonly Size[]): readonly Ratio[] {
  return sizes.slice(1).flatMap((large, index) => {
    const small = sizes[index];
    if (!small) return [];
    const each = (size: Size) => size.passes.map((one) => one / size.services);
    return [ratio(`time a service, ${large.services} / ${small.services} services`, each(large), each(small))];
  });
}

function memoryOf(samples: readonly MemorySample[]): readonly Contestant[] {
  const settled = samples.slice(Math.floor(samples.length / 5));
  const slope = linearFit(settled.map(({ deploys, heap }) => [deploys, heap])).slope;
  return [
    contestant(
      'heap while deploying',
      'MiB',
      samples.map((one) => one.heap / 2 ** 20),
    ),
    contestant('heap left behind by a deploy', 'bytes', Number.isFinite(slope) ? [slope] : []),
  ];
}

/** Fifths of the samples against each other, sample by sample; the first fifth is warming up. */
function flatnessOf(samples: readonly MemorySample[]): readonly Ratio[] {
  const fifth = Math.floor(samples.length / 5);
  if (fifth === 0) return [];
  const heaps = samples.map((one) => one.heap);
  return [ratio('heap, last fifth of the deploys / second fifth', heaps.slice(-fifth), heaps.slice(fifth, 2 * fifth), atMost(1.1))];
}
