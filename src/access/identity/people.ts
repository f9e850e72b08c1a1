// Which account a name belongs to: the first that came with it. An address of e-mail that a provider gives to the next employee brings nothing of the last one's.
import type { Clock } from '../../base/clock.ts';
import { CodeError, hasCode } from '../../base/errors.ts';
import type { Identity, PersonRecord } from '../../model/identity/identity.ts';
import type { Store } from '../../ports/store.ts';

export interface People {
  /** The name under which this account is known here, from its first login on. Errors: `denied` when the name is another account's. */
  nameOf(identity: Identity): Promise<string>;
  /** Lets go of a name; whether anybody had it. */
  forget(name: string): Promise<boolean>;
}

/** Changed together with every new person: of two first logins of one account at once, one is told to try again. */
const guardKey = 'people';

export function createPeople({ store, clock }: { readonly store: Store; readonly clock: Clock }): People {
  const known = async (identity: Identity): Promise<string | undefined> => {
    const people = (await store.list('person')).map(({ value }) => value);
    const same = people.find((one) => one.provider === identity.provider && one.subject === identity.subject);
    if (same) return same.name;
    const other = people.find((one) => one.name === identity.name);
    if (other) throw taken(identity, other);
    return undefined;
  };
  return {
    async nameOf(identity) {
      const guard = await store.get('singleton', guardKey);
      const before = await known(identity);
      if (before !== undefined) return before;
      const { name, provider, subject } = identity;
      try {
        await store.commit([
          { op: 'put', kind: 'person', key: name, value: { name, provider, subject, since: clock.now() }, expect: 0 },
          { op: 'put', kind: 'singleton', key: guardKey, value: { newest: name }, expect: guard?.version ?? 0 },
        ]);
        return name;
      } catch (thrown) {
        if (hasCode(thrown, 'write_conflict')) return this.nameOf(identity);
        throw thrown;
      }
    },
    async forget(name) {
      const stored = await store.get('person', name);
      if (stored) await store.commit([{ op: 'delete', kind: 'person', key: name }]);
      return stored !== undefined;
    },
  };
}

function taken({ name, provider }: Identity, { provider: other }: PersonRecord): CodeError {
  return new CodeError('denied', `${name} of ${provider} may not log in: that name is known here as another account, of ${other}.`, {
    hint: `If it is the same person, or the other one has left, let go of it with "codectl sessions revoke ${name} --forget".`,
  });
}
