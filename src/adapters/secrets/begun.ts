// The first look at secrets that are kept elsewhere.
import type { CodeError } from '../../base/errors.ts';
import { asCodeError } from '../../base/errors.ts';
import type { Redactor } from '../../base/redactor.ts';
import type { Secrets } from '../../ports/secrets.ts';

export interface Begun<S extends Secrets> {
  readonly secrets: S;
  readonly problem?: CodeError;
}

/** Whoever does not answer fails when it is used, not here; until then nothing that instances print is shown. */
export async function begun<S extends Secrets>(secrets: S, redactor: Redactor): Promise<Begun<S>> {
  try {
    await secrets.list();
    return { secrets };
  } catch (thrown) {
    redactor.blind = true;
    return { secrets, problem: asCodeError(thrown) };
  }
}
