// `secret set|list|remove|rotate`.
import { CodeError, hasCode } from '../../../base/errors.ts';
import type { SecretView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import { readValue } from './value.ts';

export async function set(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [name = ''] = given.arguments;
  const scope = await scopeFor(session, given);
  await refuseUndeclared(session, given, scope.environment);
  const value = await readValue(session, name, given.text('fromFile'));
  const secret = await (await session.api()).call('secrets.set', { ...scope, name, value });
  out.document(secret);
  out.text(`${secret.name} is set in ${secret.application}/${secret.environment} (version ${secret.version}).`);
  for (const warning of secret.warnings) out.aside(`Warning: ${warning}.`);
  if (secret.used_by.length > 0) out.aside(`What runs keeps the old value: codectl restart ${secret.used_by.join(' ')}`);
  return exit.ok;
}

export async function list(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('secrets.list', { application: given.text('app'), environment: given.text('env') });
  out.document(answer);
  out.text(answer.secrets.length === 0 ? 'There are no secrets.' : secretsText(answer.secrets, out.paint, out.width));
  return exit.ok;
}

export function secretsText(secrets: readonly SecretView[], paint: Paint, columns?: number): string {
  const rows = secrets.map((one) => [
    `${one.application}/${one.environment}`,
    one.name,
    String(one.version),
    one.changed_at,
    one.changed_by,
    one.used_by.join(', ') || 'nobody',
  ]);
  return tableText(['WHERE', 'NAME', 'VERSION', 'CHANGED', 'BY', 'NAMED BY'], rows, paint, columns);
}

export async function remove(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [name = ''] = given.arguments;
  const scope = await scopeFor(session, given);
  const removed = await (await session.api()).call('secrets.remove', { ...scope, name, force: given.flag('force') });
  out.document(removed);
  out.text(`${removed.name} is removed from ${removed.application}/${removed.environment}.`);
  return exit.ok;
}

export async function rotate(session: Session): Promise<number> {
  const { out } = session;
  const rotation = await (await session.api()).call('secrets.rotate', {});
  out.document(rotation);
  out.text(`The key of the secrets is now ${rotation.to}; ${rotation.rewrapped} values were put under it.`);
  out.aside('Copies of the old key still open old copies of the store: change the values too, if somebody may have both.');
  return exit.ok;
}

/** A secret is set before the first deployment: an environment that is not there yet must be named, not deployed. */
async function scopeFor(session: Session, given: Given) {
  try {
    return await findScope(session, given);
  } catch (thrown) {
    if (!hasCode(thrown, 'application_unknown')) throw thrown;
    throw new CodeError('usage', 'It is not clear which application and environment the secret belongs to.', {
      hint: 'Add --app NAME --env NAME.',
    });
  }
}

/** A slip in the name of an environment would leave a secret where nobody is ever given it. Errors: `usage`, those of the manifest. */
async function refuseUndeclared(session: Session, given: Given, environment: string): Promise<void> {
  if (given.text('app') !== undefined) return;
  const { findManifest, resolveFile } = await import('../manifest-file.ts');
  const manifest = await findManifest(session, given.text('file'));
  if (manifest) resolveFile(manifest, environment);
}
