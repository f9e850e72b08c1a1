// Webhooks under way: known in memory only. After a crash the attempt is made again, with the same id – delivered at least once.
import type { AttemptSeen } from '../../decide/tasks/task.ts';
import type { ExitReason, Scope } from '../../model/instance.ts';
import type { Task } from '../../model/task.ts';
import type { WebhookAnswer } from '../../ports/webhooks.ts';
import type { EnginePorts } from '../ports.ts';

interface Delivery {
  readonly attempt: number;
  readonly end: AbortController;
  exit?: ExitReason;
}

export class Deliveries {
  readonly #ports: EnginePorts;
  readonly #wake: (scope: Scope) => void;
  readonly #all = new Map<string, Delivery>();

  constructor(ports: EnginePorts, wake: (scope: Scope) => void) {
    this.#ports = ports;
    this.#wake = wake;
  }

  begin(task: Task): void {
    const delivery: Delivery = { attempt: task.attempt, end: new AbortController() };
    this.#all.set(task.id, delivery);
    void this.#carry(task, delivery);
  }

  look(task: Task): AttemptSeen {
    const delivery = this.#all.get(task.id);
    if (delivery?.attempt !== task.attempt) return { kind: 'none' };
    return delivery.exit ? { kind: 'ended', exit: delivery.exit } : { kind: 'running' };
  }

  stop(task: Task): void {
    this.#all.get(task.id)?.end.abort();
  }

  forget(task: Task): void {
    this.#all.delete(task.id);
  }

  /** Leaves what is under way to the next engine. */
  close(): void {
    for (const { end } of this.#all.values()) end.abort();
    this.#all.clear();
  }

  async #carry(task: Task, delivery: Delivery): Promise<void> {
    const exit = await this.#send(task, delivery.end.signal);
    delivery.exit = { ...exit, at: this.#ports.clock.now() };
    this.#wake(task.scope);
  }

  async #send({ id, action, deadline }: Task, signal: AbortSignal): Promise<Omit<ExitReason, 'at'>> {
    const { webhooks } = this.#ports;
    if (action.kind !== 'webhook' || !webhooks) return { requested: false, because: 'this engine sends no webhooks' };
    try {
      return exitOf(await webhooks.send({ id, url: action.url, body: action.body, timeout: deadline }, signal));
    } catch {
      return { requested: true };
    }
  }
}

/** Anything but 2xx is no delivery. */
function exitOf(answer: WebhookAnswer): Omit<ExitReason, 'at'> {
  if (answer.kind === 'broken') return { requested: false, because: `no answer: ${answer.because}` };
  if (answer.status >= 200 && answer.status < 300) return { requested: false, code: 0 };
  return { requested: false, because: `answered ${answer.status}` };
}
