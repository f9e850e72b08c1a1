// Hears from the Engine when a container of ours ends, and goes on hearing after it was restarted.

import { linesOf } from '../../../platform/http/link.ts';
import { label, ours } from './names.ts';
import { event } from './shapes.ts';
import type { Site } from './site.ts';

const againAfter = 1_000;

/** Until the site is closed. What ends while nobody hears is found by the next pass. */
export async function hear(site: Site): Promise<void> {
  const { signal } = site.lifetime;
  const filters = ours(site.homeId, { type: ['container'], event: ['die'] });
  while (!signal.aborted) {
    try {
      const answer = await site.engine.stream({ method: 'GET', path: '/events', query: { filters }, unhurried: true }, signal);
      for await (const line of linesOf(answer.chunks)) tell(site, line);
    } catch {
      // Down, or not permitted: whoever deploys is told, and here it is only tried again.
    }
    await site.clock.sleep(againAfter, signal).catch(() => undefined);
  }
}

function tell({ listeners }: Site, line: string): void {
  const heard = event.safeParse(JSON.parse(line));
  const instance = heard.data?.Actor?.Attributes?.[label.instance];
  if (instance !== undefined) for (const listener of listeners) listener(instance);
}
