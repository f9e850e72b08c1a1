// What follows from the records of tokens: whether one counts, whose it is, what ends with it; and how a secret becomes a record.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { CodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { Principal, TokenRecord } from '../model/principal.ts';
import type { Stored } from '../ports/store.ts';

/** The secret, and what is kept of it. */
export function newSecret(): { readonly secret: string; readonly known: Pick<TokenRecord, 'id' | 'prefix' | 'hash'> } {
  const secret = `code_${randomBytes(32).toString('base64url')}`;
  const hash = hashOf(secret);
  return { secret, known: { id: idOf(hash), prefix: secret.slice(0, 9), hash } };
}

/** Short enough to type, and it finds the record without a search; that it is the beginning of the hash gives nothing away. */
export function idOf(hash: string): string {
  return `t-${hash.slice(0, 12)}`;
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever they differ. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export function principalOf(token: TokenRecord, root: TokenRecord): Principal {
  const { kind = 'token', id, effects, grants, limits, audience, interactive } = token;
  const [principal, person] = [idOfPrincipal(token), personOf(token, root)];
  return {
    id: principal,
    kind,
    token: id,
    effects,
    ...(grants && { grants }),
    ...(limits && { limits }),
    ...(audience && { audience }),
    ...(interactive && { interactive }),
    ...(person !== principal && { person }),
  };
}

export function idOfPrincipal({ kind = 'token', name }: TokenRecord): string {
  return `${kind}:${name}`;
}

/** Tokens that were made with one are in the same hands. */
export function personOf({ owner }: TokenRecord, root: TokenRecord): string {
  return owner ?? root.owner ?? idOfPrincipal(root);
}

export function rootOf(token: TokenRecord, tokens: ReadonlyMap<string, TokenRecord>): TokenRecord {
  const parent = token.parent === undefined ? undefined : tokens.get(token.parent);
  return parent ? rootOf(parent, tokens) : token;
}

export function isLive(token: TokenRecord, now: number): boolean {
  return token.revokedAt === undefined && (token.expiresAt === undefined || token.expiresAt > now);
}

/** A token with all that were made with it, with those that it took the place of, and with what belongs to those in turn. */
export function descendantsOf(id: string, tokens: readonly Stored<TokenRecord>[]): readonly Stored<TokenRecord>[] {
  const ids = new Set([id]);
  // A set can be added to while it is walked; what was added is walked as well.
  for (const known of ids) for (const { key, value } of tokens) if (value.parent === known || value.replacedBy === known) ids.add(key);
  return tokens.filter(({ key }) => ids.has(key));
}

/** When a token ends: as wished, but never after its parent. */
export function lifeOf(
  now: number,
  expiresIn: Duration | undefined,
  parentId: string | undefined,
  tokens: readonly TokenRecord[],
): Pick<TokenRecord, 'expiresAt' | 'parent'> {
  const wished = expiresIn === undefined ? undefined : now + expiresIn;
  if (parentId === undefined) return wished === undefined ? {} : { expiresAt: wished };
  const parent = tokens.find(({ id }) => id === parentId);
  if (!parent || !isLive(parent, now)) throw new CodeError('denied', 'The token that would make this one has ended.');
  const expiresAt = Math.min(wished ?? Number.POSITIVE_INFINITY, parent.expiresAt ?? Number.POSITIVE_INFINITY);
  return { parent: parentId, ...(Number.isFinite(expiresAt) ? { expiresAt } : {}) };
}
