// Watches everything that an engine does to the world, and notes each rule that it breaks.
import type { Deployment, Weights } from '../../../src/model/deployment.ts';
import type { NewEvent } from '../../../src/model/event.ts';
import type { ReplicaSet } from '../../../src/model/instance.ts';
import { serviceKey } from '../../../src/model/instance.ts';
import type { RouteTable } from '../../../src/model/route.ts';
import type { StartRequest } from '../../../src/ports/instances.ts';
import type { Change, InstanceRecord } from '../../../src/ports/store.ts';
import type { WebhookMessage } from '../../../src/ports/webhooks.ts';
import { scope } from '../../kit/specs.ts';
import { commandOf } from '../world/dials.ts';
import type { Universe } from '../world/universe.ts';
import { CronRules } from './crons.ts';
import { HookRules } from './hooks.ts';
import { badDeployments, badHistory, badStart, badStop, badSuccess, badTurn, badUpstream, routedIn, Starts, underFloor } from './rules.ts';
import { badShares } from './shares.ts';
import { TaskRules } from './tasks.ts';
import { VerdictRules } from './verdicts.ts';

type StoredPut = Extract<Change, { op: 'put' }>;
const drain = 30_000;

interface Shared {
  readonly deployment: string;
  readonly shares: string;
  readonly weights: Weights | undefined;
  readonly earlier: Weights | undefined;
  readonly at: number;
}

export class Judge {
  /** What was broken, in the order in which it was found. */
  readonly violations: string[] = [];
  readonly #universe: Universe;
  readonly #ended = new Map<string, string>();
  readonly #starts = new Starts();
  readonly #verdicts: VerdictRules;
  readonly #tasks: TaskRules;
  readonly #hooks: HookRules;
  readonly #crons: CronRules;
  /** The newest deployment as it was last stored. */
  #newest: Deployment | undefined;
  /** Since when the newest deployment's services have had the shares that they have, and which they had before. */
  readonly #shared = new Map<string, Shared>();

  /** The last table that the engine put in force; somebody may have put another in its place. */
  #ours: RouteTable | undefined;

  constructor(universe: Universe) {
    this.#universe = universe;
    this.#verdicts = new VerdictRules(universe);
    this.#tasks = new TaskRules(universe);
    this.#hooks = new HookRules(universe);
    this.#crons = new CronRules(universe);
  }

  blame(violation: string | undefined): void {
    if (violation !== undefined) this.violations.push(violation);
  }

  /** Somebody let a deployment go on, or tried to. */
  promoted(deployment: string): void {
    this.#verdicts.promoted(deployment);
  }

