// Sessions of people who logged in: recognised by a hash, with the rights that the rules give them now, ended by time or at once.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { CodeError, hasCode } from '../../base/errors.ts';
import type { Identity, LoginRules, LoginWay, SessionLimits, SessionRecord } from '../../model/identity/identity.ts';
import type { Principal } from '../../model/principal.ts';
import type { Change, Store, Stored } from '../../ports/store.ts';
import { grantsOf, keptOut } from './rights.ts';

export interface Sessions {
  /** The secret is given here and never again. `name`: under which the person is known here. */
  open(identity: Identity, name: string, way: LoginWay): Promise<{ readonly secret: string; readonly session: SessionRecord }>;
  /** Who carries this secret; `undefined` for one that is unknown, over, or whose person may no longer log in. */
  authenticate(secret: string): Promise<Principal | undefined>;
  /** Whether calls are answered that come with it. */
  isLive(id: string): Promise<boolean>;
  /** Whether what was done with it still counts: nobody said that it is not to be trusted. */
  isTrusted(id: string): Promise<boolean>;
  /** Somebody who has logged in, by the id of the principal, as the newest session has it. */
  known(person: string): Promise<Principal | undefined>;
  /** Those that live, and those that ended in the last day, the newest first. */
  list(): Promise<readonly (SessionRecord & { readonly live: boolean })[]>;
  /** By id, or all of a person's by the name; again is harmless. Errors: `session_unknown`. */
  revoke(idOrName: string, by: string): Promise<readonly SessionRecord[]>;
  /** By its own bearer. */
  leave(id: string): Promise<void>;
}

export interface SessionsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly rules: readonly LoginRules[];
}

const secretShape = /^codesession_[\w-]{43}$/;
/** A write for every call would be for nobody. */
const useNoted = 60_000;
/** What has ended is shown for so long, then forgotten. */
const remembered = 24 * 3_600_000;

/** So that a secret of a token is not looked for among sessions. */
export function isSessionSecret(text: string): boolean {
  return secretShape.test(text);
}

export function isSessionId(id: string): boolean {
  return id.startsWith('s-');
}

export function personId(name: string): string {
  return `person:${name}`;
}

export function createSessions(parts: SessionsParts): Sessions {
  return new StoredSessions(parts);
}

