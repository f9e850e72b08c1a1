// Rules between keys and between services. They read the raw values, so that they speak up even where a neighbour is malformed.
import { didYouMean } from '../../base/nearest.ts';
import type { Finding, Path } from './finding.ts';
import { needsOrder } from './order.ts';
import { isMapping, sourceKeys } from './overlay.ts';
import { shown } from './schema/words.ts';

type Raw = Readonly<Record<string, unknown>>;

/** What is wrong within one service; paths start at the service. */
export function serviceFindings(service: unknown): readonly Finding[] {
  if (!isMapping(service)) return [];
  return [
    ...sourceFindings(service),
    ...containerFindings(service),
    ...portFindings(service),
    ...nameFindings(service),
    ...scaleFindings(service),
    ...kindFindings(service),
    ...probeFindings(service),
  ];
}

function sourceFindings(service: Raw): readonly Finding[] {
  const given = sourceKeys.filter((key) => service[key] !== undefined);
  if (given.length === 0) return [{ path: [], message: 'says not what to run, expected exactly one of run, image or build' }];
  return given
    .slice(1)
    .map((key) => ({ path: [key], atKey: true, message: `"${given[0]}" is given too, expected exactly one of run, image or build` }));
}

function containerFindings({ run, container }: Raw): readonly Finding[] {
  if (run === undefined || container === undefined) return [];
  return [{ path: ['container'], atKey: true, message: 'is for an image or a build; a process of this machine runs as its daemon does' }];
}

function portFindings(service: Raw): readonly Finding[] {
  if (service.port !== undefined) return [];
  const findings: Finding[] = [];
  if (list(service.routes).length > 0)
    findings.push({ path: ['routes'], atKey: true, message: 'needs a port, add one such as `port: 8080`' });
  if (service.traffic !== undefined)
    findings.push({ path: ['traffic'], atKey: true, message: 'needs a port, add one such as `port: 8080`' });
  for (const key of ['probe', 'liveness'])
    if (isMapping(service[key]) && service[key].path !== undefined)
      findings.push({ path: [key, 'path'], atKey: true, message: 'needs a port, add one such as `port: 8080`' });
  return findings;
}

/** A course of steps is nothing without somebody who says when an instance is fit. */
function probeFindings({ probe, strategy }: Raw): readonly Finding[] {
  const kind = isMapping(strategy) ? strategy.kind : strategy;
  if (probe !== 'none' || (kind !== 'canary' && kind !== 'blue-green')) return [];
  return [{ path: ['probe'], atKey: true, message: `cannot be none with strategy ${kind}, describe a probe or choose rolling` }];
}

function nameFindings(service: Raw): readonly Finding[] {
  const env = isMapping(service.env) ? service.env : {};
  const secrets = list(service.secrets).map((one) => (isMapping(one) ? one.name : one));
  const clash = secrets.flatMap((secret, index) =>
    typeof secret === 'string' && Object.hasOwn(env, secret)
      ? [{ path: ['secrets', index], message: `${shown(secret)} is in env too, keep one of them` }]
      : [],
  );
  return [...clash, ...repeated('secrets', secrets), ...repeated('needs', service.needs), ...repeated('volumes', service.volumes, 'path')];
}

function repeated(key: string, values: unknown, member?: string): readonly Finding[] {
  const seen = new Set<unknown>();
  return list(values).flatMap((item, index) => {
    const value = member !== undefined && isMapping(item) ? item[member] : item;
    if (typeof value !== 'string') return [];
    const again = seen.has(value);
    seen.add(value);
    const path: Path = member === undefined ? [key, index] : [key, index, member];
    return again ? [{ path, message: `${shown(value)} is listed twice, keep one of them` }] : [];
  });
}

function scaleFindings(service: Raw): readonly Finding[] {
  return [...startFindings(service), ...measureFindings(service)];
}

/** What nobody could measure would never scale anything. */
function measureFindings({ scale, resources, port }: Raw): readonly Finding[] {
  const targets = isMapping(scale) && isMapping(scale.targets) ? scale.targets : {};
  const findings: Finding[] = [];
  if (targets.memory !== undefined && !(isMapping(resources) && resources.memory !== undefined))
    findings.push({
      path: ['scale', 'targets', 'memory'],
      atKey: true,
      message: 'is a share of a limit, add one such as `resources: { memory: 256Mi }`',
    });
  for (const key of ['requests_per_second', 'concurrency', 'latency'])
    if (targets[key] !== undefined && port === undefined)
      findings.push({ path: ['scale', 'targets', key], atKey: true, message: 'needs a port, add one such as `port: 8080`' });
  return findings;
}

