// Parses a route table once at the edge (control socket, disk), so that nothing behind it has to doubt it.
import { isIP } from 'node:net';
import type { Route, RoutedService, RouteTable, Upstream, WeightedRelease } from '../model/route.ts';
import type { RouteTls } from '../model/tls/certificate.ts';
import { certificateSources } from '../model/tls/certificate.ts';
import { amount, fields, list, optional, text, whole, wrong } from './parse-fields.ts';
import { parsePolicy, parseTraits } from './parse-policy.ts';

/** Errors: `input_invalid`, naming the path of the first thing that is wrong. */
export function parseRouteTable(input: unknown): RouteTable {
  const table = fields(input, 'table');
  const services = list(table['services'], 'services').map((service, at) => parseService(service, `services[${at}]`));
  const keys = new Set(services.map((service) => service.key));
  if (keys.size !== services.length) throw wrong('services', 'service keys that differ');
  const routes = list(table['routes'], 'routes').map((route, at) => parseRoute(route, `routes[${at}]`, keys));
  return { version: whole(table['version'], 'version', Number.MAX_SAFE_INTEGER), routes, services };
}

function parseRoute(input: unknown, path: string, services: ReadonlySet<string>): Route {
  const route = fields(input, path);
  const service = text(route['service'], `${path}.service`);
  if (!services.has(service)) throw wrong(`${path}.service`, 'the key of a service in the table');
  const host = text(route['host'], `${path}.host`);
  if (host !== '*' && !/^[\w.:[\]-]+$/.test(host)) throw wrong(`${path}.host`, 'a host name or *');
  const prefix = text(route['path'], `${path}.path`);
  if (!prefix.startsWith('/')) throw wrong(`${path}.path`, 'a path that starts with /');
  const { internal } = route as { readonly internal?: unknown };
  if (internal !== undefined && typeof internal !== 'boolean') throw wrong(`${path}.internal`, 'true or false');
  const tls = optional(route['tls'], (given) => parseTls(given, `${path}.tls`));
  return { host, path: prefix, service, ...(internal === true && { internal }), ...(tls && { tls }) };
}

function parseTls(input: unknown, path: string): RouteTls {
  const { certificate, redirect, hsts } = fields(input, path) as Readonly<Partial<Record<keyof RouteTls, unknown>>>;
  const source = certificateSources.find((one) => one === certificate);
  if (source === undefined) throw wrong(`${path}.certificate`, `one of ${certificateSources.join(', ')}`);
  if (typeof redirect !== 'boolean') throw wrong(`${path}.redirect`, 'true or false');
  if (hsts !== undefined && typeof hsts !== 'boolean') throw wrong(`${path}.hsts`, 'true or false');
  return { certificate: source, redirect, ...(hsts !== undefined && { hsts }) };
}

function parseService(input: unknown, path: string): RoutedService {
  const service = fields(input, path);
  const pause = service['pause'] === undefined ? undefined : parsePause(service['pause'], `${path}.pause`);
  const releases = list(service['releases'], `${path}.releases`).map((release, at) => parseRelease(release, `${path}.releases[${at}]`));
  return {
    key: text(service['key'], `${path}.key`),
    releases,
    policy: parsePolicy(service['policy'], `${path}.policy`),
    ...(pause && { pause }),
    ...parseTraits(service, path),
  };
}

function parseRelease(input: unknown, path: string): WeightedRelease {
  const release = fields(input, path);
  const upstreams = list(release['upstreams'], `${path}.upstreams`).map((upstream, at) =>
    parseUpstream(upstream, `${path}.upstreams[${at}]`),
  );
  return { release: text(release['release'], `${path}.release`), weight: amount(release['weight'], `${path}.weight`), upstreams };
}

function parseUpstream(input: unknown, path: string): Upstream {
  const upstream = fields(input, path);
  const host = text(upstream['host'], `${path}.host`);
  if (isIP(host) === 0 && !/^[\w.-]+$/.test(host)) throw wrong(`${path}.host`, 'a host name or an address');
  const port = whole(upstream['port'], `${path}.port`, 65_535);
  if (port === 0) throw wrong(`${path}.port`, 'a port from 1 to 65535');
  return { instance: text(upstream['instance'], `${path}.instance`), host, port };
}

function parsePause(input: unknown, path: string): NonNullable<RoutedService['pause']> {
  const pause = fields(input, path);
  if (pause['kind'] === 'held') return { kind: 'held', hold: amount(pause['hold'], `${path}.hold`) };
  if (pause['kind'] === 'stopped') return { kind: 'stopped', message: text(pause['message'], `${path}.message`) };
  throw wrong(`${path}.kind`, '`held` or `stopped`');
}
