// Ends of instances by themselves, as the events tell them: storms of restarts, and ends for lack of memory.
import { isStorm, recent, stormText } from '../../decide/watch/storm.ts';
import type { EngineEvent } from '../../model/event.ts';
import type { Scope } from '../../model/instance.ts';
import { serviceKey } from '../../model/instance.ts';
import type { WatchFinding } from '../../model/watch/watch.ts';
import type { Store } from '../../ports/store.ts';

interface Ends {
  readonly scope: Scope;
  readonly service: string;
  at: readonly number[];
  storm: boolean;
}

export class Restarts {
  readonly #store: Pick<Store, 'events' | 'lastEvent'>;
  readonly #ends = new Map<string, Ends>();
  #after: number | undefined;

  constructor(store: Pick<Store, 'events' | 'lastEvent'>) {
    this.#store = store;
  }

  /** What was told since the look before; at the first, nothing yet. */
  async look(now: number): Promise<readonly WatchFinding[]> {
    const events = await this.#news();
    const memory = events.flatMap((event) => (event.facts?.['out_of_memory'] === true ? outOfMemory(event) : []));
    for (const event of events) this.#note(event);
    return [...memory, ...[...this.#ends].flatMap(([key, ends]) => this.#storm(key, ends, now))];
  }

  async #news(): Promise<readonly EngineEvent[]> {
    const all: EngineEvent[] = [];
    let after = this.#after ?? (await this.#store.lastEvent());
    for (;;) {
      const page = await this.#store.events(after, 500);
      all.push(...page.filter(({ kind }) => kind === 'instance.exited'));
      after = page.at(-1)?.sequence ?? after;
      this.#after = after;
      if (page.length === 0) return all;
    }
  }

  #note({ application, environment, service, at }: EngineEvent): void {
    if (application === undefined || environment === undefined || service === undefined) return;
    const scope = { application, environment };
    const key = serviceKey(scope, service);
    const known = this.#ends.get(key) ?? { scope, service, at: [], storm: false };
    this.#ends.set(key, { ...known, at: [...known.at, at] });
  }

  #storm(key: string, ends: Ends, now: number): readonly WatchFinding[] {
    ends.storm = isStorm(ends.storm, ends.at, now);
    ends.at = recent(ends.at, now);
    if (ends.at.length === 0) this.#ends.delete(key);
    const { scope, service } = ends;
    return ends.storm
      ? [{ kind: 'restart_storm', scope, service, what: 'restarts', message: `${service} ${stormText(ends.at, now)}` }]
      : [];
  }
}

function outOfMemory({ application, environment, service, message }: EngineEvent): readonly WatchFinding[] {
  if (application === undefined || environment === undefined || service === undefined) return [];
  return [{ kind: 'out_of_memory', scope: { application, environment }, service, what: 'memory', message }];
}
