// Turns a route table into what is in force, carrying over what must survive it: connections, failures, credits, counters.
import { canonicalJson } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import type {
  RoutedService,
  RouteTable,
  ServiceTraffic,
  TrafficObservation,
  Upstream as UpstreamAddress,
  WeightedRelease,
} from '../../model/route.ts';
import type { Seal } from '../traits/seal.ts';
import type { Detour } from './detours.ts';
import { Detours } from './detours.ts';
import type { ReleaseMeter } from './measure.ts';
import { Memory } from './memory.ts';
import { Router } from './router.ts';
import type { ReleaseShare } from './service.ts';
import { Service } from './service.ts';
import { Upstream } from './upstream.ts';

export class Registry {
  #table: RouteTable | undefined;
  #router = new Router<Service>([], () => undefined);
  #services = new Map<string, Service>();
  #upstreams = new Map<string, Upstream>();
  /** Left the table, but not yet without requests. */
  #leaving = new Set<Upstream>();
  readonly #memory: Memory;
  readonly #detours = new Detours();

  /** `waits` is told when a first request begins to wait for an instance of a service. */
  constructor(seal: Seal, waits: (service: string) => void = () => undefined) {
    this.#memory = new Memory(seal, waits);
  }

  get table(): RouteTable | undefined {
    return this.#table;
  }

  find(host: string, path: string, caller: string): Service | undefined {
    return this.#router.find(host, path, caller);
  }

  /** False for the table in force, repeated. Errors: `write_conflict` for one that is older, or as old but different. */
  accepts(table: RouteTable): boolean {
    const old = this.#table;
    if (old === undefined || table.version > old.version) return true;
    if (table.version === old.version && canonicalJson(table) === canonicalJson(old)) return false;
    throw new CodeError('write_conflict', `The gateway follows route table ${old.version}; table ${table.version} is older or differs.`, {
      hint: `Raise the version above ${old.version} and apply the table again.`,
      details: { version: old.version },
    });
  }

