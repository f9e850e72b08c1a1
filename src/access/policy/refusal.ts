// Why something is refused, in one sentence: who, what, and which policy. The place is not named: whoever may not look must not learn what there is.
import type { Principal } from '../../model/principal.ts';
import type { Answer, WrittenPolicy } from './language.ts';
import type { Refused } from './permission.ts';
import type { Action } from './schema.ts';
import { describe, scopeName } from './sets.ts';

export function refusalOf(principal: Principal, action: Action, answer: Answer, own: readonly WrittenPolicy[]): Refused {
  const told = (because: string): Refused => ({
    allowed: false,
    reason: `${principal.id} may not call ${action.name}: ${because}.`,
    policies: answer.policies,
  });
  if (answer.broken.length > 0) return told(`a policy could not be evaluated (${answer.broken.join('; ')})`);
  const [first] = answer.allowed ? [] : describe(answer.policies, own);
  return told(first ? `${first.because ?? 'a policy forbids it'} (policy ${first.id})` : missing(principal, action));
}

function missing({ effects, grants = [] }: Principal, { effect }: Action): string {
  const held = grants.map(({ role, ...place }) => (place.application === undefined ? role : `${role} on ${scopeName(place)}`));
  if (held.length > 0) return `no policy permits it to ${[...held, ...effects].join(', ')}`;
  return `it needs "${effect}" and was granted ${effects.length === 0 ? 'nothing' : effects.join(', ')}`;
}
