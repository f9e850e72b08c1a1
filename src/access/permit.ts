// May this caller do that? A pure answer from what the caller was granted and what the operation does.
import type { Effect, Principal } from '../model/principal.ts';

export interface Asked {
  /** The operation's name, for the reason. */
  readonly name: string;
  readonly effect: Effect;
}

export type Permission = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export type Permit = (principal: Principal, operation: Asked) => Permission;

/** Effects are granted one by one; none implies another, so that a token can be made that writes but reads nothing. */
export const permit: Permit = (principal, { name, effect }) => {
  if (principal.effects.includes(effect)) return { allowed: true };
  const granted = principal.effects.length === 0 ? 'nothing' : principal.effects.join(', ');
  return { allowed: false, reason: `${principal.id} may not call ${name}: it needs "${effect}" and was granted ${granted}.` };
};
