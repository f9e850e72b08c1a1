// Things outside that the settings name: found by their names, and whom each concerns.
import { CodeError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import type { Concern } from '../../model/outside/delivery.ts';

export interface Named extends Concern {
  readonly name: string;
  readonly kind: string;
}

/** Errors: `outside_unknown`, which does not tell names to those who may not see them. */
export function registered<T extends Named>(all: readonly T[], name: string, what: string, setting: string): T {
  const found = all.find((one) => one.name === name);
  if (found) return found;
  const near = didYouMean(
    name,
    all.map((one) => one.name),
  );
  throw new CodeError('outside_unknown', `There is no ${what} ${JSON.stringify(name)}${near}.`, {
    hint: `The setting ${setting} names those that there are.`,
  });
}

export function concernOf({ application, environment }: Concern): Concern {
  return { ...(application !== undefined && { application }), ...(environment !== undefined && { environment }) };
}
