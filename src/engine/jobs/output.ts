// What a task says while it runs, through all its attempts, and the number that tells how it ended.
import type { Task } from '../../model/task.ts';
import type { ExecOutput } from '../../ports/instances.ts';
import type { EnginePorts } from '../ports.ts';
import type { Tasks } from './tasks.ts';

/** What a task says, and how it ended. */
export type TaskOutput =
  | Extract<ExecOutput, { kind: 'output' }>
  /** `because`: where no exit code of its own tells how it ended. */
  | (Extract<ExecOutput, { kind: 'exit' }> & { readonly because?: string | undefined });

/** From the first line that is kept; following, until the task has ended, and then its exit code. Errors: `task_unknown`. */
export async function* taskOutput(
  ports: EnginePorts,
  tasks: Tasks,
  id: string,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<TaskOutput> {
  let shown: string | undefined;
  for (;;) {
    // Subscribed before looking: what happens in between is then seen in the next turn.
    using news = new News(tasks, id, signal);
    const task = tasks.find(id);
    if (task.instance !== undefined && task.instance !== shown && (await hasBegun(ports, task, signal))) {
      shown = task.instance;
      const lines = ports.runtimes.get(task.runtime)?.logs?.(task.instance, { follow: follow && task.state === 'running' }, signal) ?? [];
      for await (const { stream, text } of lines) yield { kind: 'output', stream, text: `${text}\n` };
      continue;
    }
    if (task.state === 'ended') return yield { kind: 'exit', code: exitCodeOf(task), because: unspokenEnd(task) };
    if (!follow) return;
    await news.come;
  }
}

/** As shells and timeout(1) have it; 1 where nothing is known. */
export function exitCodeOf({ outcome, exit }: Task): number {
  if (outcome === 'succeeded') return 0;
  if (outcome === 'timed_out') return 124;
  return exit?.code === undefined || exit.code === 0 ? 1 : exit.code;
}

function unspokenEnd({ outcome, exit, reason }: Task): string | undefined {
  const speaks = outcome === 'succeeded' || (outcome === 'failed' && exit?.because === undefined && exit?.code !== undefined);
  return speaks ? undefined : reason;
}

async function hasBegun({ runtimes }: EnginePorts, { runtime, instance = '', state }: Task, signal: AbortSignal): Promise<boolean> {
  if (state === 'ended') return true;
  const seen = await runtimes.get(runtime)?.tasks?.inspect(instance, signal);
  return seen !== undefined && seen.state !== 'starting';
}

/** Resolves with the next news of a task; rejects with the signal's reason. */
class News {
  readonly come: Promise<void>;
  readonly #stop: () => void;

  constructor(tasks: Tasks, id: string, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    const unsubscribe = tasks.onNews(id, resolve);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    // Nobody may come to wait for it.
    promise.catch(() => undefined);
    this.come = promise;
    this.#stop = () => {
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
    };
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
