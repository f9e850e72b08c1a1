// Puts questions to the policy language, with its sets prepared once for each principal.
import { mostApprovals } from '../../model/plan.ts';
import type { Principal } from '../../model/principal.ts';
import type { Answer, Language, WrittenPolicy } from './language.ts';
import { PreparedSets } from './prepared.ts';
import type { Facts, Moment, Place } from './question.ts';
import { questionOf } from './question.ts';
import type { Action } from './schema.ts';
import type { Extent } from './sets.ts';
import { setFor, setKey } from './sets.ts';

/** What a plan that somebody else approved lets one do. */
const approvable: ReadonlySet<string> = new Set(['change.apply', 'trials.begin']);

export interface Asking {
  readonly principal: Principal;
  readonly action: Action;
  readonly place: Place;
  readonly facts: Facts;
  readonly moment: Moment;
  /** Policies of one's own, with a key that changes with them. */
  readonly own: { readonly key: string; readonly policies: readonly WrittenPolicy[] };
  readonly extent: Extent;
}

export class Evaluation {
  readonly #language: Language;
  readonly #sets: PreparedSets;

  constructor(language: Language) {
    this.#language = language;
    this.#sets = new PreparedSets(language);
  }

  ask({ principal, action, place, facts, moment, own, extent }: Asking): Answer {
    const name = this.#sets.of(setKey(principal, own.key, extent), () => setFor(principal, own.policies, extent));
    return this.#language.ask(name, questionOf(principal, action, place, facts, moment));
  }

  /** How many people's approval, in all, would lift a refusal to apply a plan; `undefined`: nobody's would. */
  approvalsFor(asking: Asking, { policies }: Answer): number | undefined {
    if (!approvable.has(asking.action.name) || policies.length === 0) return undefined;
    for (let approvals = (asking.facts.approvals ?? 0) + 1; approvals <= mostApprovals; approvals += 1)
      if (allows(this.ask({ ...asking, facts: { ...asking.facts, approvals } }))) return approvals;
    return undefined;
  }
}

/** A policy that cannot be evaluated may be one that forbids. */
export function allows({ allowed, broken }: Answer): boolean {
  return allowed && broken.length === 0;
}
