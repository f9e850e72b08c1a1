// The Jobs of this engine as they were last seen: by a watch, or in the answer to what was asked.
import type { Duration } from '../../../base/units.ts';
import { label, taskName } from './objects/names.ts';
import type { Job } from './shapes.ts';
import { jobShape } from './shapes.ts';
import type { Site } from './site.ts';
import { Reflector } from './watch/reflector.ts';

/** A watch tells of what was made within this time; of what it does not, somebody else may have taken away. */
const toldWithin: Duration = 2_000;

export class JobBook {
  readonly #site: Site;
  #watched: Reflector<Job> | undefined;
  /** Those that the watch has not told of yet. */
  readonly #made = new Map<string, { readonly job: Job; readonly at: number }>();

  constructor(site: Site) {
    this.#site = site;
  }

  nameOf(id: string): string {
    return taskName(this.#site.home, id);
  }

  /** Errors: why the cluster cannot be asked. */
  async seen(name: string): Promise<Job | undefined> {
    const watched = await this.#jobs().all();
    const told = watched.find((one) => one.metadata.name === name);
    const made = told ? undefined : this.#made.get(name);
    if (!made || this.#site.clock.now() < made.at + toldWithin) return told ?? made?.job;
    this.#made.delete(name);
    return this.fresh(name, this.#site.lifetime);
  }

  /** Not from the watch, which may be late. */
  async fresh(name: string, signal: AbortSignal): Promise<Job | undefined> {
    const found = await this.#site.client.find('Job', name, signal);
    return found === undefined ? undefined : this.took(found);
  }

  took(raw: unknown): Job {
    const job = jobShape.parse(raw);
    if (this.#watched?.get(job.metadata.name)) this.#watched.put(raw);
    else this.#made.set(job.metadata.name, { job, at: this.#site.clock.now() });
    return job;
  }

  forget(name: string): void {
    this.#made.delete(name);
  }

  /** Watched from the first task on: who has none needs no right to look. */
  #jobs(): Reflector<Job> {
    if (this.#watched) return this.#watched;
    this.#watched = new Reflector({ ...this.#site, kind: 'Job', shape: jobShape, seen: (job) => this.#told(job) });
    void this.#watched.run(this.#site.lifetime);
    return this.#watched;
  }

  #told({ metadata }: Job): void {
    this.#made.delete(metadata.name);
    const [application, environment] = [metadata.labels[label.application], metadata.labels[label.environment]];
    if (application !== undefined && environment !== undefined) this.#site.wake({ application, environment });
  }
}
