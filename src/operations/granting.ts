// What may be granted to a new token, and how far it may go: never more than whoever makes it has.
import { z } from 'zod';
import { CodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { Effect, Grant, Limits, Principal, TokenKind, TokenRecord } from '../model/principal.ts';
import type { Services } from './services.ts';

export const limitsView = z.strictObject({
  replicas: z.int().min(0).max(1000).optional().describe('The largest number of instances that it may give to one service'),
  services: z.int().min(0).max(1000).optional().describe('How many services one change may touch'),
  environments: z.array(z.string().max(40)).max(50).optional().describe('Names of environments; it changes nothing elsewhere'),
  rollbacks_per_hour: z.int().min(0).max(1000).optional(),
  freeze: z.array(z.string().max(100)).max(50).optional().describe('When it changes nothing, such as "fri 15:00-mon 08:00", in UTC'),
});

type LimitsView = z.infer<typeof limitsView>;

export function limitsOf({ rollbacks_per_hour, ...limits }: LimitsView): Limits {
  return { ...withoutAbsent(limits), ...(rollbacks_per_hour !== undefined && { rollbacksPerHour: rollbacks_per_hour }) };
}

export function viewLimits({ rollbacksPerHour, environments, freeze, ...limits }: Limits): LimitsView {
  return withoutAbsent({
    ...limits,
    environments: environments && [...environments],
    rollbacks_per_hour: rollbacksPerHour,
    freeze: freeze && [...freeze],
  });
}

function withoutAbsent<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

/** `operator@shop/staging`; `operator`: everywhere. */
export function grantName({ role, application, environment }: Grant): string {
  if (application === undefined) return role;
  return environment === undefined ? `${role}@${application}` : `${role}@${application}/${environment}`;
}

export interface Granted {
  readonly effects: readonly Effect[];
  readonly grants: readonly Grant[];
  readonly owner?: string | undefined;
}

/** Errors: `denied` when it is more than the principal has, or says that it is somebody else's. */
export function refuseMore(principal: Principal, { effects, grants, owner }: Granted): void {
  const { id, kind, limits, grants: held = [] } = principal;
  if (kind === 'local_user') return;
  // Tokens that are made with one are in the same hands: it could approve with them what it asked for.
  if (owner !== undefined) throw new CodeError('denied', `${id} may not make a token for somebody else; whoever owns the machine may.`);
  const makes = kind === 'token' || kind === 'person';
  if (!makes || limits)
    throw new CodeError('denied', `${id} may not make tokens: it is ${makes ? 'limited' : `one of a kind (${kind}) that may not`}.`);
  const beyond = effects.find((one) => !principal.effects.includes(one) && !held.some((grant) => covers(grant, { role: 'admin' })));
  if (beyond) throw new CodeError('denied', `${id} may not ${beyond}, so it cannot make a token that may.`);
  const more = grants.find((wanted) => !held.some((grant) => covers(grant, wanted)));
  if (more) throw new CodeError('denied', `${id} is not ${grantName(more)}, so it cannot make a token that is.`);
}

/** What is made by or for programs is made anew now and then; a person's own is not to outlive that he works here by much. */
const longest: Duration = 90 * 24 * 3_600_000;

/** How long a new token is for; `undefined`: until it is revoked. */
export function tokenLife({ kind }: Principal, of: TokenKind | undefined, wished: Duration | undefined): Duration | undefined {
  if (kind === 'person') return Math.min(wished ?? longest, longest);
  return wished ?? (of === 'service' || of === 'agent' ? longest : undefined);
}

/** Whoever has the new secret acts as the one whose it is, and could approve with it what he asked for. Errors: `denied`. */
export async function refuseHands(
  { id, kind, person = id }: Principal,
  { name, kind: of = 'token' }: TokenRecord,
  { tokens }: Pick<Services, 'tokens'>,
): Promise<void> {
  if (kind === 'local_user') return;
  const owners = await tokens.personsCalled(`${of}:${name}`);
  if (owners.every((one) => one === person)) return;
  throw new CodeError('denied', `${id} may not make another secret for ${of}:${name}: it is in other hands.`, {
    hint: 'Whoever made it may, and whoever owns the machine.',
  });
}

/** A policy that speaks of a name was written for somebody else who has, or had, it. Errors: `denied`. */
export function refuseNamed({ id, kind }: Principal, name: string, policies: string): void {
  if (kind === 'local_user' || !policies.includes(`"${name}"`)) return;
  throw new CodeError('denied', `${id} may not make a token called ${name}: policies speak of it.`, { hint: 'Choose another name.' });
}

/** The same role, or admin, at the same place or around it. */
function covers(held: Grant, wanted: Grant): boolean {
  const around =
    held.application === undefined ||
    (held.application === wanted.application && (held.environment === undefined || held.environment === wanted.environment));
  return around && (held.role === 'admin' || held.role === wanted.role);
}
