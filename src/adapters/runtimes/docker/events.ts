// Hears from the Engine when a container of ours ends, and which commands it is made to run, and goes on hearing after it was restarted.

import { linesOf } from '../../../platform/http/link.ts';
import type { Instances } from '../../../ports/instances.ts';
import { label, ours } from './names.ts';
import { event } from './shapes.ts';
import type { Site } from './site.ts';

const againAfter = 1_000;
/** Commands that are remembered until somebody asks for them. */
const mostHeard = 1_000;

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
  const filters = ours(site.homeId, { type: ['container'], event: ['die', 'exec_start'] });
  while (!signal.aborted) {
    try {
      const answer = await site.engine.stream({ method: 'GET', path: '/events', query: { filters }, unhurried: true }, signal);
      for await (const line of linesOf(answer.chunks)) tell(site, line, heard);
    } catch {
      // Down, or not permitted: whoever deploys is told, and here it is only tried again.
    }
    await site.clock.sleep(againAfter, signal).catch(() => undefined);
  }
}

function tell(site: Site, line: string, heard: (instance: string) => void): void {
  const said = event.safeParse(JSON.parse(line)).data;
  const attributes = said?.Actor?.Attributes;
  const instance = attributes?.[label.instance];
  if (said === undefined || instance === undefined) return;
  if (said.Action.startsWith('exec_')) note(site, instance, attributes?.['execID'], said.Action);
  else heard(instance);
}

/** `exec_start: /bin/sh -c …`: the program alone, for the rest may hold anything. */
function note({ commands: { heard, own }, clock }: Site, instance: string, id = '', action: string): void {
  const program = action.split(': ')[1]?.split(' ')[0] ?? '';
  if (own.delete(id) || id === '' || program === '') return;
  heard.set(id, { instance, program: program.slice(0, 200), at: clock.now() });
  if (heard.size > mostHeard) heard.delete(heard.keys().next().value ?? '');
}
