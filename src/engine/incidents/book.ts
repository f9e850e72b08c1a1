// The book of incidents: opened by people, programs and the engine, and what was written down about each until it was resolved, and after.
import { CodeError, hasCode } from '../../base/errors.ts';
import { moved, withNote } from '../../decide/incidents/changed.ts';
import type { IncidentWish } from '../../decide/incidents/opened.ts';
import { openIncident } from '../../decide/incidents/opened.ts';
import type { Incident } from '../../model/incident/incident.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Change, Stored } from '../../ports/store.ts';
import { deploymentKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';
import { nextNumber, opening, put, told } from './after.ts';

/** Writers of one record that meet again and again are a defect, not bad luck. */
const tries = 20;

export interface IncidentParts {
  readonly ports: Pick<EnginePorts, 'store' | 'clock' | 'fence'>;
  /** Takes secrets out of words before they are kept. */
  readonly hide: (text: string) => string;
}

export interface Words {
  readonly by: string;
  readonly text: string;
  readonly run?: string | undefined;
}

export class IncidentBook {
  readonly #ports: IncidentParts['ports'];
  readonly #hide: IncidentParts['hide'];

  constructor({ ports, hide }: IncidentParts) {
    this.#ports = ports;
    this.#hide = hide;
  }

  /** Errors: `application_unknown` where nothing was ever deployed. */
  async open(wish: IncidentWish): Promise<Incident> {
    const { store, clock } = this.#ports;
    const { scope } = wish;
    if (!(await store.get('environment', scopeKey(scope))))
      throw new CodeError('application_unknown', `${scope.application} was never deployed in environment ${scope.environment}.`, {
        hint: 'Run "codectl status" to see what is.',
      });
    const shown = { ...wish, title: this.#hide(wish.title), text: this.#hide(wish.text) };
    return this.#retried(async () => {
      const incident = openIncident(shown, await nextNumber(store, scope), clock.now());
      return { incident, changes: opening(incident) };
    });
  }

  /** The newest first, of all places that fit; `whole`: those that are resolved, too. */
  async list({ application, environment }: Partial<Scope>, whole: boolean, limit: number): Promise<readonly Incident[]> {
    const stored = await this.#ports.store.list('incident', application === undefined ? {} : { prefix: `${application}/` });
    return stored
      .map(({ value }) => value)
      .filter(({ scope, state }) => (environment === undefined || scope.environment === environment) && (whole || state !== 'resolved'))
      .toSorted((a, b) => b.openedAt - a.openedAt || b.number - a.number)
      .slice(0, limit);
  }

  /** Errors: `incident_unknown`. */
  async find(id: string): Promise<Incident> {
    return (await this.#stored(id)).value;
  }

  /** Errors: `incident_unknown`, `too_large`. */
  async note(id: string, words: Words): Promise<Incident> {
    const note = this.#noteOf(words);
    return this.#changed(id, (before, at) => {
      const incident = withNote(before, { ...note, at });
      return { incident, event: told(incident, 'incident.noted', at, `${words.by} wrote a note on incident ${id}`) };
    });
  }

  /** Somebody looks after it. Errors: `incident_unknown`, `incident_state`, `too_large`. */
  async acknowledge(id: string, words: Words): Promise<Incident> {
    const note = this.#noteOf(words);
    return this.#changed(id, (before, at) => {
      const incident = moved(before, 'acknowledged', { ...note, at });
      return { incident, event: told(incident, 'incident.acknowledged', at, `${words.by} looks after incident ${id}`) };
    });
  }

  /** Errors: `incident_unknown`, `incident_state`, `too_large`. */
  async resolve(id: string, words: Words): Promise<Incident> {
    const note = this.#noteOf(words);
    return this.#changed(id, (before, at) => {
      const incident = moved(before, 'resolved', { ...note, at });
      return { incident, event: told(incident, 'incident.resolved', at, `${words.by} resolved incident ${id}`) };
    });
  }

  #noteOf({ by, text, run }: Words) {
    return { by, text: this.#hide(text), ...(run !== undefined && { run }) };
  }

  #changed(
    id: string,
    edit: (before: Incident, now: number) => { readonly incident: Incident; readonly event: Change },
  ): Promise<Incident> {
    return this.#retried(async () => {
      const { value, version } = await this.#stored(id);
      const { incident, event } = edit(value, this.#ports.clock.now());
      return { incident, changes: [put(incident, version), event] };
    });
  }

  /** Whoever comes second reads it again. */
  async #retried(make: () => Promise<{ readonly incident: Incident; readonly changes: readonly Change[] }>): Promise<Incident> {
    for (let attempt = 1; ; attempt += 1) {
      const { incident, changes } = await make();
      try {
        await this.#ports.store.commit(changes, this.#ports.fence());
        return incident;
      } catch (thrown) {
        if (!hasCode(thrown, 'write_conflict') || attempt === tries) throw thrown;
      }
    }
  }

  async #stored(id: string): Promise<Stored<Incident>> {
    const match = /^(?<names>.+)-i(?<number>\d{1,8})$/.exec(id);
    const { names = '', number = '' } = match?.groups ?? {};
    for (const { value } of match ? await this.#ports.store.list('environment') : []) {
      if (`${value.scope.application}-${value.scope.environment}` !== names) continue;
      const found = await this.#ports.store.get('incident', deploymentKey(value.scope, Number(number)));
      if (found) return found;
    }
    throw new CodeError('incident_unknown', `There is no incident ${id}.`, { hint: 'Run "codectl incident list --all" to see them.' });
  }
}
