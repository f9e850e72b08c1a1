// Parses what a route table says of a service beyond its releases: policies, rules, stickiness, a mirror.
import type { Mirror, RequestMatch, RoutedService, RoutingRule, Stickiness } from '../model/route.ts';
import type { EjectPolicy, LimitPolicy, RatePolicy, RetryPolicy, TrafficPolicy } from '../model/traffic.ts';
import type { Fields } from './parse-fields.ts';
import { amount, fields, list, optional, text, whole, wrong } from './parse-fields.ts';

const many = 1_000_000;

export function parsePolicy(input: unknown, path: string): TrafficPolicy {
  const policy = fields(input, path);
  const maxBody = optional(policy['maxBody'], (given) => amount(given, `${path}.maxBody`));
  const drain = optional(policy['drain'], (given) => amount(given, `${path}.drain`));
  const retries = optional(policy['retries'], (given) => parseRetries(given, `${path}.retries`));
  const eject = optional(policy['eject'], (given) => parseEject(given, `${path}.eject`));
  const limit = optional(policy['limit'], (given) => parseLimit(given, `${path}.limit`));
  const rate = optional(policy['rate'], (given) => parseRate(given, `${path}.rate`));
  const wake = optional(policy['wake'], (given) => parseWake(given, `${path}.wake`));
  return {
    hold: amount(policy['hold'], `${path}.hold`),
    connectTimeout: amount(policy['connectTimeout'], `${path}.connectTimeout`),
    responseTimeout: amount(policy['responseTimeout'], `${path}.responseTimeout`),
    idleTimeout: amount(policy['idleTimeout'], `${path}.idleTimeout`),
    ...(maxBody !== undefined && { maxBody }),
    ...(drain !== undefined && { drain }),
    ...(retries && { retries }),
    ...(eject && { eject }),
    ...(limit && { limit }),
    ...(rate && { rate }),
    ...(wake && { wake }),
  };
}

function parseRetries(input: unknown, path: string): RetryPolicy {
  const retries = fields(input, path);
  return { attempts: atLeastOne(retries['attempts'], `${path}.attempts`), share: share(retries['share'], `${path}.share`) };
}

function parseEject(input: unknown, path: string): EjectPolicy {
  const eject = fields(input, path);
  return {
    failures: whole(eject['failures'], `${path}.failures`, many),
    time: amount(eject['time'], `${path}.time`),
    longest: amount(eject['longest'], `${path}.longest`),
    share: share(eject['share'], `${path}.share`),
  };
}

function parseLimit(input: unknown, path: string): LimitPolicy {
  const limit = fields(input, path);
  return {
    inFlight: atLeastOne(limit['inFlight'], `${path}.inFlight`),
    queue: whole(limit['queue'], `${path}.queue`, many),
    wait: amount(limit['wait'], `${path}.wait`),
  };
}

function parseRate(input: unknown, path: string): RatePolicy {
  const rate = fields(input, path);
  const perSecond = amount(rate['perSecond'], `${path}.perSecond`);
  if (perSecond === 0) throw wrong(`${path}.perSecond`, 'a number above zero');
  return { perSecond, burst: atLeastOne(rate['burst'], `${path}.burst`), by: parseAsker(rate['by'], `${path}.by`) };
}

function parseAsker(input: unknown, path: string): RatePolicy['by'] {
  const by = fields(input, path);
  const { kind } = by as { readonly kind?: unknown };
  if (kind === 'header') return { kind, name: text(by['name'], `${path}.name`) };
  if (kind === 'address' || kind === 'service') return { kind };
  throw wrong(`${path}.kind`, '`address`, `header` or `service`');
}

function parseWake(input: unknown, path: string): NonNullable<TrafficPolicy['wake']> {
  const wake = fields(input, path);
  return { hold: amount(wake['hold'], `${path}.hold`), most: whole(wake['most'], `${path}.most`, many) };
}

/** A release that the service does not have is no error: such a rule, cookie or mirror finds no upstream, and is passed over. */
export function parseTraits(service: Fields, path: string): Pick<RoutedService, 'rules' | 'sticky' | 'mirror' | 'lot'> {
  const rules = optional(service['rules'], (given) =>
    list(given, `${path}.rules`).map((rule, at) => parseRule(rule, `${path}.rules[${at}]`)),
  );
  const sticky = optional(service['sticky'], (given) => parseSticky(given, `${path}.sticky`));
  const mirror = optional(service['mirror'], (given) => parseMirror(given, `${path}.mirror`));
  const { lot } = service as { readonly lot?: unknown };
  if (lot !== undefined && typeof lot !== 'boolean') throw wrong(`${path}.lot`, 'true or false');
  return { ...(rules && { rules }), ...(sticky && { sticky }), ...(mirror && { mirror }), ...(lot === true && { lot }) };
}

function parseRule(input: unknown, path: string): RoutingRule {
  const rule = fields(input, path);
  return { match: parseMatch(rule['match'], `${path}.match`), release: text(rule['release'], `${path}.release`) };
}

function parseMatch(input: unknown, path: string): RequestMatch {
  const match = fields(input, path);
  const name = text(match['name'], `${path}.name`);
  const { kind } = match as { readonly kind?: unknown };
  if (kind === 'header' && match['like'] !== undefined) return { kind, name, like: text(match['like'], `${path}.like`) };
  if (kind !== 'header' && kind !== 'cookie') throw wrong(`${path}.kind`, '`header` or `cookie`');
  const equals = list(match['equals'], `${path}.equals`).map((value, at) => text(value, `${path}.equals[${at}]`));
  return kind === 'header' ? { kind, name, equals } : { kind, name, equals };
}

function parseSticky(input: unknown, path: string): Stickiness {
  const sticky = fields(input, path);
  const name = text(sticky['name'], `${path}.name`);
  // It becomes part of a field line: RFC 6265 §4.1.1 says what a name may be.
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw wrong(`${path}.name`, 'a name that a cookie can have');
  const { kind, without } = sticky as { readonly kind?: unknown; readonly without?: unknown };
  if (kind !== 'cookie') throw wrong(`${path}.kind`, '`cookie`');
  if (without !== 'assign' && without !== 'rest') throw wrong(`${path}.without`, '`assign` or `rest`');
  return { kind, name, release: text(sticky['release'], `${path}.release`), without, maxAge: amount(sticky['maxAge'], `${path}.maxAge`) };
}

function parseMirror(input: unknown, path: string): Mirror {
  const mirror = fields(input, path);
  return {
    release: text(mirror['release'], `${path}.release`),
    share: share(mirror['share'], `${path}.share`),
    atMost: whole(mirror['atMost'], `${path}.atMost`, many),
  };
}

function share(input: unknown, path: string): number {
  const value = amount(input, path);
  if (value > 1) throw wrong(path, 'a share from 0 to 1');
  return value;
}

function atLeastOne(input: unknown, path: string): number {
  const value = whole(input, path, many);
  if (value === 0) throw wrong(path, `a whole number from 1 to ${many}`);
  return value;
}
