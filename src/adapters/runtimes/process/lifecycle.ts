// From start to forgotten: the verbs of the port that change what runs.
import type { Instances } from '../../../ports/instances.ts';
import { discard, sweep } from './chores.ts';
import { inspectAll } from './inspect.ts';
import { startOne } from './launch/start.ts';
import type { Site } from './site.ts';
import { stopOne } from './stop.ts';
import { findUnknown } from './strays.ts';

/** Outputs of forgotten instances that are kept for those who ask what happened. */
const keptOutputs = 100;

const sweepEvery = 20;

export function lifecycleOf(site: Site): Pick<Instances, 'start' | 'inspect' | 'strays' | 'stop' | 'forget' | 'onChange'> {
  let forgotten = 0;
  return {
    start: (request, signal) => startOne(site, request, signal),
    inspect: (records, signal) => inspectAll(site, records, signal),
    stop: (record, grace, signal) => stopOne(site, record, grace, signal),
    onChange: (listener) => site.watch.onChange(listener),
    /** Only those of earlier lives: what this process started is known to whoever asked for it, even before that is stored. */
    strays: async (known, signal) => {
      signal.throwIfAborted();
      const { living, dead } = await findUnknown(site, (id) => known.has(id) || site.starts.has(id));
      for (const record of dead) await discard(site, record);
      await sweep(site, keptOutputs);
      return living;
    },
    forget: async (record) => {
      await discard(site, record);
      forgotten += 1;
      if (forgotten % sweepEvery === 0 || site.starts.size === 0) await sweep(site, keptOutputs);
    },
  };
}