function startFindings({ replicas, scale }: Raw): readonly Finding[] {
  if (typeof replicas !== 'number' || !isMapping(scale)) return [];
  const tooFew = replicas >= 0 && typeof scale.min === 'number' && replicas < scale.min;
  const tooMany = typeof scale.max === 'number' && replicas > scale.max;
  return tooFew || tooMany
    ? [{ path: ['replicas'], message: 'lies outside scale.min and scale.max; leave it out to start with scale.min' }]
    : [];
}

/** What has no meaning for a kind, and what it cannot be without. */
function kindFindings(service: Raw): readonly Finding[] {
  const { kind = service.port === undefined ? 'worker' : 'service' } = service;
  const refuse = (keys: readonly string[], why: string) =>
    keys.filter((key) => service[key] !== undefined).map((key): Finding => ({ path: [key], atKey: true, message: why }));
  const ends = kind === 'job' || kind === 'cron';
  const missing = (key: string, message: string): readonly Finding[] => (service[key] === undefined ? [{ path: ['kind'], message }] : []);
  return [
    ...(kind === 'service' ? missing('port', 'a service needs a port, add one such as `port: 8080`, or make it a worker') : []),
    ...(kind === 'cron' ? missing('schedule', 'a cron needs a schedule, add one such as `schedule: { cron: 0 3 * * * }`') : []),
    ...(kind === 'worker' ? refuse(['port'], 'a worker has no port; make it a service') : []),
    ...(ends ? refuse(foreverKeys, `means nothing for a ${kind}, which runs to its end`) : refuse(['completion'], 'is for jobs and crons')),
    ...(kind === 'cron' ? [] : refuse(['schedule'], 'is for a service of `kind: cron`')),
  ];
}

const foreverKeys = ['port', 'replicas', 'probe', 'liveness', 'restart', 'strategy', 'scale', 'slo', 'release', 'traffic'];

/** What is wrong between services; paths start at the mapping of services. */
export function applicationFindings(services: ReadonlyMap<string, unknown>): readonly Finding[] {
  return [...needFindings(services), ...routeFindings(services)];
}

function needFindings(services: ReadonlyMap<string, unknown>): readonly Finding[] {
  const needs = new Map([...services].map(([name, service]) => [name, texts(isMapping(service) ? service.needs : [])]));
  const unknown = [...needs]
    .flatMap(([name, wanted]) => wanted.map((other, index) => ({ path: [name, 'needs', index], other })))
    .filter(({ other }) => other !== '' && !needs.has(other))
    // Comparing every slip with every name is only worth it for those that are shown.
    .map(({ path, other }, index) => ({ path, message: noService(other, index < 100 ? [...needs.keys()] : []) }));
  const rounds = needsOrder(needs).cycles.map((round) => ({
    path: [round.at(-2) ?? '', 'needs'],
    atKey: true,
    message: `services need each other in a circle: ${round.join(' → ')}`,
  }));
  return [...unknown, ...rounds];
}

function noService(name: string, known: readonly string[]): string {
  const hint = didYouMean(name, known) || (known.length > 0 && known.length <= 20 ? `, known: ${known.join(', ')}` : '');
  return `there is no service ${shown(name)}${hint}`;
}

function routeFindings(services: ReadonlyMap<string, unknown>): readonly Finding[] {
  const owners = new Map<string, string>();
  return [...services].flatMap(([name, service]) =>
    list(isMapping(service) ? service.routes : []).flatMap((route, index) => {
      if (!isMapping(route)) return [];
      const { host = '*', path = '/' } = route;
      if (typeof host !== 'string' || typeof path !== 'string') return [];
      if (host === '*' && route.tls !== undefined)
        return [{ path: [name, 'routes', index, 'tls'], atKey: true, message: 'needs a host, a certificate is for one name' }];
      // Prefixes match at segment borders: `/api` and `/api/` are the same.
      const place = `${host}${path.replace(/(?<=.)\/$/, '')}`;
      const owner = owners.get(place);
      owners.set(place, owner ?? name);
      return owner === undefined
        ? []
        : [{ path: [name, 'routes', index], message: `${shown(place)} is routed to service ${shown(owner)} already` }];
    }),
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Keeps the positions: what is no text, which the schema reports, becomes the empty text. */
function texts(value: unknown): readonly string[] {
  return list(value).map((item) => (typeof item === 'string' ? item : ''));
}
