// Tools of other servers: used only while what their server says of them is, to the letter, what somebody has looked at.
import type { Digest } from '../../base/digest.ts';
import { digestOfJson } from '../../base/digest.ts';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { ForeignAnswer, ForeignTool, ForeignTools } from '../../ports/outside/tools.ts';
import type { Named } from './registered.ts';
import { registered } from './registered.ts';

export interface RegisteredUpstream extends Named {
  readonly client: ForeignTools;
  /** Of names, descriptions and schemas, as somebody has looked at them; absent: nobody has. */
  readonly pinned?: string | undefined;
}

export interface UpstreamLook {
  readonly name: string;
  readonly state: 'attached' | 'unpinned' | 'quarantined' | 'unavailable';
  readonly digest?: Digest;
  readonly because?: string;
  readonly tools: readonly ForeignTool[];
}

export class UpstreamBook {
  readonly #all: readonly RegisteredUpstream[];

  constructor(all: readonly RegisteredUpstream[]) {
    this.#all = all;
  }

  /** Errors: `outside_unknown`. */
  find(name: string): RegisteredUpstream {
    return registered(this.#all, name, 'upstream', 'upstreams');
  }

  /** As they are at this moment. */
  async look(which: readonly RegisteredUpstream[] = this.#all, signal: AbortSignal): Promise<readonly UpstreamLook[]> {
    return Promise.all(which.map((one) => lookAt(one, signal)));
  }

  /** Looks first, each time: a server may say something else to each who asks. Errors: `upstream_quarantined`, `outside_unknown`, `outside_unavailable`. */
  async call(name: string, tool: string, given: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ForeignAnswer> {
    const found = this.find(name);
    const { state, digest, tools, because } = await lookAt(found, signal);
    if (state === 'unavailable')
      throw new CodeError('outside_unavailable', `${name} is not there: ${because ?? ''}`, { hint: 'Try again later.' });
    if (state !== 'attached')
      throw new CodeError('upstream_quarantined', `${name} is not used: ${because ?? ''}`, {
        hint: `A person looks at its tools and, if they are as they should be, puts digest: ${digest ?? ''} into the setting upstreams.`,
      });
    if (!tools.some((one) => one.name === tool))
      throw new CodeError('outside_unknown', `${name} has no tool ${JSON.stringify(tool)}.`, { hint: 'upstream.list tells which it has.' });
    return found.client.call(tool, given, signal);
  }
}

async function lookAt({ name, client, pinned }: RegisteredUpstream, signal: AbortSignal): Promise<UpstreamLook> {
  let tools: readonly ForeignTool[];
  try {
    tools = await client.list(signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return { name, state: 'unavailable', because: asCodeError(thrown).message, tools: [] };
  }
  const digest = digestOfJson(tools.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  if (pinned === digest) return { name, state: 'attached', digest, tools };
  if (pinned === undefined) return { name, state: 'unpinned', digest, because: 'nobody has looked at its tools yet.', tools };
  // What it says now may have been written for whoever reads it.
  return { name, state: 'quarantined', digest, because: 'its tools are not those that somebody has looked at.', tools: [] };
}
