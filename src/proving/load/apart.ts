// Traffic from a process of its own: who starts commands beside the load – each start stops a large process for some milliseconds – does not delay it.
import { fileURLToPath } from 'node:url';
import { Colleague } from '../../platform/colleague.ts';
import type { TrafficOptions, TrafficReport } from './traffic.ts';

/** What can be told to another process. */
type Stream = Omit<TrafficOptions, 'onExchange'>;

const entry = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'generator.ts' : 'generator.js', import.meta.url));

export class TrafficApart<Name extends string> {
  readonly #generator: Colleague;

  private constructor(generator: Colleague) {
    this.#generator = generator;
  }

  /** Resolves when requests of all streams are being sent. */
  static async start<Name extends string>(streams: Readonly<Record<Name, Stream>>): Promise<TrafficApart<Name>> {
    const generator = new Colleague(entry);
    await generator.ask(streams);
    return new TrafficApart<Name>(generator);
  }

  /** Ends the arrivals, waits for the answers that are still out, and the process with it. Call once. */
  async stop(): Promise<Readonly<Record<Name, TrafficReport>>> {
    const reports = await this.#generator.ask('stop');
    this.#generator.leave();
    return reports as Readonly<Record<Name, TrafficReport>>;
  }
}
