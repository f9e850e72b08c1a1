// What the route table means for those who look for services: internal routes to each, its endpoints, and what changed between two tables.
import type { Endpoint, EndpointChange } from '../model/discovery/endpoint.ts';
import { internalAddress, internalName, scopeOfKey } from '../model/discovery/endpoint.ts';
import type { Route, RoutedService } from '../model/route.ts';

/**
 * Every service by its full name and by its own loopback address; by `<service>.internal` as long as only one has that name. Two services that meet
 * at one address have none: better not found than the wrong one.
 */
export function internalRoutes(services: readonly RoutedService[]): readonly Route[] {
  const all = services.flatMap(({ key }) => {
    const name = scopeOfKey(key);
    return name ? [{ ...name, key }] : [];
  });
  const hosts = new Map<string, string[]>();
  for (const one of all)
    for (const host of [internalName(one, one.service), internalAddress(one, one.service), `${one.service}.internal`])
      hosts.set(host, [...(hosts.get(host) ?? []), one.key]);
  return [...hosts].flatMap(([host, keys]) =>
    keys.length === 1 ? keys.map((service) => ({ host, path: '/', service, internal: true })) : [],
  );
}

/** Instances that take requests, in a fixed order. Those of a release without weight take none. */
export function endpointsOf(services: readonly RoutedService[]): readonly Endpoint[] {
  return services
    .flatMap((routed) => {
      const name = scopeOfKey(routed.key);
      const total = routed.releases.reduce((sum, { weight, upstreams }) => sum + (upstreams.length > 0 ? weight : 0), 0);
      if (!name || total === 0) return [];
      const { application, environment, service } = name;
      return routed.releases.flatMap(({ release, weight, upstreams }) =>
        weight === 0
          ? []
          : upstreams.map(({ instance, host, port }): Endpoint => {
              const share = weight / total / upstreams.length;
              return { application, environment, service, release, instance, host, port, share };
            }),
      );
    })
    .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function orderOf({ application, environment, service, instance }: Endpoint): string {
  return `${application}/${environment}/${service}/${instance}`;
}

export function endpointChanges(before: readonly Endpoint[], after: readonly Endpoint[]): readonly EndpointChange[] {
  const [old, now] = [new Map(before.map((one) => [orderOf(one), one])), new Map(after.map((one) => [orderOf(one), one]))];
  const removed = before.filter((one) => !now.has(orderOf(one))).map((endpoint): EndpointChange => ({ kind: 'removed', endpoint }));
  const news = after.flatMap((endpoint): readonly EndpointChange[] => {
    const known = old.get(orderOf(endpoint));
    if (known === undefined) return [{ kind: 'added', endpoint }];
    return isSame(known, endpoint) ? [] : [{ kind: 'changed', endpoint }];
  });
  return [...removed, ...news];
}

/** Of two that have one place in the order, and so all names that it is made of. */
function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.release === other.release && one.host === other.host && one.port === other.port && one.share === other.share;
}
