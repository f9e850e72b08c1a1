// What a service may ask of the gateway beyond splitting by weight. Services that ask for nothing have no traits, and pay nothing.
import type { Mirror, RoutedService, Stickiness } from '../../model/route.ts';
import { networkOf } from '../../platform/network.ts';
import type { Tally } from '../routing/tally.ts';
import type { Crowding } from './crowding.ts';
import type { Matcher } from './match.ts';
import { cookieIn, fieldValues, matcherOf } from './match.ts';
import type { RateLimiter } from './rate.ts';
import type { Seal } from './seal.ts';
import { bucketOfVisitor, cookieLine, isInShare } from './visitor.ts';

/** A service as it is chosen from; `T` is where a request goes. */
export interface Sides<T> {
  readonly tally: Tally;
  /** The sum of all weights. */
  readonly weight: number;
  weightOf(release: string): number;
  /** Of one release, whatever its weight. */
  pickFrom(release: string, now: number): T | undefined;
  /** By weight among the other releases. */
  pickBeside(release: string, now: number): T | undefined;
  pick(now: number): T | undefined;
  /** The same place, but counted where nobody compares releases. */
  apart(target: T): T;
}

interface Rule {
  readonly fits: Matcher;
  readonly release: string;
}

/** Whoever sent a request, between two looks for an instance. */
export interface Visitor {
  /** The cookie that this visitor is given; '' for none. */
  given: string;
  /** What his side is drawn from, '' for nothing; undefined until his cookie was looked at, which costs a hash. */
  drawnFrom: string | undefined;
  /** Whether he asks more than what may count; settled once for a request. */
  crowds: boolean | undefined;
}

/** What is kept of a service while tables come and go. */
export interface TraitParts {
  readonly rate: RateLimiter | undefined;
  readonly seal: Seal;
  /** Of services with stickiness. */
  readonly crowding: Crowding | undefined;
}

export class Traits {
  readonly rate: RateLimiter | undefined;
  readonly mirror: Mirror | undefined;
  readonly #key: string;
  readonly #rules: readonly Rule[];
  readonly #sticky: Stickiness | undefined;
  readonly #seal: Seal;
  readonly #crowding: Crowding | undefined;
  /** Shares of copies that were not sent yet; one copy at each whole. */
  #owed = 0;

  constructor(spec: RoutedService, { rate, seal, crowding }: TraitParts) {
    this.rate = rate;
    this.mirror = spec.mirror;
    this.#key = spec.key;
    this.#rules = (spec.rules ?? []).map(({ match, release }) => ({ fits: matcherOf(match), release }));
    this.#sticky = spec.sticky;
    this.#seal = seal;
    this.#crowding = crowding;
  }

  /** How long until this request may go on, 0 for now. */
  delay(fields: string, address: string, processes: number, now: number): number {
    const { rate } = this;
    if (rate === undefined) return 0;
    const { by } = rate.policy;
    if (by.kind === 'service') return rate.take('', now, processes);
    const key = by.kind === 'header' ? (fieldValues(fields, by.name)[0] ?? '') : '';
    // No value of a field has a line's end in it, so nobody can name himself like somebody without a name.
    return rate.take(key === '' ? `\n${networkOf(address)}` : key, now, processes);
  }

  /** The upstream for this request: by rule, by the visitor's bucket, by weight. A side without an upstream is passed over, not waited for. */
  pick<T>(service: Sides<T>, fields: string, visitor: Visitor, now: number): T | undefined {
    for (const rule of this.#rules) {
      const target = rule.fits(fields) ? service.pickFrom(rule.release, now) : undefined;
      if (target === undefined) continue;
      service.tally.counts.byRule++;
      return service.apart(target);
    }
    return (this.#sticky && this.#pickSide(this.#sticky, service, fields, visitor, now)) ?? service.pick(now);
  }

  #pickSide<T>(sticky: Stickiness, service: Sides<T>, fields: string, visitor: Visitor, now: number): T | undefined {
    visitor.drawnFrom ??= this.#meet(sticky, fields, visitor);
    const bucket = visitor.drawnFrom === '' ? undefined : bucketOfVisitor(visitor.drawnFrom);
    const fresh = bucket !== undefined && isInShare(bucket, service.weightOf(sticky.release), service.weight);
    const target = fresh ? service.pickFrom(sticky.release, now) : service.pickBeside(sticky.release, now);
    if (target === undefined) return undefined;
    if (fresh) service.tally.counts.byCookie++;
    visitor.crowds ??= bucket !== undefined && this.#crowding?.isTooMuch(bucket, now) === true;
    return visitor.crowds ? service.apart(target) : target;
  }

  /** What the visitor's side is drawn from: his cookie if it is one, else one that he is given. '' where the application gives it out and did not. */
  #meet({ name, release, without }: Stickiness, fields: string, visitor: Visitor): string {
    const cookie = cookieIn(fields, name);
    if (without === 'rest') return cookie ?? '';
    const known = cookie === undefined ? undefined : this.#seal.read(this.#key, cookie);
    if (known) return `${release} ${known.secret}`;
    const made = this.#seal.make(this.#key);
    visitor.given = made.cookie;
    return `${release} ${made.secret}`;
  }

  /** The field line of an answer that gives the visitor his cookie; '' for none. */
  greeting(visitor: Visitor): string {
    return visitor.given === '' || this.#sticky === undefined ? '' : cookieLine(this.#sticky.name, visitor.given, this.#sticky.maxAge);
  }

  /** Whether a safe request that goes to `release` is copied; evenly over time, exact over any run. */
  copies(release: string): boolean {
    if (this.mirror === undefined || release === this.mirror.release) return false;
    this.#owed += this.mirror.share;
    if (this.#owed < 1 - 1e-9) return false;
    this.#owed = Math.max(0, this.#owed - 1);
    return true;
  }
}

/** Undefined for a service that asks for nothing. */
export function traitsOf(spec: RoutedService, parts: TraitParts): Traits | undefined {
  const any = parts.rate !== undefined || spec.mirror !== undefined || spec.sticky !== undefined || (spec.rules ?? []).length > 0;
  return any ? new Traits(spec, parts) : undefined;
}
