// A routed service in force: picks the upstream of each request and decides which upstreams are left alone for a while.
import { randomInt } from 'node:crypto';
import type { RoutedService } from '../../model/route.ts';
import type { EjectPolicy, TrafficPolicy } from '../../model/traffic.ts';
import { defaultEject } from '../../model/traffic.ts';
import type { Traits } from '../traits/traits.ts';
import { drawShare, leastBusy, pickShare } from './balance.ts';
import type { RetryBudget } from './budget.ts';
import type { ReleaseMeter } from './measure.ts';
import type { ServiceParts } from './memory.ts';
import type { Places } from './places.ts';
import type { Tally } from './tally.ts';
import type { Upstream } from './upstream.ts';

/** As fine as the generator draws. */
const chances = 2 ** 48 - 1;

/** Where one request goes, and who counts it. Made once per table, so that picking makes nothing. */
export interface Target {
  readonly upstream: Upstream;
  readonly meter: ReleaseMeter;
  readonly release: ReleaseShare;
  /** The same place for a request that must not count where releases are compared; there only at services that have such requests. */
  readonly apart?: Target | undefined;
  /** This is such a place. */
  readonly isApart?: true;
}

export interface ReleaseShare {
  readonly name: string;
  readonly weight: number;
  current: number;
  readonly targets: Target[];
  start: number;
}

export class Service {
  /** Absent for a service that asks for nothing beyond weights. */
  readonly traits: Traits | undefined;
  readonly key: string;
  readonly policy: TrafficPolicy;
  readonly pause: RoutedService['pause'];
  readonly releases: readonly ReleaseShare[];
  /** The releases that copies go to, each target with a meter of its own. */
  readonly mirrors: readonly ReleaseShare[];
  readonly tally: Tally;
  readonly places: Places;
  readonly budget: RetryBudget | undefined;
  /** The sum of all weights. */
  readonly weight: number;
  readonly #lot: boolean;
  readonly #eject: EjectPolicy;
  readonly #most: number;
  #now = 0;
  readonly #open = (share: ReleaseShare): boolean => share.targets.some((target) => this.#load(target) !== Number.POSITIVE_INFINITY);
  readonly #any = (share: ReleaseShare): boolean => share.targets.some((target) => target.upstream.inFlight < this.#most);
  readonly #load = ({ upstream }: Target): number =>
    upstream.inFlight >= this.#most || upstream.failures.isEjected(this.#now) ? Number.POSITIVE_INFINITY : upstream.inFlight;
  readonly #lastLoad = ({ upstream }: Target): number => (upstream.inFlight >= this.#most ? Number.POSITIVE_INFINITY : upstream.inFlight);

  constructor(spec: RoutedService, releases: readonly ReleaseShare[], mirrors: readonly ReleaseShare[], parts: ServiceParts) {
    this.key = spec.key;
    this.traits = parts.traits;
    this.policy = spec.policy;
    this.pause = spec.pause;
    this.releases = releases;
    this.mirrors = mirrors;
    this.tally = parts.tally;
    this.places = parts.places;
    this.budget = parts.budget;
    this.weight = releases.reduce((sum, share) => sum + share.weight, 0);
    this.#lot = spec.lot === true;
    this.#eject = spec.policy.eject ?? defaultEject;
    this.#most = spec.policy.limit?.inFlight ?? Number.POSITIVE_INFINITY;
  }

  /** There are instances, and each has as much to do as it may. */
  get crowded(): boolean {
    return this.#most !== Number.POSITIVE_INFINITY && this.releases.some((share) => share.weight > 0 && share.targets.length > 0);
  }

  weightOf(release: string): number {
    return this.releases.find((share) => share.name === release)?.weight ?? 0;
  }

  /** The upstream for the next request; undefined when the service has none that is free. Ejections are ignored when nobody else is left. */
  pick(now: number): Target | undefined {
    return this.#pickAmong(this.releases, now);
  }

  /** Of one release, whatever its weight. */
  pickFrom(release: string, now: number): Target | undefined {
    this.#now = now;
    const share = this.releases.find(({ name }) => name === release);
    if (share === undefined) return undefined;
    const start = share.start++;
    return leastBusy(share.targets, start, this.#load) ?? leastBusy(share.targets, start, this.#lastLoad);
  }

  apart(target: Target): Target {
    return target.apart ?? target;
  }

  /** Where a copy goes: counted apart, and never to an instance that is full or left alone. */
  mirrorTarget(release: string, now: number): Target | undefined {
    this.#now = now;
    return leastBusy(this.mirrors.find(({ name }) => name === release)?.targets ?? [], 0, this.#load);
  }

  /** By weight among the other releases. */
  pickBeside(release: string, now: number): Target | undefined {
    return this.#pickAmong(
      this.releases.filter(({ name }) => name !== release),
      now,
    );
  }

  #pickAmong(shares: readonly ReleaseShare[], now: number): Target | undefined {
    this.#now = now;
    const share = this.#shareOf(shares, this.#open);
    if (share !== undefined) return leastBusy(share.targets, share.start++, this.#load);
    const last = this.#shareOf(shares, this.#any);
    return last && leastBusy(last.targets, last.start++, this.#lastLoad);
  }

  #shareOf(shares: readonly ReleaseShare[], open: (share: ReleaseShare) => boolean): ReleaseShare | undefined {
    return this.#lot ? drawShare(shares, open, randomInt(chances) / chances) : pickShare(shares, open);
  }

  /** Another upstream after `failed` did not work: of the same release as `before` if it has one, so that the split stays true, and counted as that was. */
  pickOther(failed: ReadonlySet<Upstream>, before: Target, now: number): Target | undefined {
    this.#now = now;
    const rest = (share: ReleaseShare) => share.targets.filter((target) => !failed.has(target.upstream));
    const same = this.releases.find((share) => share.name === before.release.name);
    const others = this.releases.filter((share) => share !== same && share.weight > 0).flatMap(rest);
    const other = leastBusy(same ? rest(same) : [], 0, this.#load) ?? leastBusy(others, 0, this.#load);
    return before.isApart && other ? this.apart(other) : other;
  }

  /** Notes that an upstream could not be reached, hung up or spoke garbage; it is never ejected if it is the last that takes requests. */
  failed(upstream: Upstream, now: number): void {
    if (!upstream.failures.failed(this.#eject) || !this.#canSpare(upstream, now)) return;
    upstream.failures.eject(now, this.#eject);
    this.tally.counts.ejections++;
  }

  #canSpare(upstream: Upstream, now: number): boolean {
    const taking = this.releases.filter((share) => share.weight > 0).flatMap((share) => share.targets);
    const others = taking.filter((target) => target.upstream !== upstream);
    const out = others.filter((target) => target.upstream.failures.isEjected(now)).length;
    return out < others.length && (out === 0 || out + 1 <= this.#eject.share * taking.length);
  }
}
