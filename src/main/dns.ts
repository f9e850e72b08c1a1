// The names that the DNS surface answers to: the internal routes of the table in force.
import { isIP } from 'node:net';
import type { Engine } from '../engine/engine.ts';
import type { Endpoint } from '../model/discovery/endpoint.ts';
import { internalAddress, scopeOfKey } from '../model/discovery/endpoint.ts';
import { serviceKey } from '../model/instance.ts';
import type { Route } from '../model/route.ts';
import type { Zone, ZoneEntry } from '../surfaces/dns/zone.ts';

interface Index {
  readonly routes: readonly Route[];
  readonly endpoints: readonly Endpoint[];
  readonly entries: ReadonlyMap<string, ZoneEntry>;
}

/** `port` is the gateway's. Anybody on this machine may ask as often as he likes: the names are put in order once for each table. */
export function zoneOf({ director, queries }: Pick<Engine, 'director' | 'queries'>, port: number): Zone {
  let index: Index | undefined;
  return {
    port,
    find: (name) => {
      const { routes } = director.table();
      const endpoints = queries.endpoints.list();
      if (index?.routes !== routes || index.endpoints !== endpoints) index = { routes, endpoints, entries: entriesOf(routes, endpoints) };
      return index.entries.get(name);
    },
  };
}

function entriesOf(routes: readonly Route[], endpoints: readonly Endpoint[]): ReadonlyMap<string, ZoneEntry> {
  const byService = Map.groupBy(endpoints, (one) => serviceKey(one, one.service));
  const entries = new Map<string, ZoneEntry>();
  for (const { internal, host: name, service: key } of routes) {
    const known = internal === true && isIP(name) === 0 ? scopeOfKey(key) : undefined;
    if (!known || entries.has(name)) continue;
    const { service, ...scope } = known;
    entries.set(name, { name, address: internalAddress(scope, service), endpoints: byService.get(key) ?? [] });
  }
  return entries;
}
