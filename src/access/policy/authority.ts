// May this caller do that, there, now? One question to one set of policies; what nothing permits is refused.
import type { Principal } from '../../model/principal.ts';
import type { BookParts, Edition } from './book.ts';
import { noPolicies, PolicyBook } from './book.ts';
import type { Asking } from './evaluation.ts';
import { allows, Evaluation } from './evaluation.ts';
import { loadLanguage } from './language.ts';
import type { Remembered } from './moment.ts';
import { momentOf } from './moment.ts';
import type { Authority, Permission, Variation } from './permission.ts';
import { refusalOf } from './refusal.ts';
import type { Action } from './schema.ts';
import { schemaOf } from './schema.ts';

type Where = Pick<Asking, 'place' | 'facts'>;

export interface AuthorityParts extends BookParts, Remembered {
  readonly actions: readonly Action[];
}

/** Answers to `conceivable` that are remembered; beyond it they are found again. */
const conceptions = 5_000;

/** Loads the policy language when the first question is asked. */
export function createAuthority(parts: AuthorityParts): Authority {
  const schema = schemaOf(parts.actions);
  let opened: Promise<OpenAuthority> | undefined;
  const open = (): Promise<OpenAuthority> => {
    opened ??= loadLanguage().then(
      (language) => new OpenAuthority(parts, new PolicyBook(parts, language, schema), new Evaluation(language)),
    );
    return opened;
  };
  return {
    schema,
    actions: parts.actions,
    conceivable: async (principal, action) => (await open()).conceivable(principal, action),
    permit: async (principal, action, place, facts = {}, variation = {}) =>
      (await open()).permit(principal, action, { place, facts }, variation),
    describe: async (ids, variation = {}) => (await open()).book.describe(ids, variation.own),
    list: async () => (await open()).book.list(),
    replace: async (text, file, by, dryRun) => (await open()).book.replace(text, file, by, dryRun),
    spendRollback: (principal) => parts.rollbacks.spend(principal),
  };
}

class OpenAuthority {
  readonly book: PolicyBook;
  readonly #parts: AuthorityParts;
  readonly #evaluation: Evaluation;
  readonly #conceived = new Map<string, Permission>();

  constructor(parts: AuthorityParts, book: PolicyBook, evaluation: Evaluation) {
    this.#parts = parts;
    this.book = book;
    this.#evaluation = evaluation;
  }

  async conceivable(principal: Principal, action: Action): Promise<Permission> {
    const { policies } = await this.#editionFor(principal, action, {});
    if (policies.some(({ effect }) => effect === 'permit')) return { allowed: true, policies: [] };
    const { id, effects, grants, limits } = principal;
    const key = JSON.stringify([action.name, id, effects, grants, limits]);
    const known = this.#conceived.get(key) ?? (await this.#conceive(principal, action));
    if (this.#conceived.size >= conceptions) this.#conceived.clear();
    this.#conceived.set(key, known);
    return known;
  }

  async permit(principal: Principal, action: Action, where: Where, variation: Variation): Promise<Permission> {
    const own = await this.#editionFor(principal, action, variation);
    const asking = await this.#asking(principal, action, where, own, variation.at);
    const answer = this.#evaluation.ask(asking);
    if (allows(answer)) return { allowed: true, policies: answer.policies };
    const approvals = this.#evaluation.approvalsFor(asking, answer);
    return { ...refusalOf(principal, action, answer, own.policies), ...(approvals !== undefined && { approvals }) };
  }

  /** Whoever owns the machine can always mend its policies: those that lock everybody out do not bind him there. */
  async #editionFor(principal: Principal, { name }: Action, { own }: Variation): Promise<Edition> {
    if (principal.kind === 'local_user' && name.startsWith('policy.')) return noPolicies;
    return this.book.edition(own);
  }

  async #asking(principal: Principal, action: Action, where: Where, own: Edition, at = this.#parts.clock.now()): Promise<Asking> {
    const moment = await momentOf(principal, where.facts, at, this.#parts);
    return { principal, action, ...where, moment, own, extent: 'whole' };
  }

  /** At each place where something was granted, by the roles alone. */
  async #conceive(principal: Principal, action: Action): Promise<Permission> {
    const places = [{}, ...(principal.grants ?? [])];
    const answers = await Promise.all(
      places.map(async ({ application, environment }: Asking['place']) => {
        const asking = await this.#asking(principal, action, { place: { application, environment }, facts: {} }, noPolicies);
        return this.#evaluation.ask({ ...asking, extent: 'outline' });
      }),
    );
    const [first] = answers;
    const allowed = answers.find(allows);
    if (allowed || !first) return { allowed: true, policies: allowed?.policies ?? [] };
    return refusalOf(principal, action, first, []);
  }
}
