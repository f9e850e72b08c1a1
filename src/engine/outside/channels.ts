// Channels that the settings name, and what is sent there.
import type { Clock } from '../../base/clock.ts';
import type { RandomText } from '../../base/ids.ts';
import type { Notice } from '../../model/outside/notice.ts';
import type { Severity } from '../../model/watch/watch.ts';
import type { Channel } from '../../ports/outside/channels.ts';
import type { Named } from './registered.ts';
import { registered } from './registered.ts';

export interface RegisteredChannel extends Named {
  readonly client: Channel;
  /** What the runtime watch finds is told here, if it is so grave; absent: it is not. */
  readonly watch?: Severity;
}

interface ChannelParts {
  readonly clock: Clock;
  readonly random: RandomText;
  readonly channels: readonly RegisteredChannel[];
}

export class ChannelBook {
  readonly #parts: ChannelParts;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  list(): readonly RegisteredChannel[] {
    return this.#parts.channels;
  }

  /** Errors: `outside_unknown`. */
  find(name: string): RegisteredChannel {
    return registered(this.#parts.channels, name, 'channel', 'channels');
  }

  /** Once; whoever wants it again sends it again. Errors: `outside_unknown`, `outside_unavailable`. */
  async send(name: string, said: Pick<Notice, 'title' | 'text' | 'severity' | 'from'>, signal: AbortSignal): Promise<Notice> {
    const { clock, random } = this.#parts;
    const notice: Notice = { ...said, id: `n-${random(20)}`, at: clock.now() };
    await this.find(name).client.send(notice, signal);
    return notice;
  }
}