  /** Everything is built beside the old and swapped in one step; nothing in it can fail half way. */
  apply(table: RouteTable, now: number): void {
    const upstreams = new Map<string, Upstream>();
    const services = new Map<string, Service>();
    for (const spec of table.services) services.set(spec.key, this.#service(spec, upstreams));
    const gone = [...this.#upstreams].filter(([key]) => !upstreams.has(key)).map(([, upstream]) => upstream);
    this.#router = new Router(table.routes, (key) => services.get(key));
    this.#services = services;
    this.#upstreams = upstreams;
    this.#table = table;
    for (const upstream of gone) {
      upstream.retire(now);
      this.#leaving.add(upstream);
    }
    this.#memory.prune(new Set(services.keys()));
  }

  /** Sends connections to an instance elsewhere, until the end of the detour; absent: to itself again. True when that changed anything. */
  detour(instance: string, detour: Detour | undefined): boolean {
    const changed = detour === undefined ? this.#detours.remove(instance) : true;
    if (detour) this.#detours.set(instance, detour);
    if (changed) this.#turn([instance]);
    return changed;
  }

  detours(): Detours {
    return this.#detours;
  }

  #turn(instances: readonly string[]): void {
    for (const upstream of this.#upstreams.values()) {
      const { instance } = upstream.address;
      if (instances.includes(instance)) upstream.detour(this.#detours.of(instance));
    }
  }

  /** Once a second or so: closes what was idle too long, forgets who has left. */
  tidy(now: number): void {
    if (!this.#detours.none) this.#turn(this.#detours.expire(now));
    for (const upstream of this.#upstreams.values()) upstream.closeIdle(now);
    for (const upstream of this.#leaving) if (upstream.inFlight === 0) this.#leaving.delete(upstream);
    this.#memory.tidy(now);
  }

  /** Often: tunnels of those who left end one after the other. */
  partTunnels(now: number): void {
    for (const upstream of this.#leaving) upstream.part(now);
  }

  /** Marks those who left and whose drain time is over; true when something is still in flight there. One that came back is not leaving. */
  cutOverdue(now: number): boolean {
    let any = false;
    for (const upstream of this.#leaving) {
      if (!upstream.overdue(now) || this.#upstreams.has(keyOf(upstream.address))) continue;
      upstream.cut = true;
      any = true;
    }
    return any;
  }

  /** The gateway stops: requests may finish, tunnels would not. */
  endTunnels(): void {
    for (const upstream of this.#upstreams.values()) upstream.endTunnels();
  }

  /** `toEpoch` turns the monotonic clock into milliseconds since the epoch. */
  observe(now: number, toEpoch: number): Omit<TrafficObservation, 'epoch' | 'listening'> {
    const inFlight: Record<string, number> = {};
    const busy = new Map<string, number>();
    const ejected: Record<string, number> = {};
    for (const upstream of [...this.#upstreams.values(), ...this.#leaving]) {
      const { instance } = upstream.address;
      if (upstream.inFlight > 0) inFlight[instance] = (inFlight[instance] ?? 0) + upstream.inFlight;
      busy.set(upstream.service, (busy.get(upstream.service) ?? 0) + upstream.inFlight);
      if (upstream.failures.isEjected(now)) ejected[instance] = Math.round(upstream.failures.until + toEpoch);
    }
    const waiting: Record<string, number> = {};
    const services: ServiceTraffic[] = [];
    for (const tally of this.#memory.tallies.all()) {
      if (tally.waiting > 0) waiting[tally.service] = tally.waiting;
      services.push(tally.read(busy.get(tally.service) ?? 0));
    }
    const { meters, mirrors, chosen } = this.#memory;
    const version = this.#table?.version ?? 0;
    return { version, releases: meters.read(), inFlight, ejected, waiting, services, mirrors: mirrors.read(), chosen: chosen.read() };
  }

  #service(spec: RoutedService, upstreams: Map<string, Upstream>): Service {
    const before = this.#services.get(spec.key);
    // Credits survive as long as the weights do, so that a table change in mid-split does not bend the split.
    const same = before !== undefined && weightsOf(before.releases) === weightsOf(spec.releases.map(named));
    const parts = this.#memory.of(spec);
    const share = ({ release, weight }: WeightedRelease): ReleaseShare => {
      const old = same ? before.releases.find(({ name }) => name === release) : undefined;
      return { name: release, weight, current: old?.current ?? 0, start: old?.start ?? 0, targets: [] };
    };
    const releases = spec.releases.map(share);
    const mirrors = spec.releases.filter(({ release }) => release === spec.mirror?.release).map(share);
    for (const { release, upstreams: addresses } of spec.releases)
      for (const address of addresses) {
        const upstream = this.#upstream(address, upstreams);
        upstream.service = spec.key;
        upstream.drain = spec.policy.drain ?? Number.POSITIVE_INFINITY;
        upstream.freed = spec.policy.limit && (() => parts.places.freed());
        const apart = choosesByItself(spec) ? this.#memory.chosen.for(spec.key, release) : undefined;
        this.#aim(releases, release, upstream, this.#memory.meters.for(spec.key, release), apart);
        if (release === spec.mirror?.release) this.#aim(mirrors, release, upstream, this.#memory.mirrors.for(spec.key, release));
      }
    return new Service(spec, releases, mirrors, parts);
  }

  #aim(shares: readonly ReleaseShare[], release: string, upstream: Upstream, meter: ReleaseMeter, chosen?: ReleaseMeter): void {
    const share = shares.find(({ name }) => name === release);
    if (share === undefined) return;
    const apart = chosen && ({ upstream, meter: chosen, release: share, isApart: true } as const);
    share.targets.push({ upstream, meter, release: share, apart });
  }

  #upstream(address: UpstreamAddress, upstreams: Map<string, Upstream>): Upstream {
    const key = keyOf(address);
    const known = upstreams.get(key) ?? this.#upstreams.get(key);
    const upstream = known ?? new Upstream(address);
    if (!known && !this.#detours.none) upstream.detour(this.#detours.of(address.instance));
    upstreams.set(key, upstream);
    return upstream;
  }
}

/** Some of its requests go where they were sent, not where the lot fell. */
function choosesByItself({ rules, sticky }: RoutedService): boolean {
  return sticky !== undefined || (rules ?? []).length > 0;
}

function keyOf({ instance, host, port }: UpstreamAddress): string {
  return `${instance} ${host} ${port}`;
}

function named(release: WeightedRelease): { readonly name: string; readonly weight: number } {
  return { name: release.release, weight: release.weight };
}

function weightsOf(releases: readonly { readonly name: string; readonly weight: number }[]): string {
  return JSON.stringify(releases.map(({ name, weight }) => [name, weight]));
}
