// API tokens: made, shown once, recognised by their hash, revoked.
import type { Clock } from '../base/clock.ts';
import { CodeError, hasCode } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { Audience, Effect, Grant, Limits, Principal, TokenKind, TokenRecord } from '../model/principal.ts';
import type { Store, Stored } from '../ports/store.ts';
import { parseFreeze } from './policy/freeze.ts';
import {
  descendantsOf,
  hashOf,
  idOf,
  idOfPrincipal,
  isLive,
  lifeOf,
  newSecret,
  personOf,
  principalOf,
  rootOf,
  sameHash,
} from './token-facts.ts';

export interface NewToken {
  readonly name: string;
  readonly effects: readonly Effect[];
  readonly grants?: readonly Grant[] | undefined;
  readonly limits?: Limits | undefined;
  /** Absent: `token`. */
  readonly kind?: TokenKind | undefined;
  /** The only door at which it counts; absent: all. */
  readonly audience?: Audience | undefined;
  /** A person sits at the program that carries it, and can be asked there. */
  readonly interactive?: true | undefined;
  /** Whose it is, as an id of a principal; absent: whose the parent is, or nobody else's. */
  readonly owner?: string | undefined;
  /** Absent: never expires by itself. */
  readonly expiresIn?: Duration;
  /** Id of the token whose bearer makes this one, which then ends with it. */
  readonly parent?: string;
}

/** `overlap`: the secret so far still counts for so long; none: not at all. `expiresIn` absent: as long as it was for. */
export interface Rotation {
  readonly overlap?: Duration | undefined;
  readonly expiresIn?: Duration | undefined;
}

export interface Tokens {
  /** The secret is given here and never again. Errors: `input_invalid`, `write_conflict` when a live token has the name, `denied` for a parent that has ended. */
  create(wish: NewToken): Promise<{ readonly secret: string; readonly token: TokenRecord }>;
  /** Every token, revoked ones too, oldest first. */
  list(): Promise<readonly TokenRecord[]>;
  /** By id or name, while it may be used. Errors: `token_unknown`. */
  find(idOrName: string): Promise<TokenRecord>;
  /** By id or by the name of a live token, together with all that were made with it; again is harmless. Errors: `token_unknown`. */
  revoke(idOrName: string): Promise<TokenRecord>;
  /** Another secret for the same principal with the same rights. What was made with the one so far ends with it. Errors: `token_unknown`, `denied` for one that has ended. */
  rotate(idOrName: string, rotation?: Rotation): Promise<{ readonly secret: string; readonly token: TokenRecord }>;
  /** Who carries this secret; `undefined` for one that is unknown, expired or revoked. */
  authenticate(secret: string): Promise<Principal | undefined>;
  /** Who carries the token with this id: for surfaces that know by something else, such as a client's certificate, that it is carried. */
  recognise(id: string): Promise<Principal | undefined>;
  /** Whether a token may still be used. */
  isLive(id: string): Promise<boolean>;
  /** Whose the credentials with the id of that principal are or were: names are given again. */
  personsCalled(principal: string): Promise<readonly string[]>;
}

const secretShape = /^code_[\w-]{43}$/;
const nameShape = /^[a-z0-9][a-z0-9._-]{0,59}$/i;
/** `lastUsedAt` is for people; a write for every call would be for nobody. */
const useNoted = 60_000;
/** Changed together with every new token: two that are made at once cannot take the same name. */
const guardKey = 'tokens';

export function createTokens({ store, clock }: { readonly store: Store; readonly clock: Clock }): Tokens {
  return new StoredTokens(store, clock);
}

