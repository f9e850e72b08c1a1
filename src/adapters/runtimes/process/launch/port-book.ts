// Which port belongs to which instance: one that is in nobody's record, that the kernel does not hand out, and that is free right now.
import { CodeError } from '../../../../base/errors.ts';
import type { PortRange } from '../../../../platform/process/ports.ts';
import { ephemeralRange, isPortFree } from '../../../../platform/process/ports.ts';

export interface PortBookOptions {
  readonly range: PortRange;
  /** Where in the range to begin, 0 to 1: a port that was just released should rest before its next owner. */
  readonly begin: number;
  /** Ports of instances that were started in earlier lives. */
  readonly held: () => Promise<Iterable<readonly [id: string, port: number]>>;
}

export class PortBook {
  readonly #options: PortBookOptions;
  readonly #owners = new Map<number, string>();
  #opened: Promise<readonly number[]> | undefined;
  #next = 0;

  constructor(options: PortBookOptions) {
    this.#options = options;
  }

  /** Errors: `port_taken` when none of the range is free. */
  async reserve(id: string, signal: AbortSignal): Promise<number> {
    this.#opened ??= this.#open();
    const candidates = await this.#opened;
    for (let tries = 0; tries < candidates.length; tries += 1) {
      signal.throwIfAborted();
      const port = candidates[this.#next] ?? 0;
      this.#next = (this.#next + 1) % candidates.length;
      if (this.#owners.has(port)) continue;
      // Booked before it is tested: others look for one at the same time.
      this.#owners.set(port, id);
      if (await isPortFree(port)) return port;
      this.#owners.delete(port);
    }
    const { first, last } = this.#options.range;
    throw new CodeError('port_taken', `No free port is left for ${id} between ${first} and ${last}.`, {
      hint: 'Widen the range ("port_range" in the settings), or end what holds these ports (ss -ltn).',
      details: { first, last, held: this.#owners.size },
    });
  }

  /** An instance of an earlier life still has this port. */
  adopt(id: string, port: number): void {
    this.#owners.set(port, id);
  }

  release(id: string): void {
    for (const [port, owner] of this.#owners) if (owner === id) this.#owners.delete(port);
  }

  async #open(): Promise<readonly number[]> {
    const { range, begin, held } = this.#options;
    for (const [id, port] of await held()) this.adopt(id, port);
    const kernels = await ephemeralRange();
    const all = Array.from({ length: Math.max(0, range.last - range.first + 1) }, (_, at) => range.first + at);
    const outside = all.filter((port) => port < kernels.first || port > kernels.last);
    this.#next = Math.floor(begin * outside.length) % Math.max(1, outside.length);
    return outside;
  }
}
