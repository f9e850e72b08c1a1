// Ends tasks, and lets go of what they no longer need; beside the passes, said again by the next one if it did not come about.
import { asCodeError } from '../../../base/errors.ts';
import type { Census } from './census.ts';
import type { JobBook } from './job-book.ts';
import { annotation } from './objects/names.ts';
import { endOfTask, unreadyBecause } from './observe.ts';
import type { Job, Pod } from './shapes.ts';
import type { Site } from './site.ts';

export class JobEnds {
  readonly #site: Site;
  readonly #census: Census;
  readonly #book: JobBook;
  readonly #ending = new Set<string>();
  readonly #freed = new Set<string>();

  constructor(site: Site, census: Census, book: JobBook) {
    this.#site = site;
    this.#census = census;
    this.#book = book;
  }

  /** `because`: it will never begin. Otherwise somebody wants its end. */
  endSoon(name: string, because?: string): void {
    if (this.#ending.has(name)) return;
    this.#ending.add(name);
    const { log, lifetime } = this.#site;
    void this.#end(name, because)
      .catch((thrown: unknown) => {
        if (!lifetime.aborted) log.error({ job: name, error: asCodeError(thrown).message }, 'could not end a task');
      })
      .finally(() => this.#ending.delete(name));
  }

  /** What ended needs no secrets any more; what it was told goes with its Job. */
  freeSoon(name: string, { metadata: { uid } }: Job): void {
    if (this.#freed.has(name)) return;
    this.#freed.add(name);
    const { client, lifetime } = this.#site;
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }];
    void Promise.all([
      client.remove('Secret', name, lifetime),
      client.remove('NetworkPolicy', name, lifetime),
      client.patch('ConfigMap', name, { metadata: { ownerReferences } }, lifetime),
    ]).catch(() => this.#freed.delete(name));
  }

  /** Nothing of it is left. Idempotent. */
  async clear(name: string): Promise<void> {
    const { client, lifetime } = this.#site;
    for (const kind of ['Job', 'Secret', 'NetworkPolicy', 'ConfigMap'] as const) await client.remove(kind, name, lifetime);
    this.#book.forget(name);
    this.#freed.delete(name);
  }

  /**
   * A pod that runs gets a deadline that is over: its node sends SIGTERM, waits for the grace and keeps its output, which deleting it would not.
   * One that has not begun is taken away: its Job is suspended, so that none follows.
   */
  async #end(name: string, because: string | undefined): Promise<void> {
    const { client, clock, lifetime } = this.#site;
    const job = await this.#book.fresh(name, lifetime);
    const pod = this.#census.podOfTask(name);
    if (!job || isTold(job, pod) || endOfTask(job, pod, clock.now())) return;
    const runs = pod?.status.containerStatuses?.[0]?.state.running ? pod.metadata.name : undefined;
    const annotations = notesOf(because, runs === undefined ? pod : undefined, clock.now());
    const change = { metadata: { annotations }, ...(runs === undefined && { spec: { suspend: true } }) };
    const changed = await client.patch('Job', name, change, lifetime);
    if (changed !== undefined) this.#book.took(changed);
    if (runs !== undefined) await client.patch('Pod', runs, { spec: { activeDeadlineSeconds: 1 } }, lifetime);
  }
}

function isTold(job: Job, pod: Pod | undefined): boolean {
  return job.spec.suspend || pod?.spec.activeDeadlineSeconds !== undefined;
}

/** On its Job, so that it is known whoever looks later. `waiting`: its pod, when that has not begun. */
function notesOf(because: string | undefined, waiting: Pod | undefined, now: number): Readonly<Record<string, string>> {
  if (because !== undefined) return { [annotation.because]: because };
  const why = waiting && unreadyBecause(waiting);
  return { [annotation.stopping]: String(now), ...(why !== undefined && { [annotation.because]: why }) };
}
