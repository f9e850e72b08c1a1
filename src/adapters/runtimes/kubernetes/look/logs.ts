// What a pod wrote: its two streams come as one.

import { linesOf } from '../../../../platform/http/link.ts';
import type { LogLine, LogOptions } from '../../../../ports/instances.ts';
import type { KubeClient } from '../client.ts';
import { containerName, pathOf } from '../object.ts';
import { explained, refusedWith } from '../refusals.ts';

/** Whose output: an instance's, which is that of its pod's container, or of the one before that. */
export interface Voice {
  readonly instance: string;
  readonly pod: string;
  readonly previous: boolean;
}

/** Nothing where there is nothing: a pod that is gone, or a container that never began. */
export async function* logsOf(
  client: KubeClient,
  { instance, pod, previous }: Voice,
  { tail, follow }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const query = { container: containerName, tailLines: tail, follow: follow && !previous, previous };
  try {
    const answer = await client.stream(`${pathOf('Pod', client.place.namespace, pod)}/log`, query, signal);
    for await (const text of linesOf(answer.chunks)) yield { instance, stream: 'out', text };
  } catch (thrown) {
    if (!refusedWith(thrown, 400, 404)) throw explained(thrown, client.place);
  }
}

/** The pod that an instance is, or was a container of. */
export function voiceOf(instance: string): Voice {
  const [pod = instance, number] = instance.split('~');
  return { instance, pod, previous: number !== undefined };
}
