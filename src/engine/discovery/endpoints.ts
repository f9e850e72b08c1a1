// The registry of instances that take requests: read from each route table once it is in force, told on as it changes.
import type { Clock } from '../../base/clock.ts';
import { endpointChanges, endpointsOf } from '../../decide/discovery.ts';
import type { Endpoint, EndpointChange } from '../../model/discovery/endpoint.ts';
import type { RoutedService } from '../../model/route.ts';

/** Readers that are further behind are told all again. */
const kept = 1_000;

export type NumberedChange = EndpointChange & { readonly sequence: number };

export class Endpoints {
  #all: readonly Endpoint[] = [];
  #changes: readonly NumberedChange[] = [];
  /** Begins with the clock: numbers of an earlier life are smaller, and never taken for ours. */
  #sequence: number;
  readonly #first: number;
  readonly #readers = new Set<() => void>();

  constructor(clock: Clock) {
    this.#sequence = clock.now();
    this.#first = this.#sequence;
  }

  list(): readonly Endpoint[] {
    return this.#all;
  }

  /** A table is in force. */
  follow(services: readonly RoutedService[]): void {
    const all = endpointsOf(services);
    const changes = endpointChanges(this.#all, all).map((change): NumberedChange => ({ ...change, sequence: ++this.#sequence }));
    this.#all = all;
    if (changes.length === 0) return;
    this.#changes = [...this.#changes, ...changes].slice(-kept);
    for (const wake of this.#readers) wake();
  }

  /** Changes after a number, as they happen; all there are first, when it is none of ours or too long ago. Ends with the signal, or, not following, at once. */
  async *watch(after: number, follow: boolean, signal: AbortSignal): AsyncGenerator<NumberedChange> {
    let position = after;
    let news = Promise.withResolvers<void>();
    const wake = () => news.resolve();
    this.#readers.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    try {
      while (!signal.aborted) {
        news = Promise.withResolvers<void>();
        for (const change of this.#since(position)) {
          yield change;
          position = change.sequence;
        }
        if (!follow) return;
        if (position === this.#sequence && !signal.aborted) await news.promise;
      }
    } finally {
      this.#readers.delete(wake);
      signal.removeEventListener('abort', wake);
    }
  }

  #since(position: number): readonly NumberedChange[] {
    const oldest = this.#changes[0]?.sequence ?? this.#sequence + 1;
    if (position > this.#sequence || position < Math.max(this.#first, oldest - 1))
      return [{ kind: 'all', endpoints: this.#all, sequence: this.#sequence }];
    return this.#changes.filter(({ sequence }) => sequence > position);
  }
}
