// What a container said: from the Engine while it is there, from what was kept of it afterwards.
import type { LogLine, LogOptions } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import type { EngineRequest } from '../client.ts';
import { refusedWith } from '../client.ts';
import type { Kept } from '../kept.ts';
import { readKept } from '../kept.ts';
import type { Site } from '../site.ts';
import { framesOf, linesIn } from './frames.ts';

/** Ends when the container is gone and everything was read; rejects with the signal's reason. */
export async function* logsOf(site: Site, record: InstanceRecord, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogLine> {
  const kept = await readKept(site, record.id);
  const lines = kept ? lastOf(kept, options.tail) : fromEngine(site, record, options, signal);
  for await (const line of lines) yield { instance: record.id, ...line };
}

async function* fromEngine(site: Site, record: InstanceRecord, { tail, follow }: LogOptions, signal: AbortSignal) {
  const path = pathOf(record);
  if (path === undefined) return;
  const query = { stdout: true, stderr: true, follow, tail: tail ?? 'all' };
  const request: EngineRequest = { method: 'GET', path, query, unhurried: follow };
  try {
    yield* linesIn(framesOf((await site.engine.stream(request, signal)).chunks));
  } catch (thrown) {
    // Gone in between: there is nothing to be had.
    if (!refusedWith(thrown, 404, 409)) throw thrown;
  }
}

/** What a Swarm runs on another machine is asked of the Swarm. */
function pathOf({ handle }: InstanceRecord): string | undefined {
  const { service, container } = handle;
  if (typeof container === 'string') return `/containers/${container}/logs`;
  return typeof service === 'string' ? `/services/${service}/logs` : undefined;
}

function lastOf(kept: Kept, tail: number | undefined): Kept {
  if (tail === undefined) return kept;
  return tail === 0 ? [] : kept.slice(-tail);
}
