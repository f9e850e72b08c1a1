// The names that the DNS surface answers to: the internal routes of the table in force.
import { isIP } from 'node:net';
import type { Engine } from '../engine/engine.ts';
import { internalAddress, scopeOfKey } from '../model/discovery/endpoint.ts';
import type { Zone } from '../surfaces/dns/zone.ts';

/** `port` is the gateway's. */
export function zoneOf({ director, queries }: Engine, port: number): Zone {
  return {
    port,
    find: (name) => {
      if (isIP(name) !== 0) return undefined;
      const route = director.table().routes.find((one) => one.internal === true && one.host === name);
      const known = route && scopeOfKey(route.service);
      if (!known) return undefined;
      const { service, ...scope } = known;
      const endpoints = queries.endpoints
        .list()
        .filter((one) => one.service === service && one.application === scope.application && one.environment === scope.environment);
      return { name, address: internalAddress(scope, service), endpoints };
    },
  };
}
