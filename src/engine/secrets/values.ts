// What a start needs of the secret store: a value for every name, or an error that says how to give one.
import { CodeError } from '../../base/errors.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Secrets } from '../../ports/secrets.ts';

/** Errors: `secret_missing`, and those of `Secrets.values`. */
export async function valuesFor(secrets: Secrets, scope: Scope, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  if (names.length === 0) return {};
  const values = await secrets.values(scope, names);
  const missing = names.filter((name) => !Object.hasOwn(values, name));
  if (missing.length > 0) throw missingError(scope, missing);
  return values;
}

export function missingError(scope: Scope, names: readonly string[], services: readonly string[] = []): CodeError {
  const [first = ''] = names;
  const who = services.length === 0 ? '' : `, which ${services.join(', ')} need${services.length === 1 ? 's' : ''}`;
  return new CodeError('secret_missing', `${scopeKey(scope)} has no value for the secret ${names.join(', ')}${who}.`, {
    hint: `Run "codectl secret set ${first} --app ${scope.application} --env ${scope.environment}"; it asks for the value.`,
    details: { names },
  });
}
