// What other systems said last of queues: asked beside the looks, so that a source that hangs holds its own service and nobody else.
import type { Duration } from '../../base/units.ts';
import type { ScaleLook } from '../../decide/scale/measure.ts';
import type { MetricSource, QueueTarget } from '../../model/scale.ts';
import type { MetricAnswer } from '../../ports/metrics.ts';
import { askDeadline, askMetric } from '../ask.ts';
import type { EnginePorts } from '../ports.ts';

interface Queue {
  /** Of its source: another one begins anew. */
  readonly text: string;
  asking: boolean;
  askedAt: number;
  said?: { readonly answer: MetricAnswer; readonly at: number };
  /** Something else was said since it was read. */
  news: boolean;
}

export class Queues {
  readonly #ports: Pick<EnginePorts, 'metrics' | 'clock'>;
  readonly #came: (key: string) => void;
  /** By service key. */
  readonly #queues = new Map<string, Queue>();
  readonly #stopped = new AbortController();

  /** `came`: another answer than the last. */
  constructor(ports: Pick<EnginePorts, 'metrics' | 'clock'>, came: (key: string) => void) {
    this.#ports = ports;
    this.#came = came;
  }

  /** Asks when it is due, waits for nothing, and says what is known: an answer counts until the next one should have come. */
  read(key: string, { source }: QueueTarget, every: Duration): NonNullable<ScaleLook['queue']> {
    const now = this.#ports.clock.now();
    const queue = this.#queue(key, source);
    queue.news = false;
    if (!queue.asking && now >= queue.askedAt + every) void this.#ask(key, queue, source, now);
    const { said } = queue;
    if (said === undefined || said.at < now - every - askDeadline) return { because: 'it has not answered yet' };
    return said.answer.kind === 'value' ? { length: said.answer.value } : { because: said.answer.because };
  }

  hasNews(key: string): boolean {
    return this.#queues.get(key)?.news === true;
  }

  /** Forgets all others. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#queues.keys()) if (!keys.has(key)) this.#queues.delete(key);
  }

  /** Gives up what is being asked. */
  stop(): void {
    this.#stopped.abort();
  }

  #queue(key: string, source: MetricSource): Queue {
    const text = JSON.stringify(source);
    const known = this.#queues.get(key);
    if (known?.text === text) return known;
    const queue: Queue = { text, asking: false, askedAt: Number.NEGATIVE_INFINITY, news: false };
    this.#queues.set(key, queue);
    return queue;
  }

  async #ask(key: string, queue: Queue, source: MetricSource, now: number): Promise<void> {
    queue.asking = true;
    queue.askedAt = now;
    const answer = await askMetric(this.#ports, source, this.#stopped.signal);
    queue.asking = false;
    const before = queue.said;
    const at = this.#ports.clock.now();
    queue.said = { answer, at };
    if (this.#stopped.signal.aborted || this.#queues.get(key) !== queue) return;
    if (before && sameAnswer(before.answer, answer)) return;
    queue.news = true;
    this.#came(key);
  }
}

function sameAnswer(one: MetricAnswer, other: MetricAnswer): boolean {
  return one.kind === 'value' ? other.kind === 'value' && one.value === other.value : other.kind === 'failed';
}
