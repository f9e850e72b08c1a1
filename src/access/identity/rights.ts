// What follows from who somebody is: whether he may log in at all, and which roles he has. What nobody wrote down gives nothing.
import type { Identity, LoginRules, RoleRule } from '../../model/identity/identity.ts';
import type { Grant } from '../../model/principal.ts';

export function grantsOf(identity: Identity, { roles }: Pick<LoginRules, 'roles'>): readonly Grant[] {
  return roles.filter((rule) => isFor(rule, identity)).map(({ grant }) => grant);
}

/** Why somebody may not log in: one sentence; `undefined`: he may. */
export function keptOut(identity: Identity, rules: LoginRules): string | undefined {
  const { name, email, groups } = identity;
  if (rules.domains.length > 0 && !rules.domains.some((one) => isBelow(email, one)))
    return `${name} may not log in: no verified e-mail address of ${rules.domains.join(', ')}.`;
  if (rules.groups.length > 0 && !rules.groups.some((one) => groups.includes(one)))
    return `${name} may not log in: not in a group of those that may.`;
  if (grantsOf(identity, rules).length === 0)
    return `${name} may not log in: nothing here is granted to that person or to a group of theirs.`;
  return undefined;
}

/** A rule that names several things asks for all of them. */
function isFor({ group, person, everybody }: RoleRule, { name, groups }: Identity): boolean {
  if (group === undefined && person === undefined) return everybody === true;
  return (group === undefined || groups.includes(group)) && (person === undefined || person.toLowerCase() === name);
}

/** The domain itself: one below it may be somebody else's. */
function isBelow(email: string | undefined, domain: string): boolean {
  return email !== undefined && email.slice(email.lastIndexOf('@') + 1).toLowerCase() === domain.toLowerCase();
}
