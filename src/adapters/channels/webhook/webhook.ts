// Any program that takes a POST, signed with the key of this engine (Standard Webhooks), so that it knows who tells it.
import type { Channel } from '../../../ports/outside/channels.ts';
import type { Webhooks } from '../../../ports/webhooks.ts';
import { unsent } from '../posted.ts';

const timeout = 15_000;

export interface SignedOptions {
  readonly name: string;
  readonly url: () => Promise<string>;
  readonly webhooks: Pick<Webhooks, 'send'>;
}

export function openSigned({ name, url, webhooks }: SignedOptions): Channel {
  return {
    send: async ({ id, title, text, severity, from, at }, signal) => {
      const body = JSON.stringify({ type: 'notice', timestamp: new Date(at).toISOString(), data: { id, title, text, severity, from } });
      const answer = await webhooks.send({ id, url: await url(), body, timeout }, signal);
      if (answer.kind === 'broken') throw unsent(name, `it does not answer: ${answer.because}`);
      if (answer.status < 200 || answer.status >= 300) throw unsent(name, `it answered ${answer.status}`);
    },
  };
}
