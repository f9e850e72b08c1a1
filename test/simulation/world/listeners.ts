// Those who are told by webhooks: who takes what comes, who is busy at first, who does not answer. What each message came to is remembered.
import type { ManualClock } from '../../../src/base/manual-clock.ts';
import type { WebhookAnswer, WebhookMessage } from '../../../src/ports/webhooks.ts';
import type { ListenerName } from '../script/script.ts';

interface Heard {
  readonly body: string;
  times: number;
  acknowledged: boolean;
}

const lateness = 4_000;
/** Attempts that come too soon. */
const busyFor = 2;

export class Listeners {
  readonly #clock: ManualClock;
  /** By the messages' ids. */
  readonly #heard = new Map<string, Heard>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** How often somebody was called with this message, whether or not anything came of it. */
  timesOf(id: string): number {
    return this.#heard.get(id)?.times ?? 0;
  }

  /** Somebody said that it had arrived. */
  hasTaken(id: string): boolean {
    return this.#heard.get(id)?.acknowledged === true;
  }

  bodyOf(id: string): string | undefined {
    return this.#heard.get(id)?.body;
  }

  async take({ id, url, body, timeout }: WebhookMessage, signal: AbortSignal): Promise<WebhookAnswer> {
    const heard = this.#heard.get(id) ?? { body, times: 0, acknowledged: false };
    this.#heard.set(id, heard);
    heard.times += 1;
    const name = listenerOf(url);
    if (name === 'late') await this.#clock.sleep(lateness, signal);
    if (name === 'hangs') await this.#clock.sleep(timeout, signal);
    const answer = answerOf(name, heard.times);
    if (answer.kind === 'answer' && answer.status === 200) heard.acknowledged = true;
    return answer;
  }
}

/** Whoever takes what comes when it comes often enough. */
export function takesIt(url: string): boolean {
  return listenerOf(url) !== 'refuses' && listenerOf(url) !== 'hangs';
}

function listenerOf(url: string): ListenerName {
  return new URL(url).hostname.split('.')[0] as ListenerName;
}

function answerOf(name: ListenerName, times: number): WebhookAnswer {
  switch (name) {
    case 'fine':
    case 'late':
      return { kind: 'answer', status: 200 };
    case 'busy':
      return { kind: 'answer', status: times <= busyFor ? 503 : 200 };
    case 'forgetful':
      return times === 1 ? { kind: 'broken', because: 'ECONNRESET' } : { kind: 'answer', status: 200 };
    case 'refuses':
      return { kind: 'broken', because: 'ECONNREFUSED' };
    case 'hangs':
      return { kind: 'broken', because: 'timeout' };
  }
}
