// Takes one step of load after the other, keeps the exhibit of each, and ends those that exceed a limit.
import type { Clock } from '../../base/clock.ts';
import type { ChaosExhibit } from '../../model/proving/experiment.ts';
import type { LoadPhase, PhaseExhibit } from '../../model/proving/load.ts';
import type { MemorySeries, StressStep } from '../../model/proving/stress.ts';
import type { Exhibit } from '../../model/proving/trial.ts';
import { writeExhibit } from '../evidence.ts';
import type { LoadEngine, LoadGlance } from '../load/engine.ts';
import type { ChaosReport } from './chaos.ts';
import type { Watchman } from './watchman.ts';

export interface Taken {
  readonly step: StressStep;
  readonly phase: PhaseExhibit;
}

export interface StepsOptions {
  readonly engine: LoadEngine;
  readonly watchman: Watchman;
  readonly clock: Clock;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly glance: (name: string, phase: LoadPhase, glance: LoadGlance) => void;
}

/** Between two steps, for what is left of the one before. */
const breath = 250;

export class Steps {
  readonly #options: StepsOptions;
  readonly #taken: StressStep[] = [];
  readonly #phases = new Map<string, PhaseExhibit>();
  readonly #experiments = new Map<string, ChaosExhibit>();
  readonly #exhibits: Exhibit[] = [];

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  get taken(): readonly StressStep[] {
    return this.#taken;
  }

  get exhibits(): readonly Exhibit[] {
    return this.#exhibits;
  }

  /** Why nothing may go on. */
  get exhausted(): string | undefined {
    const { watchman } = this.#options;
    return watchman.exhausted ? watchman.because : undefined;
  }

  readonly phase = (exhibit: string): PhaseExhibit | undefined => this.#phases.get(exhibit);

  memory(): readonly MemorySeries[] {
    return this.#options.watchman.memory();
  }

  readonly experiment = (exhibit: string): ChaosExhibit | undefined => this.#experiments.get(exhibit);

  add(experiments: ChaosReport['experiments']): void {
    for (const { content, file } of experiments) {
      this.#experiments.set(file.name, content);
      this.#exhibits.push(file);
    }
  }

  async take(kind: Omit<StressStep, 'exhibit' | 'stopped'>, wish: Omit<LoadPhase, 'name'>): Promise<Taken> {
    const { engine, watchman, clock, directory, signal, glance } = this.#options;
    const count = String(this.#taken.length + 1).padStart(2, '0');
    const before = this.#phases.has(`phases/${kind.phase}.json`);
    const name = kind.phase === undefined ? `${kind.kind}-${count}` : before ? `${kind.phase}-again` : kind.phase;
    const phase = { name, ...wish };
    // Overload is meant to fail; a step up to it is not.
    const limit = watchman.begin(kind.kind !== 'drop' && kind.kind !== 'warm');
    const seen = await engine.run(phase, AbortSignal.any([signal, limit]), (one) => {
      watchman.told(one);
      glance(name, phase, one);
    });
    const exhibit = `phases/${name}.json`;
    const stopped = limit.aborted ? watchman.because : undefined;
    const step = { ...kind, exhibit, ...(stopped !== undefined && { stopped }) };
    // What was cut off by somebody says nothing: it is kept, and no step of the record.
    if (!signal.aborted) {
      this.#taken.push(step);
      this.#phases.set(exhibit, seen);
    }
    this.#exhibits.push(await writeExhibit(directory, exhibit, seen));
    await clock.sleep(breath, signal).catch(() => undefined);
    return { step, phase: seen };
  }
}