  /** A document was stored. */
  wrote({ kind, key, value }: StoredPut): void {
    if (kind === 'environment') this.#crons.environment(value);
    if (kind === 'singleton' && key.startsWith('cron/')) this.#crons.looked(key.split('/').at(-1) ?? '');
    if (kind === 'task') for (const rules of [this.#tasks, this.#hooks, this.#crons]) this.blame(rules.wrote(value));
    if (kind === 'deployment') for (const rules of [this.#verdicts, this.#hooks, this.#tasks]) this.blame(rules.deploymentWrote(value));
    if (kind !== 'deployment') return;
    this.blame(badSuccess(value, ({ release, spec }, since) => this.#wasReady(release, since, spec.port === undefined)));
  }

  /** An event was stored. */
  told(event: NewEvent): void {
    this.blame(this.#crons.told(event));
  }

  /** Somebody is about to be told by a webhook. */
  telling(message: WebhookMessage): void {
    this.blame(this.#hooks.telling(message));
  }

  /** Whoever decided may not have heard yet that the last one of it had died. */
  #wasReady(release: string, since: number, isWorker: boolean): boolean {
    return this.#universe.population.wasReady(release, since - this.#universe.noticing(), isWorker);
  }

  /** An instance of a task is about to be started. */
  running({ id, replicaSet }: StartRequest, task: string): void {
    this.blame(this.#tasks.running(id, task, commandOf(replicaSet.release.run)));
    this.blame(this.#crons.running(id, task));
  }

  /** What is still owed in the end. */
  owed(): string | undefined {
    const open = this.#tasks.open();
    return (open && `${open} has not ended`) ?? this.#hooks.untold() ?? this.#crons.forgotten();
  }

  /** What runs, or would run, though nothing is wanted any more. */
  leftover(): string | undefined {
    return this.#tasks.leftover();
  }

  /** Another version of a deployment or of the environment is in the store. */
  async committed(): Promise<void> {
    const { population } = this.#universe;
    const { state, deployments } = await this.#universe.current();
    this.blame(badDeployments(deployments, this.#ended));
    this.blame(badHistory(state, deployments));
    const newest = deployments.at(-1);
    if (!newest) return;
    const before = this.#newest?.number === newest.number ? this.#newest : undefined;
    this.#newest = newest;
    this.#noteShares(newest);
    const standing = (replicaSet: string) => population.living().filter((one) => one.replicaSet === replicaSet && one.fit).length;
    this.blame(badTurn(before, newest, standing, (service) => this.#universe.recentDeaths(service)));
  }

  #noteShares({ id, services }: Deployment): void {
    for (const { service, weights } of services) {
      const shares = `${id} ${JSON.stringify(weights)}`;
      const known = this.#shared.get(service);
      const earlier = known?.deployment === id ? known.weights : undefined;
      if (known?.shares !== shares) this.#shared.set(service, { deployment: id, shares, weights, earlier, at: this.#universe.clock.now() });
    }
  }

  async starting(set: ReplicaSet): Promise<void> {
    const { clock, wishes } = this.#universe;
    this.blame(this.#starts.tooMany(set.id, clock.now()));
    this.blame(this.#tasks.early(set.release.id, 'an instance is started'));
    const { state, deployments } = await this.#universe.current();
    const since = clock.now() - this.#universe.noticing();
    const ofLate = deployments.filter((one) => one.outcome === undefined || (one.endedAt ?? 0) >= since);
    this.blame(badStart(set.id.split('/')[2] ?? '', state, ofLate, wishes.highest(set.release.service, since)));
  }

  async stopping({ id, task }: InstanceRecord): Promise<void> {
    const { population, store, table, clock } = this.#universe;
    if (task !== undefined) return this.blame(this.#tasks.stopping(task));
    population.look();
    const truth = population.truth(id);
    const known = (await store.get('instance', id))?.value;
    if (truth && known) this.blame(badStop(truth, table, known.drainingAt, drain, clock.now()));
  }

  /** A table that is about to be in force. */
  async routing(table: RouteTable): Promise<void> {
    const { population, clock, wishes } = this.#universe;
    population.look();
    const truth = (id: string) => population.truth(id);
    const { state, deployments } = await this.#universe.current();
    const running = deployments.find((one) => one.number === state?.deployment);
    const decidedAt = Math.min(clock.now(), await this.#leavingSince(table));
    // Whoever decided while answers were slow may have died since, and it is carried out in another weather (seed 377866).
    const noticing = Math.max(this.#universe.noticing(), this.#universe.noticing(decidedAt));
    this.blame(badUpstream(table, truth));
    for (const { releases } of table.services)
      for (const { release, upstreams } of releases)
        if (upstreams.length > 0) this.blame(this.#tasks.early(release, 'requests are routed'));
    if (running) this.blame(this.#verdicts.routed(table, running));
    const lowest = (service: string) => wishes.lowest(service, decidedAt - noticing);
    // Whoever decided a share knew how many were wanted and stood then, and the gateway may hear of it only now.
    const sharedAt = (service: string) => this.#shared.get(service)?.at ?? clock.now();
    const fewest = (service: string) => wishes.lowest(service, sharedAt(service));
    const knownAt = (service: string) => Math.min(decidedAt, this.#isNews(service, table) ? sharedAt(service) : decidedAt);
    const recentDeaths = (service: string) => this.#universe.recentDeaths(service, knownAt(service));
    // Whoever decided then may have gone by a deployment that was superseded while the news of it was on its way (seeds 20246, 488912).
    const superseded = (service: string) =>
      deployments.filter((one) => one.outcome === 'superseded' && (one.endedAt ?? 0) >= knownAt(service) - noticing);
    this.blame(underFloor(this.#universe.table, table, { state, running, superseded, truth, lowest, recentDeaths }));
    this.blame(
      badShares(this.#ours, table, { running, truth, recentDeaths, fewest, earlier: (service) => this.#shared.get(service)?.earlier }),
    );
    this.#ours = table;
  }

  /** The gateway has not heard of the shares that were decided for it. */
  #isNews(service: string, table: RouteTable): boolean {
    const decided = this.#newest?.services.some((one) => one.service === service && one.weights);
    return decided === true && sharesText(this.#universe.table, service) !== sharesText(table, service);
  }

  /** When the first of those that a table takes out of the routes was chosen to leave: whoever decided so then may have been superseded since. */
  async #leavingSince(table: RouteTable): Promise<number> {
    const { store, table: before } = this.#universe;
    const staying = new Set(routedIn(table));
    const records = await Promise.all(routedIn(before).flatMap((id) => (staying.has(id) ? [] : [store.get('instance', id)])));
    return Math.min(...records.map((one) => one?.value.drainingAt ?? Number.POSITIVE_INFINITY));
  }
}

function sharesText(table: RouteTable | undefined, service: string): string {
  const releases = table?.services.find((one) => one.key === serviceKey(scope, service))?.releases ?? [];
  return JSON.stringify(releases.filter(({ weight }) => weight > 0).map(({ release, weight }) => [release, weight]));
}
