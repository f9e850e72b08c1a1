// A copy of the cluster's objects of one kind, kept by list and watch: bookmarks keep its place, and where that is too old it lists anew.
import type { z } from 'zod';
import type { Clock } from '../../../../base/clock.ts';
import { CodeError } from '../../../../base/errors.ts';
import type { Duration } from '../../../../base/units.ts';
import { linesOf } from '../../../../platform/http/link.ts';
import type { KubeClient } from '../client.ts';
import type { Kind } from '../object.ts';
import { pathOf } from '../object.ts';
import { ApiRefusal } from '../refusals.ts';
import { eventShape, listShape } from '../shapes.ts';
import { pauseAfter } from './pace.ts';

interface Named {
  readonly metadata: { readonly name: string };
}

export interface ReflectorOptions<T extends Named> {
  readonly client: KubeClient;
  readonly kind: Kind;
  readonly shape: z.ZodType<T>;
  /** Label selector. */
  readonly selector: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** One was seen, or is gone. `listed`: it was there when we looked; it did not come now. */
  readonly seen: (object: T, how: 'listed' | 'changed' | 'gone') => void;
}

/** A watch is ended by the server after this time, so that connections spread; one that is silent for longer is broken. */
const watchLife: Duration = 290_000;
const slack: Duration = 30_000;
const pageSize = 500;
const pace = { first: 200, most: 10_000 };

/** Where a watch goes on. */
interface Cursor {
  version: string;
}

export class Reflector<T extends Named> {
  readonly #options: ReflectorOptions<T>;
  readonly #objects = new Map<string, T>();
  #problem: unknown;
  #synced = false;
  #first = Promise.withResolvers<void>();

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Goes on until the signal. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let cursor: Cursor | undefined;
    while (!signal.aborted)
      try {
        cursor ??= await this.#list(signal);
        await this.#watch(cursor, signal);
        failures = 0;
        // It ended in order; one that ends at once each time is not asked without pause.
        await this.#pause(1, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        // Too old: nothing is wrong, only all must be looked at again.
        if (thrown instanceof ApiRefusal && thrown.status === 410) {
          cursor = undefined;
          continue;
        }
        this.#fails(this.#options.client.told(thrown));
        failures += 1;
        await this.#pause(failures, signal);
      }
  }

  /** All there are, as of a moment ago. Errors: why they are not known. */
  async all(): Promise<readonly T[]> {
    if (!this.#synced && this.#problem === undefined) await this.#first.promise;
    if (this.#problem !== undefined) throw this.#problem;
    return this.now();
  }

  /** As last seen, however long ago. */
  now(): readonly T[] {
    return [...this.#objects.values()];
  }

  get(name: string): T | undefined {
    return this.#objects.get(name);
  }

  /** What an answer to a change has shown; the watch will tell the same. */
  put(raw: unknown): void {
    const parsed = this.#options.shape.safeParse(raw);
    if (parsed.success && this.#objects.has(parsed.data.metadata.name)) this.#objects.set(parsed.data.metadata.name, parsed.data);
  }

  async #list(signal: AbortSignal): Promise<Cursor> {
    const { client, kind, selector, seen } = this.#options;
    const found = new Map<string, T>();
    let next: string | undefined;
    let version = '';
    do {
      const query = { labelSelector: selector, limit: pageSize, continue: next };
      const list = listShape.parse(await client.get(pathOf(kind, client.place.namespace), query, signal));
      for (const item of list.items) {
        const object = this.#options.shape.parse(item);
        found.set(object.metadata.name, object);
      }
      version = list.metadata.resourceVersion;
      next = list.metadata.continue === '' ? undefined : list.metadata.continue;
    } while (next !== undefined);
    const gone = [...this.#objects].filter(([name]) => !found.has(name));
    const before = new Set(this.#objects.keys());
    this.#objects.clear();
    for (const [name, object] of found) this.#objects.set(name, object);
    for (const [, object] of gone) seen(object, 'gone');
    for (const [name, object] of found) seen(object, this.#synced && !before.has(name) ? 'changed' : 'listed');
    this.#works();
    return { version };
  }

  /** Returns when the server ends it; `cursor` is where to go on. */
  async #watch(cursor: Cursor, signal: AbortSignal): Promise<void> {
    const { client, kind, selector } = this.#options;
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: cursor.version,
      labelSelector: selector,
      timeoutSeconds: watchLife / 1000,
    };
    const within = AbortSignal.any([signal, AbortSignal.timeout(watchLife + slack)]);
    const answer = await client.stream(pathOf(kind, client.place.namespace), query, within);
    // Only now: what broke before is whole again.
    this.#works();
    for await (const line of linesOf(answer.chunks)) this.#take(line, cursor);
  }

  #take(line: string, cursor: Cursor): void {
    const { type, object } = eventShape.parse(JSON.parse(line));
    if (type === 'ERROR') throw new ApiRefusal(object.code ?? 500, JSON.stringify(object));
    const version = object.metadata?.resourceVersion;
    if (version !== undefined) cursor.version = version;
    if (type === 'BOOKMARK') return;
    const one = this.#options.shape.parse(object);
    if (type === 'DELETED') this.#objects.delete(one.metadata.name);
    else this.#objects.set(one.metadata.name, one);
    this.#options.seen(one, type === 'DELETED' ? 'gone' : 'changed');
  }

  #works(): void {
    this.#synced = true;
    this.#problem = undefined;
    this.#first.resolve();
  }

  #fails(problem: unknown): void {
    this.#problem = problem ?? new CodeError('runtime_unavailable', 'The watch of the cluster broke.');
    this.#first.resolve();
  }

  async #pause(failures: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    await clock.sleep(pauseAfter(failures, pace, random), signal).catch(() => undefined);
  }
}
