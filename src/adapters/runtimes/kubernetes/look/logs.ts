// What a pod wrote: its two streams come as one.

import { linesOf } from '../../../../platform/http/link.ts';
import type { LogLine, LogOptions } from '../../../../ports/instances.ts';
import type { KubeClient } from '../client.ts';
import { containerName, pathOf } from '../object.ts';
import { explained, refusedWith } from '../refusals.ts';

/** Nothing where there is nothing: a pod that is gone, or a container that never began. */
export async function* logsOf(
  client: KubeClient,
  instance: string,
  { tail, follow }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { name, previous } = podOf(instance);
  const query = { container: containerName, tailLines: tail, follow: follow && !previous, previous };
  try {
    const answer = await client.stream(`${pathOf('Pod', client.place.namespace, name)}/log`, query, signal);
    for await (const text of linesOf(answer.chunks)) yield { instance, stream: 'out', text };
  } catch (thrown) {
    if (!refusedWith(thrown, 400, 404)) throw explained(thrown, client.place);
  }
}

/** The name of the pod that an instance is, or was a container of. */
function podOf(instance: string): { readonly name: string; readonly previous: boolean } {
  const [name = instance, number] = instance.split('~');
  return { name, previous: number !== undefined };
}
