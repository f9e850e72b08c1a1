// Tells people and programs outside what the runtime watch found: the channels that the settings name for it, each at its own pace.

import type { Clock } from '../../base/clock.ts';
import { asCodeError } from '../../base/errors.ts';
import type { RandomText } from '../../base/ids.ts';
import type { Duration } from '../../base/units.ts';
import type { EngineEvent } from '../../model/event.ts';
import type { Notice } from '../../model/outside/notice.ts';
import type { Severity } from '../../model/watch/watch.ts';
import { watchSeverities } from '../../model/watch/watch.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import type { RegisteredChannel } from '../outside/channels.ts';

export interface WatchNoticeParts {
  readonly store: Pick<Store, 'events' | 'lastEvent' | 'onEvents'>;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly log: Pick<Log, 'warn'>;
  readonly channels: readonly RegisteredChannel[];
  /** Over everything that leaves: a path or an address may hold a value that is confidential. */
  readonly hide: (text: string) => string;
  /** Between the attempts for one notice; after the last it is given up. */
  readonly pauses?: readonly Duration[];
}

/** Findings that one notice tells of: a channel that is slow, or was away, gets more in fewer. */
const atOnce = 20;
const usualPauses: readonly Duration[] = [1_000, 10_000, 60_000, 300_000, 900_000];
const severityOutside = { notice: 'info', warning: 'warning', critical: 'critical' } as const;

/**
 * What nobody took before the engine ended is not kept for its next life: there the watch looks anew, and what still stands is found, and
 * told, again.
 */
export class WatchNotices {
  readonly #parts: WatchNoticeParts;
  readonly #lifetime = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: WatchNoticeParts) {
    this.#parts = parts;
  }

  start(): void {
    const told = this.#parts.channels.filter((one) => one.watch !== undefined);
    if (told.length === 0) return;
    this.#running = this.#parts.store
      .lastEvent()
      .then((from) => Promise.all(told.map((channel) => this.#follow(channel, from))))
      .catch((thrown: unknown) => this.#warn('what the watch finds is told to nobody', thrown));
  }

  /** What is on its way is broken off. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    await this.#running;
  }

  async #follow(channel: RegisteredChannel, from: number): Promise<void> {
    const { store, clock } = this.#parts;
    const { signal } = this.#lifetime;
    let wake = (): void => undefined;
    const unsubscribe = store.onEvents(() => wake());
    signal.addEventListener('abort', () => wake(), { once: true });
    for (let after = from; !signal.aborted; ) {
      // Before the look: what is told during it wakes us at once.
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      try {
        const events = await store.events(after, atOnce);
        const concerned = events.filter((event) => concerns(channel, event));
        if (concerned.length > 0) await this.#tell(channel, concerned);
        after = events.at(-1)?.sequence ?? after;
        if (events.length === 0 && !signal.aborted) await woken;
      } catch (thrown) {
        if (!signal.aborted) this.#warn('what the watch found could not be read', thrown);
        await clock.sleep(1_000, signal).catch(() => undefined);
      }
    }
    unsubscribe();
  }

  /** The same notice until it is taken, or given up: receivers know it again. */
  async #tell({ name, client }: RegisteredChannel, events: readonly EngineEvent[]): Promise<void> {
    const { clock, random, hide, pauses = usualPauses } = this.#parts;
    const { signal } = this.#lifetime;
    const notice = noticeOf(events, { id: `n-${random(20)}`, at: clock.now() }, hide);
    for (const pause of [...pauses, undefined]) {
      if (signal.aborted) return;
      try {
        return await client.send(notice, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        if (pause === undefined) return this.#warn(`${name} was not told what the watch found: "${notice.title}"`, thrown);
        await clock.sleep(pause, signal).catch(() => undefined);
      }
    }
  }

  #warn(message: string, thrown: unknown): void {
    this.#parts.log.warn({ error: asCodeError(thrown).message }, message);
  }
}

/** Findings of the place that the channel is for, as grave as it wants to hear of; and their ends. */
function concerns({ application, environment, watch = 'critical' }: RegisteredChannel, event: EngineEvent): boolean {
  if (event.kind !== 'watch.found' && event.kind !== 'watch.cleared') return false;
  const isThere = [
    [application, event.application],
    [environment, event.environment],
  ].every(([wanted, own]) => wanted === undefined || wanted === own);
  return isThere && watchSeverities.indexOf(severityIn(event)) >= watchSeverities.indexOf(watch);
}

function severityIn({ facts }: EngineEvent): Severity {
  return watchSeverities.find((one) => one === facts?.['severity']) ?? 'notice';
}

function noticeOf(events: readonly EngineEvent[], known: Pick<Notice, 'id' | 'at'>, hide: (text: string) => string): Notice {
  const found = events.filter(({ kind }) => kind === 'watch.found');
  const gravest = found.map(severityIn).toSorted((a, b) => watchSeverities.indexOf(b) - watchSeverities.indexOf(a))[0] ?? 'notice';
  const lines = events.map(({ application, environment, service, message }) => `${application}/${environment} ${service}: ${message}`);
  const [first = ''] = lines;
  const title =
    events.length === 1 ? `Runtime watch: ${first}` : `Runtime watch: ${found.length} found, ${events.length - found.length} gone`;
  const text = hide(lines.join('\n')).slice(0, 4_000);
  return { ...known, title: hide(title).slice(0, 150), text, severity: severityOutside[gravest], from: 'engine:watch' };
}
