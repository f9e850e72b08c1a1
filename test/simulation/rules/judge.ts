// Watches everything that an engine does to the world, and notes each rule that it breaks.
import type { Deployment } from '../../../src/model/deployment.ts';
import type { ReplicaSet } from '../../../src/model/instance.ts';
import type { RouteTable } from '../../../src/model/route.ts';
import type { InstanceRecord } from '../../../src/ports/store.ts';
import type { Universe } from '../world/universe.ts';
import { badDeployments, badHistory, badStart, badStop, badTurn, badUpstream, routedIn, Starts, underFloor } from './rules.ts';
import { badShares } from './shares.ts';

const drain = 30_000;

export class Judge {
  /** What was broken, in the order in which it was found. */
  readonly violations: string[] = [];
  readonly #universe: Universe;
  readonly #ended = new Map<string, string>();
  readonly #starts = new Starts();
  /** The newest deployment as it was last stored. */
  #newest: Deployment | undefined;
  /** Since when the newest deployment's services have had the shares that they have. */
  readonly #shared = new Map<string, { readonly shares: string; readonly at: number }>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  blame(violation: string | undefined): void {
    if (violation !== undefined) this.violations.push(violation);
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
      if (this.#shared.get(service)?.shares !== shares) this.#shared.set(service, { shares, at: this.#universe.clock.now() });
    }
  }

  async starting(set: ReplicaSet): Promise<void> {
    const { clock, wishes } = this.#universe;
    this.blame(this.#starts.tooMany(set.id, clock.now()));
    const { state, deployments } = await this.#universe.current();
    const since = clock.now() - this.#universe.noticing();
    const ofLate = deployments.filter((one) => one.outcome === undefined || (one.endedAt ?? 0) >= since);
    this.blame(badStart(set.id.split('/')[2] ?? '', state, ofLate, wishes.highest(set.release.service, since)));
  }

  async stopping({ id }: InstanceRecord): Promise<void> {
    const { population, store, table, clock } = this.#universe;
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
    const noticing = this.#universe.noticing();
    const superseded = deployments.filter(
      (one) => one.outcome === 'superseded' && (one.endedAt ?? 0) >= Math.min(decidedAt, clock.now() - noticing),
    );
    this.blame(badUpstream(table, truth));
    const lowest = (service: string) => wishes.lowest(service, decidedAt - noticing);
    const recentDeaths = (service: string) => this.#universe.recentDeaths(service, decidedAt);
    const facts = { state, running, superseded, truth, lowest, recentDeaths };
    this.blame(underFloor(this.#universe.table, table, facts));
    // Whoever decided a share knew how many were wanted then, and the gateway may have heard of it only now.
    const fewest = (service: string) => wishes.lowest(service, this.#shared.get(service)?.at ?? clock.now());
    this.blame(badShares(this.#universe.table, table, { running, truth, recentDeaths, fewest }));
  }

  /** When the first of those that a table takes out of the routes was chosen to leave: whoever decided so then may have been superseded since. */
  async #leavingSince(table: RouteTable): Promise<number> {
    const { store, table: before } = this.#universe;
    const staying = new Set(routedIn(table));
    const records = await Promise.all(routedIn(before).flatMap((id) => (staying.has(id) ? [] : [store.get('instance', id)])));
    return Math.min(...records.map((one) => one?.value.drainingAt ?? Number.POSITIVE_INFINITY));
  }
}