class StoredSessions implements Sessions {
  readonly #parts: SessionsParts;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  async open(identity: Identity, name: string, way: LoginWay): Promise<{ readonly secret: string; readonly session: SessionRecord }> {
    const { store, clock, limits } = this.#parts;
    const now = clock.now();
    const secret = `codesession_${randomBytes(32).toString('base64url')}`;
    const hash = hashOf(secret);
    const session: SessionRecord = {
      id: idOf(hash),
      hash,
      person: personId(name),
      identity,
      way,
      createdAt: now,
      expiresAt: now + limits.life,
      lastUsedAt: now,
    };
    await store.commit([{ op: 'put', kind: 'session', key: session.id, value: session, expect: 0 }, ...(await this.#forgotten(now))]);
    return { secret, session };
  }

  async authenticate(secret: string): Promise<Principal | undefined> {
    if (!isSessionSecret(secret)) return undefined;
    const hash = hashOf(secret);
    const { store, clock } = this.#parts;
    const stored = await store.get('session', idOf(hash));
    const now = clock.now();
    if (!stored || !sameHash(stored.value.hash, hash) || !this.#lives(stored.value, now)) return undefined;
    await this.#noteUse(stored, now);
    return this.#principalOf(stored.value);
  }

  async isLive(id: string): Promise<boolean> {
    const session = (await this.#parts.store.get('session', id))?.value;
    return session !== undefined && this.#lives(session, this.#parts.clock.now());
  }

  async isTrusted(id: string): Promise<boolean> {
    const session = (await this.#parts.store.get('session', id))?.value;
    return session !== undefined && session.ended?.why !== 'revoked';
  }

  async known(person: string): Promise<Principal | undefined> {
    const newest = (await this.list()).find((one) => one.person === person);
    return newest && this.#principalOf(newest);
  }

  async list(): Promise<readonly (SessionRecord & { readonly live: boolean })[]> {
    const now = this.#parts.clock.now();
    const sessions = (await this.#parts.store.list('session')).map(({ value }) => ({ ...value, live: this.#lives(value, now) }));
    return sessions.filter((one) => one.live || endOf(one) > now - remembered).toSorted((a, b) => b.createdAt - a.createdAt);
  }

  async revoke(idOrName: string, by: string): Promise<readonly SessionRecord[]> {
    const { store, clock } = this.#parts;
    const found = (await store.list('session')).filter(
      ({ key, value }) => key === idOrName || value.person === idOrName || value.person === personId(idOrName),
    );
    if (found.length === 0)
      throw new CodeError('session_unknown', `There is no session ${JSON.stringify(idOrName)}, and nobody of that name has one.`, {
        hint: 'See "codectl sessions list".',
      });
    const ended = { at: clock.now(), by, why: 'revoked' } as const;
    return this.#end(
      found,
      (value) => (value.ended?.why === 'revoked' ? value : { ...value, ended }),
      () => this.revoke(idOrName, by),
    );
  }

  async leave(id: string): Promise<void> {
    const stored = await this.#parts.store.get('session', id);
    if (!stored) return;
    const ended = { at: this.#parts.clock.now(), by: stored.value.person, why: 'left' } as const;
    await this.#end(
      [stored],
      (value) => (value.ended ? value : { ...value, ended }),
      async () => {
        await this.leave(id);
        return [];
      },
    );
  }

  /** Its use may be noted in between; ending it must win that race. */
  async #end(
    found: readonly Stored<SessionRecord>[],
    ended: (value: SessionRecord) => SessionRecord,
    again: () => Promise<readonly SessionRecord[]>,
  ): Promise<readonly SessionRecord[]> {
    const changed = found.flatMap((one) => {
      const value = ended(one.value);
      return value === one.value ? [] : [{ op: 'put', kind: 'session', key: one.key, value, expect: one.version } as const];
    });
    try {
      if (changed.length > 0) await this.#parts.store.commit(changed);
      return found.map((one) => ended(one.value));
    } catch (thrown) {
      if (hasCode(thrown, 'write_conflict')) return again();
      throw thrown;
    }
  }

  #lives(session: SessionRecord, now: number): boolean {
    const { ended, expiresAt, lastUsedAt, identity } = session;
    if (ended || expiresAt <= now || lastUsedAt + this.#parts.limits.idle <= now) return false;
    return this.#rulesFor(identity) !== undefined;
  }

  #principalOf({ id, person, identity }: SessionRecord): Principal | undefined {
    const rules = this.#rulesFor(identity);
    return rules && { id: person, kind: 'person', token: id, effects: [], grants: grantsOf(identity, rules) };
  }

  /** Those in force now, unless they keep that person out: a group that lost its role loses it in sessions that are open, too. */
  #rulesFor(identity: Identity): LoginRules | undefined {
    const rules = this.#parts.rules.find(({ provider }) => provider === identity.provider);
    return rules && keptOut(identity, rules) === undefined ? rules : undefined;
  }

  async #noteUse({ key, version, value }: Stored<SessionRecord>, now: number): Promise<void> {
    if (now - value.lastUsedAt < useNoted) return;
    try {
      await this.#parts.store.commit([{ op: 'put', kind: 'session', key, value: { ...value, lastUsedAt: now }, expect: version }]);
    } catch (thrown) {
      // A full disk, or somebody who noted it at the same time, is no reason to turn a known caller away.
      if (!(thrown instanceof CodeError)) throw thrown;
    }
  }

  async #forgotten(now: number): Promise<readonly Change[]> {
    const old = (await this.#parts.store.list('session')).filter(({ value }) => endOf(value) <= now - remembered);
    return old.map(({ key }) => ({ op: 'delete', kind: 'session', key }));
  }
}

function endOf({ ended, expiresAt }: SessionRecord): number {
  return Math.min(ended?.at ?? expiresAt, expiresAt);
}

/** Short enough to type, and it finds the record without a search. */
function idOf(hash: string): string {
  return `s-${hash.slice(0, 12)}`;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever they differ. */
function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
