// Puts the routings of all environments together into one table and keeps the gateway on it.
import type { Routing } from '../decide/converge.ts';
import { internalRoutes } from '../decide/discovery.ts';
import type { RouteTable, TrafficObservation } from '../model/route.ts';
import type { TrafficView } from '../ports/runtime.ts';
import type { Traffic } from '../ports/traffic.ts';
import { Endpoints } from './discovery/endpoints.ts';
import type { EnginePorts } from './ports.ts';

export interface TableDrift {
  readonly expected: number;
  readonly found: number;
}

type Content = Omit<RouteTable, 'version'>;

export class Director {
  /** Who takes requests by the table in force. */
  readonly endpoints: Endpoints;
  readonly #traffic: Traffic;
  readonly #parts = new Map<string, { readonly text: string; readonly routing: Routing }>();
  /** Raised whenever what is wanted changes; says which wish is in force. */
  #wish = 0;
  /** Of the wish that it was made for: putting it together costs as much as there is. */
  #made: { readonly wish: number; readonly content: Content } | undefined;
  #applied: { readonly version: number; readonly wish: number } | undefined;
  #routed: ReadonlySet<string> = new Set();
  #queue: Promise<unknown> = Promise.resolve();

  constructor({ traffic, clock }: Pick<EnginePorts, 'traffic' | 'clock'>) {
    this.#traffic = traffic;
    this.endpoints = new Endpoints(clock);
  }

  /** Says what a scope wants routed; takes effect with the next `enforce`. */
  contribute(scope: string, routing: Routing): void {
    const known = this.#parts.get(scope);
    if (!known && routing.services.length === 0) return;
    // Routings are made by one function, member by member in one order: equal ones have equal texts.
    const text = JSON.stringify(routing);
    if (known?.text === text) return;
    this.#wish += 1;
    if (routing.services.length === 0) this.#parts.delete(scope);
    else this.#parts.set(scope, { text, routing });
  }

  /** Resolves once the present table is in force. Calls are serialised; an unchanged table costs nothing. */
  enforce(signal: AbortSignal): Promise<void> {
    return this.#serially(() => this.#enforce(signal));
  }

  /** What may be routed while the gateway does not answer: what was told last, whether or not it was heard. Nothing that drains counts as quiet. */
  blindView(draining: readonly string[]): TrafficView {
    return { routed: new Set([...this.#routed, ...draining]), inFlight: {} };
  }

  /** What is routed and in flight; asks the gateway only when somebody waits for it (`precise`). */
  async view(precise: boolean, signal: AbortSignal): Promise<TrafficView> {
    if (!precise) return { routed: this.#routed, inFlight: {} };
    const { inFlight } = await this.observe(signal);
    return { routed: this.#routed, inFlight };
  }

  /** The table that is in force, as far as the engine knows; its content is the same object until it changes. */
  table(): RouteTable {
    return { version: this.#applied?.version ?? 0, ...this.#content() };
  }

  observe(signal: AbortSignal): Promise<TrafficObservation> {
    return this.#traffic.observe(signal);
  }

  /** Compares the version in force with ours. One that is not ours is forgotten here, so that the next `enforce` puts ours above it. */
  drifted(signal: AbortSignal): Promise<TableDrift | undefined> {
    return this.#serially(async () => {
      if (!this.#applied) return undefined;
      const { version, newest = version } = await this.observe(signal);
      const expected = this.#applied.version;
      const found = version === expected ? newest : version;
      if (found === expected) return undefined;
      this.#applied = undefined;
      return { expected, found };
    });
  }

  async #enforce(signal: AbortSignal): Promise<void> {
    const wish = this.#wish;
    if (this.#applied?.wish === wish) return;
    const content = this.#content();
    const known = this.#applied?.version ?? 0;
    const seen = await this.observe(signal);
    const version = Math.max(known, seen.newest ?? seen.version) + 1;
    const routed = content.services.flatMap((service) =>
      service.releases.flatMap((release) => release.upstreams.map((one) => one.instance)),
    );
    // Of a table whose arrival was never confirmed it is not known which of the two is in force.
    this.#routed = new Set([...this.#routed, ...routed]);
    await this.#traffic.apply({ version, ...content }, signal);
    this.#applied = { version, wish };
    this.endpoints.follow(content.services);
    this.#routed = new Set(routed);
  }

  #content(): Content {
    if (this.#made?.wish !== this.#wish) this.#made = { wish: this.#wish, content: this.#putTogether() };
    return this.#made.content;
  }

  #putTogether(): Content {
    const parts = [...this.#parts.values()].map((one) => one.routing);
    const services = parts.flatMap((one) => one.services);
    return { routes: [...parts.flatMap((one) => one.routes), ...internalRoutes(services)], services };
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work, work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
