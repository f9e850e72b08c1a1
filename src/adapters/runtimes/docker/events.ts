// Hears from the Engine when a container of ours ends, and goes on hearing after it was restarted.

import { linesOf } from '../../../platform/http/link.ts';
import type { Instances } from '../../../ports/instances.ts';
import { label, ours } from './names.ts';
import { event } from './shapes.ts';
import type { Site } from './site.ts';

const againAfter = 1_000;

/** For `onChange`: the Engine is heard from the first listener on. `ended` is called with an instance whose container has ended. */
export function changesOf(site: Site, ended: (instance: string) => void): Instances['onChange'] {
  let hearing: Promise<void> | undefined;
  return (listener) => {
    const own = (instance: string): void => listener(instance);
    site.listeners.add(own);
    hearing ??= hear(site, ended);
    return () => void site.listeners.delete(own);
  };
}

/** Calls back with the instance until the site is closed. What ends while nobody hears is found by the next pass. */
async function hear(site: Site, heard: (instance: string) => void): Promise<void> {
  const { signal } = site.lifetime;
  const filters = ours(site.homeId, { type: ['container'], event: ['die'] });
  while (!signal.aborted) {
    try {
      const answer = await site.engine.stream({ method: 'GET', path: '/events', query: { filters }, unhurried: true }, signal);
      for await (const line of linesOf(answer.chunks)) tell(line, heard);
    } catch {
      // Down, or not permitted: whoever deploys is told, and here it is only tried again.
    }
    await site.clock.sleep(againAfter, signal).catch(() => undefined);
  }
}

function tell(line: string, heard: (instance: string) => void): void {
  const said = event.safeParse(JSON.parse(line));
  const instance = said.data?.Actor?.Attributes?.[label.instance];
  if (instance !== undefined) heard(instance);
}
