// A routed service in force: picks the upstream of each request and decides which upstreams are left alone for a while.
import type { RoutedService } from '../../model/route.ts';
import type { TrafficPolicy } from '../../model/traffic.ts';
import { leastBusy, pickShare } from './balance.ts';
import type { ReleaseMeter } from './measure.ts';
import type { Upstream } from './upstream.ts';

/** Where one request goes, and who counts it. Made once per table, so that picking makes nothing. */
export interface Target {
  readonly upstream: Upstream;
  readonly meter: ReleaseMeter;
  readonly release: ReleaseShare;
}

export interface ReleaseShare {
  readonly name: string;
  readonly weight: number;
  current: number;
  readonly targets: Target[];
  start: number;
}

export class Service {
  readonly key: string;
  readonly policy: TrafficPolicy;
  readonly pause: RoutedService['pause'];
  readonly releases: readonly ReleaseShare[];
  #now = 0;
  readonly #open = (share: ReleaseShare): boolean => share.targets.some((target) => !target.upstream.failures.isEjected(this.#now));
  readonly #any = (share: ReleaseShare): boolean => share.targets.length > 0;
  readonly #load = (target: Target): number =>
    target.upstream.failures.isEjected(this.#now) ? Number.POSITIVE_INFINITY : target.upstream.inFlight;

  constructor(spec: RoutedService, releases: readonly ReleaseShare[]) {
    this.key = spec.key;
    this.policy = spec.policy;
    this.pause = spec.pause;
    this.releases = releases;
  }

  /** The upstream for the next request; undefined when the service has none. Ejections are ignored when nobody else is left. */
  pick(now: number): Target | undefined {
    this.#now = now;
    const share = pickShare(this.releases, this.#open);
    if (share !== undefined) return leastBusy(share.targets, share.start++, this.#load);
    const last = pickShare(this.releases, this.#any);
    return last && leastBusy(last.targets, last.start++, (target) => target.upstream.inFlight);
  }

  /** Another upstream after `failed` did not work: of the same release if it has one, so that the split stays true. */
  pickOther(failed: ReadonlySet<Upstream>, home: string, now: number): Target | undefined {
    this.#now = now;
    const rest = (share: ReleaseShare) => share.targets.filter((target) => !failed.has(target.upstream));
    const same = this.releases.find((share) => share.name === home);
    const others = this.releases.filter((share) => share !== same && share.weight > 0).flatMap(rest);
    return leastBusy(same ? rest(same) : [], 0, this.#load) ?? leastBusy(others, 0, this.#load);
  }

  /** Notes that an upstream could not be reached or spoke garbage; it is never ejected if it is the last that takes requests. */
  failed(upstream: Upstream, now: number): void {
    if (!upstream.failures.failed()) return;
    const others = this.releases.some(
      (share) =>
        share.weight > 0 && share.targets.some((target) => target.upstream !== upstream && !target.upstream.failures.isEjected(now)),
    );
    if (others) upstream.failures.eject(now);
  }
}
