// Follows the event log: what is stored already, then what is appended, without a gap and without polling.
import type { EngineEvent } from '../../model/event.ts';
import type { Store } from '../../ports/store.ts';

const page = 500;

/** Ends after the stored events unless `follow`; otherwise when the signal aborts. */
export async function* followEvents(store: Store, after: number, follow: boolean, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  let position = after === -1 ? await store.lastEvent() : after;
  let news = Promise.withResolvers<void>();
  const unsubscribe = store.onEvents(() => news.resolve());
  const onAbort = () => news.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    while (!signal.aborted) {
      // Renewed before reading: an event appended while we read is then seen in the next turn.
      news = Promise.withResolvers<void>();
      if (signal.aborted) return;
      const events = await store.events(position, page);
      for (const event of events) {
        yield event;
        position = event.sequence;
      }
      if (events.length === page) continue;
      if (!follow) return;
      await news.promise;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}
