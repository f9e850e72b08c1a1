// Ends instances that carry our mark and that nobody remembers: left by a crash between start and record, or started by hand.
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { Instances } from '../../ports/instances.ts';
import type { Log } from '../../ports/log.ts';
import type { InstanceRecord } from '../../ports/store.ts';

/** Nobody knows what a stray's release would have allowed it. */
const strayGrace: Duration = 5_000;

export class Strays {
  readonly #driver: Instances;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #known: () => ReadonlySet<string>;
  readonly #leaving = new Set<string>();

  /** `known`: ids of all instances that somebody wants or sees to. */
  constructor(driver: Instances, log: Log, signal: AbortSignal, known: () => ReadonlySet<string>) {
    this.#driver = driver;
    this.#log = log;
    this.#signal = signal;
    this.#known = known;
  }

  /** Returns all that are there. Their end is not waited for: one that will not stop must hold nobody up. */
  async dismiss(): Promise<readonly InstanceRecord[]> {
    const seen = await this.#driver.strays(this.#known(), this.#signal);
    // Asked again: the look takes a while, and what was started meanwhile is nobody's stray.
    const knownNow = this.#known();
    const found = seen.filter((one) => !knownNow.has(one.id));
    for (const stray of found) {
      if (this.#leaving.has(stray.id)) continue;
      this.#leaving.add(stray.id);
      void this.#end(stray);
    }
    return found;
  }

  /** One whose end failed is found again. */
  async #end(stray: InstanceRecord): Promise<void> {
    this.#log.warn({ instance: stray.id }, 'found an instance without a record; it is stopped');
    try {
      await this.#driver.stop(stray, strayGrace, this.#signal);
      await this.#driver.forget(stray);
    } catch (thrown) {
      if (!this.#signal.aborted) this.#log.error({ instance: stray.id, error: asCodeError(thrown).message }, 'could not end a stray');
    } finally {
      this.#leaving.delete(stray.id);
    }
  }
}

/** Until `enough`: a runtime that is silent holds nobody up. The look goes on, and the watch over drift repeats it. */
export async function waitedFor(look: Promise<unknown>, enough: AbortSignal | undefined): Promise<void> {
  if (!enough) return void (await look);
  const over = new Promise<void>((resolve) => {
    if (enough.aborted) resolve();
    enough.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([look, over]);
}
