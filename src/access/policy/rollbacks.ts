// How often a principal went back in the last hour: counted where crashes and races cannot lose it, for those who have a limit.
import type { Clock } from '../../base/clock.ts';
import { CodeError, hasCode } from '../../base/errors.ts';
import type { Principal } from '../../model/principal.ts';
import type { Store } from '../../ports/store.ts';

const hour = 3_600_000;
/** Writers of one record that meet again and again are a defect, not bad luck. */
const tries = 20;

export interface RollbackCount {
  /** In the last hour; 0 for those without a limit, of whom nobody keeps count. */
  of(principal: Principal): Promise<number>;
  /** Counts one more, before it begins. Errors: `denied` when that is one too many. */
  spend(principal: Principal): Promise<void>;
}

export function countRollbacks({ store, clock }: { readonly store: Store; readonly clock: Clock }): RollbackCount {
  const read = async (principal: Principal) => {
    const key = `rollbacks/${principal.token ?? principal.id}`;
    const stored = await store.get('singleton', key);
    const at = stored?.value['at'];
    const since = clock.now() - hour;
    return { key, version: stored?.version ?? 0, at: Array.isArray(at) ? at.map(Number).filter((one) => one > since) : [] };
  };
  return {
    of: async (principal) => (principal.limits?.rollbacksPerHour === undefined ? 0 : (await read(principal)).at.length),
    async spend(principal) {
      const most = principal.limits?.rollbacksPerHour;
      if (most === undefined) return;
      for (let left = tries; ; left -= 1) {
        const { key, version, at } = await read(principal);
        if (at.length >= most) throw tooOften(principal, most);
        const value = { at: [...at, clock.now()] };
        try {
          return await store.commit([{ op: 'put', kind: 'singleton', key, value, expect: version }]);
        } catch (thrown) {
          if (left === 0 || !hasCode(thrown, 'write_conflict')) throw thrown;
        }
      }
    },
  };
}

function tooOften({ id }: Principal, most: number): CodeError {
  return new CodeError('denied', `${id} has gone back ${most} times in the last hour, which is its limit (policy limit-rollbacks).`, {
    hint: 'Ask somebody who may, or wait.',
  });
}
