// Watches a service while its size changes, and notes when what happened first.
import type { Clock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import type { Timed } from '../../model/proving/scale.ts';
import type { ScaleSight, ScaleSite } from './site.ts';

/** How often one looks: no time is told more exactly. */
const every: Duration = 50;
const longest: Duration = 60_000;

export class Follower {
  readonly #site: ScaleSite;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;

  constructor(site: ScaleSite, clock: Clock, signal: AbortSignal) {
    this.#site = site;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** When it was first seen, on the clock; undefined: not within the time. */
  async until(seen: (sight: ScaleSight) => boolean, within: Duration): Promise<number | undefined> {
    const begun = this.#clock.now();
    for (;;) {
      if (seen(await this.#site.look(false, this.#signal))) return this.#clock.now();
      if (this.#clock.now() - begun > within) return undefined;
      await this.#clock.sleep(every, this.#signal);
    }
  }

  /** From the moment at which an instance that is not one of `known` is ready to the one at which others are told of it. */
  discovery(known: readonly string[]): { finish(): Promise<Timed | undefined> } {
    const enough = new AbortController();
    const watching = this.#firstFound(new Set(known), AbortSignal.any([this.#signal, enough.signal]));
    watching.catch(() => undefined);
    const finish = async () => {
      const late = setTimeout(() => enough.abort(), longest);
      try {
        return await watching;
      } catch {
        return enough.signal.aborted ? ({ what: 'discovery', watched: longest } as const) : undefined;
      } finally {
        clearTimeout(late);
      }
    };
    return { finish };
  }

  async #firstFound(known: ReadonlySet<string>, signal: AbortSignal): Promise<Timed> {
    let fresh: { readonly id: string; readonly at: number } | undefined;
    for (;;) {
      const [{ ready }, told] = await Promise.all([this.#site.look(false, signal), this.#site.endpoints(signal)]);
      const at = this.#clock.now();
      const id = ready.find((one) => !known.has(one));
      if (fresh === undefined && id !== undefined) fresh = { id, at };
      if (fresh !== undefined && told.includes(fresh.id)) return { what: 'discovery', took: at - fresh.at, watched: longest };
      await this.#clock.sleep(every, signal);
    }
  }
}