class StoredTokens implements Tokens {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async create(wish: NewToken): Promise<{ readonly secret: string; readonly token: TokenRecord }> {
    checkWish(wish);
    const { name, effects, expiresIn, parent } = wish;
    const guard = await this.#store.get('singleton', guardKey);
    const now = this.#clock.now();
    const tokens = await this.list();
    if (tokens.some((token) => token.name === name && isLive(token, now))) throw nameTaken(name);
    const { secret, known } = newSecret();
    const token = {
      ...known,
      name,
      effects: [...new Set(effects)],
      createdAt: now,
      ...rightsOf(wish),
      ...lifeOf(now, expiresIn, parent, tokens),
    };
    await this.#store.commit([
      { op: 'put', kind: 'token', key: token.id, value: token, expect: 0 },
      { op: 'put', kind: 'singleton', key: guardKey, value: { newest: token.id }, expect: guard?.version ?? 0 },
    ]);
    return { secret, token };
  }

  async list(): Promise<readonly TokenRecord[]> {
    const tokens = (await this.#store.list('token')).map(({ value }) => value);
    return tokens.sort((a, b) => a.createdAt - b.createdAt);
  }

  async find(idOrName: string): Promise<TokenRecord> {
    const { value } = await this.#find(idOrName);
    if (await this.isLive(value.id)) return value;
    throw new CodeError('token_unknown', `The token ${value.id} (${value.name}) is revoked or has expired.`, {
      hint: 'See `codectl token list`.',
    });
  }

  async revoke(idOrName: string): Promise<TokenRecord> {
    const { key, value } = await this.#find(idOrName);
    const now = this.#clock.now();
    const family = descendantsOf(key, await this.#store.list('token')).filter((one) => one.value.revokedAt === undefined);
    if (family.length === 0) return value;
    try {
      await this.#store.commit(
        family.map((one) => ({ op: 'put', kind: 'token', key: one.key, value: { ...one.value, revokedAt: now }, expect: one.version })),
      );
      return { ...value, revokedAt: value.revokedAt ?? now };
    } catch (error) {
      // The use of one was noted in between; revoking must win that race.
      if (hasCode(error, 'write_conflict')) return this.revoke(idOrName);
      throw error;
    }
  }

  async rotate(idOrName: string, rotation: Rotation = {}): Promise<{ readonly secret: string; readonly token: TokenRecord }> {
    const { key, version, value } = await this.#find(idOrName);
    const now = this.#clock.now();
    if (!isLive(value, now) || value.replacedBy !== undefined)
      throw new CodeError('denied', `The token "${idOrName}" has ended, or was replaced already.`, { hint: 'Make a new one.' });
    const { overlap = 0, expiresIn = value.expiresAt && value.expiresAt - value.createdAt } = rotation;
    const { secret, known } = newSecret();
    const { lastUsedAt: _, expiresAt: end = Number.POSITIVE_INFINITY, ...kept } = value;
    const token = { ...kept, ...known, createdAt: now, ...lifeOf(now, expiresIn, value.parent, await this.list()) };
    const ended = overlap > 0 ? { expiresAt: Math.min(end, now + overlap) } : { revokedAt: now };
    try {
      await this.#store.commit([
        { op: 'put', kind: 'token', key: token.id, value: token, expect: 0 },
        { op: 'put', kind: 'token', key, value: { ...value, ...ended, replacedBy: token.id }, expect: version },
      ]);
      return { secret, token };
    } catch (error) {
      if (hasCode(error, 'write_conflict')) return this.rotate(idOrName, rotation);
      throw error;
    }
  }

  async authenticate(secret: string): Promise<Principal | undefined> {
    if (!secretShape.test(secret)) return undefined;
    const hash = hashOf(secret);
    const stored = await this.#store.get('token', idOf(hash));
    return stored && sameHash(stored.value.hash, hash) ? this.#holder(stored) : undefined;
  }

  async recognise(id: string): Promise<Principal | undefined> {
    const stored = await this.#store.get('token', id);
    return stored && this.#holder(stored);
  }

  async #holder(stored: Stored<TokenRecord>): Promise<Principal | undefined> {
    const now = this.#clock.now();
    const root = await this.#rootWhileLive(stored.value, now);
    if (!root) return undefined;
    await this.#noteUse(stored, now);
    return principalOf(stored.value, root);
  }

  async isLive(id: string): Promise<boolean> {
    const token = (await this.#store.get('token', id))?.value;
    return token !== undefined && (await this.#rootWhileLive(token, this.#clock.now())) !== undefined;
  }

  async personsCalled(principal: string): Promise<readonly string[]> {
    const tokens = new Map((await this.#store.list('token')).map(({ value }) => [value.id, value]));
    const persons = [...tokens.values()].filter((one) => idOfPrincipal(one) === principal).map((one) => personOf(one, rootOf(one, tokens)));
    return persons.length === 0 ? [principal] : [...new Set(persons)];
  }

  /** The first of its line, while all of it is live: a parent may have been revoked while its child was being made. */
  async #rootWhileLive(token: TokenRecord, now: number): Promise<TokenRecord | undefined> {
    let one: TokenRecord | undefined = token;
    while (one && isLive(one, now)) {
      if (one.parent === undefined) return one;
      one = (await this.#store.get('token', one.parent))?.value;
    }
    return undefined;
  }

  async #noteUse({ key, version, value }: Stored<TokenRecord>, now: number): Promise<void> {
    if (value.lastUsedAt !== undefined && now - value.lastUsedAt < useNoted) return;
    try {
      await this.#store.commit([{ op: 'put', kind: 'token', key, value: { ...value, lastUsedAt: now }, expect: version }]);
    } catch (error) {
      // A full disk, or somebody who noted it at the same time, is no reason to turn a known caller away.
      if (!(error instanceof CodeError)) throw error;
    }
  }

  async #find(idOrName: string): Promise<Stored<TokenRecord>> {
    const now = this.#clock.now();
    const tokens = await this.#store.list('token');
    const called = tokens.filter(({ value }) => value.name === idOrName && isLive(value, now));
    const found = tokens.find(({ key }) => key === idOrName) ?? called.find(({ value }) => value.replacedBy === undefined) ?? called[0];
    if (found) return found;
    throw new CodeError('token_unknown', `There is no token "${idOrName}".`, { hint: 'See `codectl token list`.' });
  }
}

/** Members that are not wanted are not kept. */
function rightsOf({
  kind,
  grants,
  limits,
  audience,
  interactive,
  owner,
}: NewToken): Pick<TokenRecord, 'kind' | 'grants' | 'limits' | 'audience' | 'interactive' | 'owner'> {
  return {
    ...(kind !== undefined && kind !== 'token' && { kind }),
    ...(grants && grants.length > 0 && { grants }),
    ...(limits && Object.keys(limits).length > 0 && { limits }),
    ...(audience !== undefined && { audience }),
    ...(interactive && { interactive }),
    ...(owner !== undefined && { owner }),
  };
}

function checkWish({ name, effects, grants = [], limits, expiresIn }: NewToken): void {
  if (!nameShape.test(name))
    throw new CodeError('input_invalid', `"${name.slice(0, 80)}" is no name for a token: letters, digits, ".", "_" and "-", at most 60.`);
  if (effects.length === 0 && grants.length === 0)
    throw new CodeError('input_invalid', `The token "${name}" needs a role, or at least one of read, plan, write, destroy.`);
  const window = limits?.freeze?.find((one) => parseFreeze(one) === undefined);
  if (window !== undefined)
    throw new CodeError('input_invalid', `${JSON.stringify(window)} is no time to change nothing.`, {
      hint: 'Write it as "fri 15:00-mon 08:00", or as 2026-12-20T00:00Z/2027-01-04T00:00Z; times are UTC.',
    });
  if (expiresIn !== undefined && !(expiresIn > 0))
    throw new CodeError('input_invalid', `The token "${name}" would have expired before it was made.`);
}

function nameTaken(name: string): CodeError {
  return new CodeError('write_conflict', `There is a token "${name}" already.`, {
    hint: `Choose another name, or revoke it first with \`codectl token revoke ${name}\`.`,
  });
}
