// Repositories that the settings name: what was committed, what pipelines made of it, and starting those that may be started.
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { PipelineRun } from '../../model/outside/delivery.ts';
import type { Pipelines, Repository } from '../../ports/outside/repositories.ts';
import type { Named } from './registered.ts';
import { registered } from './registered.ts';

export interface RegisteredRepository extends Named {
  readonly client: Repository;
  /** Pipelines that may be started from here. */
  readonly triggers: readonly string[];
}

export interface DeliveryParts {
  readonly clock: Clock;
  readonly repositories: readonly RegisteredRepository[];
}

/** Hosts count requests; a pipeline takes minutes. */
const pace: Duration = 3_000;

export class DeliveryBook {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  list(): readonly RegisteredRepository[] {
    return this.#parts.repositories;
  }

  /** Errors: `outside_unknown`. */
  find(name: string): RegisteredRepository {
    return registered(this.#parts.repositories, name, 'repository', 'repositories');
  }

  /** Errors: `outside_unknown`, `unsupported` where it has none. */
  pipelines(name: string): Pipelines {
    const { client, kind } = this.find(name);
    if (client.pipelines) return client.pipelines;
    throw new CodeError('unsupported', `${name} is a repository of kind ${kind}, which has no pipelines.`, {
      hint: 'Register it by its host (github, gitlab or azure) to see pipelines.',
    });
  }

  /** Errors: `denied` for a pipeline that the settings do not name, those of the repository. */
  async trigger(
    name: string,
    wish: { readonly pipeline: string; readonly branch: string; readonly inputs: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<PipelineRun | undefined> {
    const { triggers } = this.find(name);
    const pipelines = this.pipelines(name);
    if (triggers.includes(wish.pipeline)) return pipelines.trigger(wish, signal);
    const may = triggers.length === 0 ? 'none may' : `${triggers.join(', ')} may`;
    throw new CodeError('denied', `${wish.pipeline} of ${name} may not be started from here: ${may}.`, {
      hint: 'Whoever owns the machine names it under triggers of that repository, in the setting repositories.',
    });
  }

  /** Until it has ended, or that time is over: then as it stands. */
  async wait(name: string, id: string, atMost: Duration, signal: AbortSignal): Promise<PipelineRun> {
    const { clock } = this.#parts;
    const pipelines = this.pipelines(name);
    const until = clock.now() + atMost;
    for (;;) {
      const run = await pipelines.get(id, signal);
      const left = until - clock.now();
      if (run.state === 'ended' || left <= 0) return run;
      await clock.sleep(Math.min(pace, left), signal);
    }
  }
}
