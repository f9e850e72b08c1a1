// Keeps the cluster's HTTPRoutes on the route table: what is wanted last is asked for beside everything else, again until it is so.
import { digestOfJson } from '../../../base/digest.ts';
import { asCodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { RoutedService, RouteTable } from '../../../model/route.ts';
import type { Census } from './census.ts';
import type { KubeObject } from './object.ts';
import type { GatewayRef } from './objects/gateway.ts';
import { httpRoutes } from './objects/gateway.ts';
import { annotation, serviceLabels } from './objects/names.ts';
import { routeProblem } from './refusals.ts';
import type { HttpRoute } from './shapes.ts';
import { routeShape } from './shapes.ts';
import type { Site } from './site.ts';
import { Reflector } from './watch/reflector.ts';

/** After a failure, doubled with each in a row. */
const retryAfter: Duration = 2_000;
const longestRetry: Duration = 60_000;

export class Routes {
  readonly #site: Site;
  readonly #census: Census;
  readonly #gateway: GatewayRef;
  readonly #seen: Reflector<HttpRoute>;
  readonly #applied = new Map<string, { readonly digest: string; readonly generation: number | undefined }>();
  readonly #told = new Map<string, string | undefined>();
  #table: RouteTable | undefined;
  #news = Promise.withResolvers<void>();

  constructor(site: Site, census: Census, gateway: GatewayRef) {
    this.#site = site;
    this.#census = census;
    this.#gateway = gateway;
    this.#seen = new Reflector({ ...site, kind: 'HTTPRoute', shape: routeShape, seen: (route, how) => this.#took(route, how) });
    void this.#seen.run(site.lifetime);
    void this.#run();
  }

  /** Takes effect soon; nobody waits for a cluster here. */
  want(table: RouteTable): void {
    this.#table = table;
    this.#news.resolve();
  }

  async #run(): Promise<void> {
    const { lifetime, clock, log } = this.#site;
    const over = aborted(lifetime);
    let failures = 0;
    while (!lifetime.aborted) {
      await Promise.race([this.#news.promise, over]);
      this.#news = Promise.withResolvers<void>();
      const table = this.#table;
      if (lifetime.aborted || !table) continue;
      try {
        await this.#bring(table, lifetime);
        failures = 0;
      } catch (thrown) {
        if (lifetime.aborted) return;
        log.warn({ error: asCodeError(thrown).message }, 'the HTTPRoutes of the cluster are not as they should be');
        this.#news.resolve();
        failures += 1;
        await clock.sleep(Math.min(longestRetry, retryAfter * 2 ** (failures - 1)), lifetime).catch(() => undefined);
      }
    }
  }

  async #bring(table: RouteTable, signal: AbortSignal): Promise<void> {
    await this.#census.synced();
    const there = await this.#seen.all();
    const wanted = table.services.flatMap((service) => this.#routesOf(service, table));
    for (const object of wanted) await this.#apply(object, signal);
    const names = new Set(wanted.map((one) => one.metadata.name));
    // One whose pods are all gone for a moment keeps what it has.
    const pausing = new Set(table.services.filter((one) => Object.keys(this.#weightsOf(one)).length === 0).map((one) => one.key));
    for (const { metadata } of there) {
      if (names.has(metadata.name) || pausing.has(metadata.annotations[annotation.key] ?? '')) continue;
      await this.#site.client.remove('HTTPRoute', metadata.name, signal);
      this.#applied.delete(metadata.name);
    }
  }

  /** None for what runs elsewhere. */
  #routesOf(service: RoutedService, { routes }: RouteTable): readonly KubeObject[] {
    const { home } = this.#site;
    const { key } = service;
    const weights = this.#weightsOf(service);
    if (Object.keys(weights).length === 0) return [];
    const [application = '', environment = '', name = ''] = key.split('/');
    const mine = routes.filter((one) => one.service === key && one.internal !== true);
    const labels = serviceLabels(home, { application, environment }, name);
    return httpRoutes({ home, gateway: this.#gateway, key, labels, routes: mine, weights });
  }

  /** A release may have several sets, as while its instances are replaced: each gets the share of its instances. */
  #weightsOf({ releases }: RoutedService): Readonly<Record<string, number>> {
    const weights: Record<string, number> = {};
    for (const { weight, upstreams } of releases)
      for (const { instance } of upstreams) {
        const set = this.#census.setOfPod(instance);
        if (set !== undefined) weights[set] = (weights[set] ?? 0) + weight / upstreams.length;
      }
    return weights;
  }

  async #apply(object: KubeObject, signal: AbortSignal): Promise<void> {
    const { name } = object.metadata;
    const digest = digestOfJson(object);
    if (this.#applied.get(name)?.digest === digest) return;
    const made = routeShape.parse(await this.#site.client.apply(object, signal));
    this.#applied.set(name, { digest, generation: made.metadata.generation });
  }

  /** What somebody else changed or took away is asked for again; what the cluster makes of it is told as it turns. */
  #took(route: HttpRoute, how: 'listed' | 'changed' | 'gone'): void {
    const { name, generation } = route.metadata;
    const applied = this.#applied.get(name);
    if (applied && (how === 'gone' || (generation ?? 0) > (applied.generation ?? 0))) {
      this.#applied.delete(name);
      this.#news.resolve();
    }
    const problem = how === 'gone' ? undefined : routeProblem(route);
    if (problem !== undefined && this.#told.get(name) !== problem)
      this.#site.log.warn({ route: name, problem }, 'the cluster refuses an HTTPRoute');
    if (how === 'gone') this.#told.delete(name);
    else this.#told.set(name, problem);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
