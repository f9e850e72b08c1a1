// What the Engine tells of a pull or a build while it works, and an alarm for when it tells nothing any more.
import type { Duration } from '../../../../base/units.ts';
import { linesOf } from '../../../../platform/http/link.ts';
import type { EngineRequest } from '../client.ts';
import { EngineRefusal } from '../client.ts';
import { progress } from '../shapes.ts';
import type { Site } from '../site.ts';
import { Trace, traceId } from './buildkit/trace.ts';

export interface Following {
  /** So long it may say nothing. */
  readonly patience: Duration;
  readonly silence: () => Error;
  /** Called with every piece of text. */
  readonly say?: (text: string) => void;
}

/** Errors: `EngineRefusal` for what the Engine reports in an answer of status 200, what `silence` makes when it says nothing for so long. */
export async function follow(
  site: Site,
  request: EngineRequest,
  signal: AbortSignal,
  { patience, silence, say }: Following,
): Promise<void> {
  const trace = new Trace();
  const silent = new AbortController();
  const alarm = setTimeout(() => silent.abort(), patience).unref();
  try {
    const answer = await site.engine.stream({ ...request, unhurried: true }, AbortSignal.any([signal, silent.signal]));
    for await (const line of linesOf(answer.chunks)) {
      alarm.refresh();
      const { stream, error, id, aux } = progress.parse(JSON.parse(line));
      if (error) throw new EngineRefusal(500, error);
      if (stream) say?.(stream);
      if (id === traceId && typeof aux === 'string') for (const words of trace.linesOf(aux)) say?.(words);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw silent.signal.aborted ? silence() : thrown;
  } finally {
    clearTimeout(alarm);
  }
}
