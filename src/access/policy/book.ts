// The policies of one's own that are in force, read from the store once.
import type { Clock } from '../../base/clock.ts';
import type { Principal } from '../../model/principal.ts';
import type { Store } from '../../ports/store.ts';
import type { Language, WrittenPolicy } from './language.ts';
import type { OwnPolicies } from './own.ts';
import { checkOwn, loadOwn, storeOwn } from './own.ts';
import type { PolicyDescription } from './sets.ts';
import { describe, describeAll } from './sets.ts';

export interface BookParts {
  readonly store: Store;
  readonly clock: Clock;
}

/** Policies with a key that changes with them. */
export interface Edition {
  readonly key: string;
  readonly policies: readonly WrittenPolicy[];
}

export const noPolicies: Edition = { key: 'none', policies: [] };

export class PolicyBook {
  readonly #parts: BookParts & { readonly language: Language; readonly schema: string };
  #own: Promise<OwnPolicies> | undefined;
  #tried: Edition | undefined;

  constructor(parts: BookParts, language: Language, schema: string) {
    this.#parts = { ...parts, language, schema };
  }

  async inForce(): Promise<OwnPolicies> {
    this.#own ??= loadOwn(this.#parts);
    try {
      return await this.#own;
    } catch (thrown) {
      this.#own = undefined;
      throw thrown;
    }
  }

  /** Those of a text that is tried out, or those in force. Errors: `policy_invalid`. */
  async edition(text?: string): Promise<Edition> {
    if (text !== undefined) {
      // Whoever tries policies out asks them many questions.
      if (this.#tried?.key === text) return this.#tried;
      const tried = { key: text, policies: await checkOwn(this.#parts, text, 'the policies') };
      this.#tried = tried;
      return tried;
    }
    const { revision, policies } = await this.inForce();
    return { key: String(revision), policies };
  }

  async list(): Promise<{ readonly own: OwnPolicies; readonly all: readonly PolicyDescription[] }> {
    const own = await this.inForce();
    return { own, all: describeAll(own.policies) };
  }

  async describe(ids: readonly string[], text?: string): Promise<readonly PolicyDescription[]> {
    return describe(ids, (await this.edition(text)).policies);
  }

  async replace(text: string, file: string, by: Principal, dryRun: boolean): Promise<{ readonly count: number }> {
    if (dryRun) return { count: (await checkOwn(this.#parts, text, file)).length };
    const own = await storeOwn(this.#parts, text, file, by);
    this.#own = Promise.resolve(own);
    return { count: own.policies.length };
  }
}
