// Who agreed to which plan: one yes for each person, bound to what the plan says, for a while, and once.
import type { Clock } from '../base/clock.ts';
import { CodeError, hasCode } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import type { NewEvent } from '../model/event.ts';
import type { Approval, Plan } from '../model/plan.ts';
import { mostApprovals } from '../model/plan.ts';
import type { Principal } from '../model/principal.ts';
import type { Change, Store, Stored } from '../ports/store.ts';
import type { Sessions } from './identity/sessions.ts';
import { isSessionId } from './identity/sessions.ts';
import type { Tokens } from './tokens.ts';

/** How long a yes counts, unless its plan ends before. */
export const approvalLife: Duration = 30 * 60_000;
/** How long a plan may be applied without the approval that it needs, once somebody has answered for it. */
export const glassLife: Duration = 15 * 60_000;

export interface Standing {
  /** How many approvals count: one for each person; all that can be asked for, where the glass was broken. */
  readonly count: number;
  readonly glass: boolean;
  /** Those that count. */
  readonly approvals: readonly Approval[];
  /** Marks them as used for a deployment; to be stored together with it, so that none that is withdrawn meanwhile counts. */
  usedAs(deployment: string): readonly Change[];
}

export interface Wish {
  readonly plan: Plan;
  readonly principal: Principal;
  readonly reason?: string | undefined;
}

export interface Approvals {
  /** Errors: `denied` to whoever asked for the plan, `already_approved`. */
  approve(wish: Wish): Promise<Approval>;
  /** Takes one's own yes back; whether there was one that counted. */
  withdraw(wish: Wish): Promise<boolean>;
  /** Answers for a plan that is applied without approval; everybody is told. */
  breakGlass(wish: Wish & { readonly reason: string }): Promise<Approval>;
  standing(plan: Plan): Promise<Standing>;
}

export interface ApprovalsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: Pick<Tokens, 'isLive' | 'personsCalled'>;
  readonly sessions: Pick<Sessions, 'isTrusted'>;
}

export function createApprovals(parts: ApprovalsParts): Approvals {
  return new StoredApprovals(parts);
}

class StoredApprovals implements Approvals {
  readonly #parts: ApprovalsParts;

  constructor(parts: ApprovalsParts) {
    this.#parts = parts;
  }

  async approve({ plan, principal, reason }: Wish): Promise<Approval> {
    const person = personOf(principal);
    // A name may have had several owners; whoever is one of them may have asked.
    const asked = await this.#parts.tokens.personsCalled(plan.createdBy);
    if (asked.includes(person)) throw ownPlan(principal, plan);
    const approval = this.#approvalOf({ plan, principal, reason }, 'approved', approvalLife);
    const event = { kind: 'approval.given', message: `${principal.id} approved plan ${plan.id} of ${plan.createdBy}` } as const;
    await this.#keep(approval, event, plan);
    return approval;
  }

  async withdraw({ plan, principal }: Wish): Promise<boolean> {
    const key = keyOf(plan, personOf(principal));
    const stored = await this.#parts.store.get('approval', key);
    if (!stored || stored.value.usedAs !== undefined) return false;
    const event = this.#event(plan, 'approval.withdrawn', `${principal.id} no longer approves plan ${plan.id}`);
    await this.#parts.store.commit([
      { op: 'delete', kind: 'approval', key, expect: stored.version },
      { op: 'append', event },
    ]);
    return stored.value.expiresAt > this.#parts.clock.now();
  }

  async breakGlass(wish: Wish & { readonly reason: string }): Promise<Approval> {
    const { plan, principal, reason } = wish;
    const approval = this.#approvalOf(wish, 'glass', glassLife);
    const message = `${principal.id} broke the glass for plan ${plan.id}: it may be applied without approval. Reason: ${reason}`;
    await this.#keep(approval, { kind: 'approval.glass_broken', message }, plan);
    return approval;
  }

  async standing(plan: Plan): Promise<Standing> {
    const stored = await this.#parts.store.list('approval', { prefix: `${plan.id}/` });
    const counting: Stored<Approval>[] = [];
    for (const one of stored) if (await this.#counts(one.value, plan)) counting.push(one);
    const glass = counting.some(({ value }) => value.kind === 'glass');
    const people = new Set(counting.map(({ value }) => value.person)).size;
    return {
      count: glass ? Math.max(mostApprovals, people) : people,
      glass,
      approvals: counting.map(({ value }) => value),
      usedAs: (deployment) =>
        counting.map(({ key, version, value }) => ({
          op: 'put',
          kind: 'approval',
          key,
          value: { ...value, usedAs: deployment },
          expect: version,
        })),
    };
  }

  async #counts({ digest, expiresAt, token, usedAs }: Approval, plan: Plan): Promise<boolean> {
    if (digest !== plan.digest || expiresAt <= this.#parts.clock.now()) return false;
    if (usedAs !== undefined && usedAs !== plan.appliedAs) return false;
    if (token === undefined) return true;
    // Who logs out has still said yes; who was logged out by others may not have been the one who said it.
    return isSessionId(token) ? this.#parts.sessions.isTrusted(token) : this.#parts.tokens.isLive(token);
  }

  #approvalOf({ plan, principal, reason }: Wish, kind: Approval['kind'], life: Duration): Approval {
    const at = this.#parts.clock.now();
    return {
      plan: plan.id,
      digest: plan.digest,
      kind,
      person: personOf(principal),
      principal: principal.id,
      at,
      expiresAt: Math.min(plan.expiresAt, at + life),
      ...(principal.token !== undefined && { token: principal.token }),
      ...(reason !== undefined && { reason }),
    };
  }

  async #keep(approval: Approval, { kind, message }: Pick<NewEvent, 'kind' | 'message'>, plan: Plan): Promise<void> {
    const { store } = this.#parts;
    const key = keyOf(plan, approval.kind === 'glass' ? 'glass' : approval.person);
    const before = await store.get('approval', key);
    if (before && (await this.#counts(before.value, plan))) throw approvedAlready(approval);
    try {
      await store.commit([
        { op: 'put', kind: 'approval', key, value: approval, expect: before?.version ?? 0 },
        { op: 'append', event: this.#event(plan, kind, message) },
      ]);
    } catch (thrown) {
      if (hasCode(thrown, 'write_conflict')) throw approvedAlready(approval);
      throw thrown;
    }
  }

  #event({ id, scope }: Plan, kind: NewEvent['kind'], message: string): NewEvent {
    return { at: this.#parts.clock.now(), kind, ...scope, message, facts: { plan: id } };
  }
}

export function personOf({ id, person = id }: Principal): string {
  return person;
}

/** No person is called `glass`: names of people have a colon. */
function keyOf({ id }: Plan, person: string): string {
  return `${id}/${person}`;
}

function ownPlan({ id }: Principal, plan: Plan): CodeError {
  return new CodeError('denied', `${id} may not approve plan ${plan.id}: ${plan.createdBy} asked for it, and that is the same person.`, {
    hint: 'Ask somebody else to approve it, with a credential of their own.',
  });
}

function approvedAlready({ plan, kind, person }: Approval): CodeError {
  const told = kind === 'glass' ? `The glass was broken for plan ${plan} already.` : `${person} has approved plan ${plan} already.`;
  return new CodeError('already_approved', told, { hint: `Apply it with "codectl apply ${plan}".` });
}
