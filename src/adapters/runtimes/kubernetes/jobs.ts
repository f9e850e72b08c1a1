// Runs tasks as Jobs: each starts one pod, once. What has become of it the cluster knows, also while no engine is there.
import type { ExitReason, Instance } from '../../../model/instance.ts';
import type { LogLine, LogOptions } from '../../../ports/instances.ts';
import type { TaskRun, TaskRuns } from '../../../ports/runtime.ts';
import type { Census } from './census.ts';
import { JobBook } from './job-book.ts';
import { JobEnds } from './job-ends.ts';
import { logsOf } from './look/logs.ts';
import { annotation } from './objects/names.ts';
import { renderTask } from './objects/task.ts';
import { hopelessBecause, taskInstance } from './observe.ts';
import { isFinal } from './refusals.ts';
import type { Job } from './shapes.ts';
import { noteShape } from './shapes.ts';
import type { Site } from './site.ts';

/** How often one who waits for the first line looks whether the container has begun, in milliseconds. */
const beginPoll = 200;

export class Jobs implements TaskRuns {
  readonly #site: Site;
  readonly #census: Census;
  readonly #book: JobBook;
  readonly #ends: JobEnds;

  constructor(site: Site, census: Census) {
    this.#site = site;
    this.#census = census;
    this.#book = new JobBook(site);
    this.#ends = new JobEnds(site, census, this.#book);
  }

  async start(run: TaskRun, signal: AbortSignal): Promise<Instance> {
    const name = this.#book.nameOf(run.id);
    const there = await this.#book.fresh(name, signal);
    if (there) return this.#seen(run.id, there);
    const lost = await this.#lost(run.id, signal);
    if (lost) return lost;
    try {
      return this.#seen(run.id, await this.#make(run, name, signal));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      // Whether it came about nobody can say now; the next look tells.
      if (!isFinal(thrown)) return { ...this.#unseen(run.id), state: 'starting', task: run.task };
      await this.#ends.clear(name).catch(() => undefined);
      throw thrown;
    }
  }

  async inspect(id: string, signal: AbortSignal): Promise<Instance | undefined> {
    const name = this.#book.nameOf(id);
    const job = await this.#book.seen(name);
    if (!job) return this.#lost(id, signal);
    const hopeless = hopelessBecause(this.#census.podOfTask(name));
    if (hopeless !== undefined) this.#ends.endSoon(name, hopeless);
    const seen = this.#seen(id, job);
    if (seen.state === 'exited') this.#ends.freeSoon(name, job);
    return seen;
  }

  /** The grace is the release's own, which its pod was made with. */
  stop(id: string): void {
    this.#ends.endSoon(this.#book.nameOf(id));
  }

  async forget(id: string): Promise<void> {
    await this.#ends.clear(this.#book.nameOf(id));
  }

  /** Following, from when the container begins. Output goes with the pod. */
  async *logs(id: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogLine> {
    const { clock, client } = this.#site;
    for (;;) {
      const pod = this.#census.podOfTask(this.#book.nameOf(id));
      const { running, terminated } = pod?.status.containerStatuses?.[0]?.state ?? {};
      if (pod && (running || terminated))
        return yield* logsOf(client, { instance: id, pod: pod.metadata.name, previous: false }, options, signal);
      const seen = options.follow ? await this.inspect(id, signal) : undefined;
      if (!seen || seen.state === 'exited') return;
      await clock.sleep(beginPoll, signal);
    }
  }

  async #make(run: TaskRun, name: string, signal: AbortSignal): Promise<Job> {
    const { client, home, clock } = this.#site;
    const secrets = await this.#site.secrets(run.scope, run.release.run.secrets);
    const surroundings = await this.#site.surroundings(run);
    let last: unknown;
    for (const object of renderTask(run, { home, secrets, surroundings })) last = await client.apply(object, signal);
    // From here on a Job that is not there was taken away by somebody.
    await client.patch('ConfigMap', name, { metadata: { annotations: { [annotation.begun]: String(clock.now()) } } }, signal);
    return this.#book.took(last);
  }

  #seen(id: string, job: Job): Instance {
    return taskInstance({ id, job, pod: this.#census.podOfTask(job.metadata.name), now: this.#site.clock.now() });
  }

  /** It was begun, and there is nothing of it any more. `undefined`: it never was. */
  async #lost(id: string, signal: AbortSignal): Promise<Instance | undefined> {
    const found = await this.#site.client.find('ConfigMap', this.#book.nameOf(id), signal);
    const begun = found === undefined ? undefined : noteShape.parse(found).metadata.annotations[annotation.begun];
    if (begun === undefined) return undefined;
    const exit: ExitReason = { requested: false, at: this.#site.clock.now(), how: 'is gone: its Job was deleted' };
    return { ...this.#unseen(id), startedAt: Number(begun), state: 'exited', exit };
  }

  #unseen(id: string): Omit<Instance, 'state'> {
    return { id, replicaSet: '', generation: 0, ready: false, startedAt: this.#site.clock.now() };
  }
}
