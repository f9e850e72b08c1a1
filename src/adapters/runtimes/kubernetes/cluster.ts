// One cluster, opened: what is wanted is applied, what is there is known from watches, who leaves is drained first.
import { digestOfJson } from '../../../base/digest.ts';
import type { Duration } from '../../../base/units.ts';
import type { Instance, ReplicaSet, Scope } from '../../../model/instance.ts';
import type { RouteTable } from '../../../model/route.ts';
import type { ExecOutput, InstanceStats, LogLine, LogOptions } from '../../../ports/instances.ts';
import type { TrafficView } from '../../../ports/runtime.ts';
import { Census } from './census.ts';
import type { Member } from './depart.ts';
import { depart } from './depart.ts';
import { Jobs } from './jobs.ts';
import { Look } from './look/look.ts';
import { isFinal } from './refusals.ts';
import { Routes } from './routes.ts';
import type { Site } from './site.ts';
import { Writer } from './write.ts';

/** So long what was applied is believed to be so still; a Deployment's changes are seen at once. */
const believedFor: Duration = 60_000;
const seenWithin: Duration = 5_000;

interface Applied {
  readonly digest: string;
  /** Of the Deployment, counted by the cluster: another one means that somebody else changed it. */
  readonly generation: number | undefined;
  readonly at: number;
}

export class Cluster {
  readonly tasks: Jobs;
  readonly #site: Site;
  readonly #census: Census;
  readonly #writer: Writer;
  readonly #look: Look;
  readonly #routes: Routes | undefined;
  readonly #applied = new Map<string, Applied>();

  constructor(site: Site) {
    this.#site = site;
    this.#census = new Census(site);
    this.#writer = new Writer(site, this.#census);
    this.#look = new Look(site);
    this.#routes = site.clusterGateway && new Routes(site, this.#census, site.clusterGateway);
    this.tasks = new Jobs(site, this.#census);
  }

  /** Errors: why the cluster cannot be asked. */
  async reachable(): Promise<void> {
    await this.#census.synced();
  }

  observe(scope: Scope): Promise<readonly Instance[]> {
    return this.#census.instances(scope);
  }

  async apply(set: ReplicaSet, traffic: TrafficView, signal: AbortSignal): Promise<void> {
    const name = this.#writer.nameOf(set);
    const replicas = await this.#size(name, set.scope, { wanted: set.replicas, drain: set.release.run.stop.drain }, traffic, signal);
    if (replicas === 0) return this.#dismantle(name, set.scope, set.release.service, signal);
    await this.#bring(name, { ...set, replicas }, signal);
  }

  /** For sets whose release is no longer known: the Deployment itself says what it needs. */
  async remove(scope: Scope, replicaSet: string, drain: number, traffic: TrafficView, signal: AbortSignal): Promise<void> {
    const found = this.#census.deploymentOf(replicaSet);
    if (!found) return;
    const left = await this.#size(found.name, scope, { wanted: 0, drain: found.drain ?? drain }, traffic, signal);
    if (left === 0) await this.#dismantle(found.name, scope, found.service, signal);
    else await this.#writer.resize(found.name, left, signal);
  }

  logs(instance: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    const isPod = this.#census.hasPod(this.#look.podOf(instance));
    return isPod ? this.#look.logs(instance, options, signal) : this.tasks.logs(instance, options, signal);
  }

  /** Errors: `unsupported` where the cluster measures nothing. */
  async stats(scope: Scope): Promise<Readonly<Record<string, InstanceStats>>> {
    const running = (await this.observe(scope)).filter((one) => one.state === 'running' || one.state === 'draining');
    return this.#look.stats(running.map((one) => one.id));
  }

  exec(instance: string, command: readonly string[], signal: AbortSignal): AsyncIterable<ExecOutput> {
    return this.#look.exec(instance, command, signal);
  }

  /** The route table that is in force from now on. */
  routed(table: RouteTable): void {
    this.#routes?.want(table);
  }

  /** How many there are to be now; chooses those who leave, and lets those stay that are needed again. */
  async #size(
    name: string,
    scope: Scope,
    { wanted, drain }: { readonly wanted: number; readonly drain: number },
    traffic: TrafficView,
    signal: AbortSignal,
  ): Promise<number> {
    const { clock, wake, clusterGateway } = this.#site;
    const members: readonly Member[] = this.#census.members(name);
    const now = clock.now();
    const current = this.#census.replicasOf(name);
    // What the cluster's own Gateway sends nobody here counts: a pod is quiet when its time is over.
    const inFlight = clusterGateway ? Object.fromEntries(members.map((one) => [one.name, 1])) : traffic.inFlight;
    const answer = depart({ wanted, current, members, drain, ...traffic, inFlight, now });
    for (const pod of answer.choose) await this.#writer.chooseToLeave(pod, now, signal);
    for (const pod of answer.release) await this.#writer.release(pod, signal);
    for (const pod of answer.keep) await this.#writer.letStay(pod, signal);
    if (answer.choose.length + answer.keep.length > 0) wake(scope);
    if (answer.wakeAt !== undefined) wake(scope, answer.wakeAt);
    return answer.replicas;
  }

  async #bring(name: string, set: ReplicaSet, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#site;
    const objects = await this.#writer.objectsOf(set);
    const digest = digestOfJson(objects);
    const known = this.#applied.get(name);
    if (known?.digest === digest && clock.now() < known.at + this.#belief(name, known)) return;
    try {
      const generation = await this.#writer.make(objects, signal);
      this.#applied.set(name, { digest, generation, at: clock.now() });
      this.#census.refused(set, undefined);
    } catch (thrown) {
      const because = refusalIn(thrown);
      if (because === undefined) throw thrown;
      this.#applied.delete(name);
      // Asked again at every pass; meanwhile its deployment says why nothing comes up.
      this.#census.refused(set, because);
      log.warn({ set: set.id, error: because }, 'the cluster refused a replica set');
    }
  }

  /** How long what was applied needs no second look. One that was just made is seen a moment later. */
  #belief(name: string, { generation }: Applied): Duration {
    const seen = this.#census.generationOf(name);
    if (seen === undefined) return seenWithin;
    return seen === generation ? believedFor : 0;
  }

  async #dismantle(name: string, scope: Scope, service: string, signal: AbortSignal): Promise<void> {
    if (this.#census.isDismantled(name)) return;
    await this.#writer.dismantle(name, scope, service, signal);
    this.#applied.delete(name);
    this.#census.dismantled(name);
  }
}

/** What is refused as it is wanted, as one text. */
function refusalIn(thrown: unknown): string | undefined {
  return isFinal(thrown) ? [thrown.message, thrown.hint].filter((one) => one !== undefined).join(' ') : undefined;
}
