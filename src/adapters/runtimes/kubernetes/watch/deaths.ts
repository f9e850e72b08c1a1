// Containers that ended in pods that live on: a pod tells of its last one only, and the rollout counts them all.
import type { ExitReason } from '../../../../model/instance.ts';
import type { Pod, Terminated } from '../shapes.ts';

export interface Death {
  /** `POD~3`: its third container. */
  readonly id: string;
  readonly startedAt: number;
  readonly exit: ExitReason;
}

/** Of each pod, as many as explain it. */
const kept = 8;

export class Deaths {
  readonly #byPod = new Map<string, Map<number, Death>>();

  /** `now`: it happened since we last looked; the cluster's times are whole seconds, and its own. */
  note(pod: Pod, now: number | undefined): void {
    const found = lastIn(pod);
    if (!found) return;
    const { number, ended } = found;
    const deaths = this.#byPod.get(pod.metadata.uid) ?? new Map<number, Death>();
    this.#byPod.set(pod.metadata.uid, deaths);
    if (number < 1 || deaths.has(number)) return;
    const at = now ?? timeOf(ended.finishedAt) ?? 0;
    deaths.set(number, { id: `${pod.metadata.name}~${number}`, startedAt: timeOf(ended.startedAt) ?? at, exit: exitOf(ended, at) });
    if (deaths.size > kept) deaths.delete(Math.min(...deaths.keys()));
  }

  of(uid: string): readonly Death[] {
    return [...(this.#byPod.get(uid)?.values() ?? [])];
  }

  forget(uid: string): void {
    this.#byPod.delete(uid);
  }
}

/** The newest container of a pod that ended, and which of them it was. */
function lastIn(pod: Pod): { readonly number: number; readonly ended: Terminated } | undefined {
  const [status] = pod.status.containerStatuses ?? [];
  if (!status) return undefined;
  const { state, lastState, restartCount } = status;
  // One that waits for its restart has ended and is not counted yet.
  if (state.terminated) return { number: restartCount + 1, ended: state.terminated };
  return lastState.terminated ? { number: restartCount, ended: lastState.terminated } : undefined;
}

export function timeOf(text: string | null | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

const signals: Readonly<Record<number, string>> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' };

/** Where a signal ended it, its code is that of shells: 128 and the signal's number. */
export function exitOf({ exitCode, signal, reason, message }: Terminated, at: number): ExitReason {
  const by = signal ?? (exitCode > 128 ? exitCode - 128 : 0);
  const never = reason === 'ContainerCannotRun' || reason === 'StartError';
  return {
    at,
    requested: false,
    ...(reason === 'OOMKilled' && { outOfMemory: true }),
    ...(never && { because: message ?? reason }),
    ...(signals[by] === undefined ? { code: exitCode } : { signal: signals[by] }),
  };
}
