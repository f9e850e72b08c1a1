// `token create|list|revoke`.
import { CodeError } from '../../../base/errors.ts';
import { parseDuration } from '../../../base/units.ts';
import type { TokenView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function create(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [name] = given.arguments;
  const effects = (given.text('allow') ?? 'read').split(',').map((one) => one.trim());
  const expires_in_ms = lifeOf(given.text('expires'));
  const token = await (await session.api()).call('tokens.create', { name, effects, expires_in_ms });
  out.document(token);
  // Alone on stdout, so that it can be piped into a secret store.
  out.text(token.secret);
  out.aside(`${token.id} may ${token.effects.join(', ')}${token.expires_at === undefined ? '' : ` until ${token.expires_at}`}.`);
  out.aside('Keep the secret now: it is not shown again.');
  return exit.ok;
}

export async function list(session: Session): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('tokens.list');
  out.document(answer);
  out.text(answer.tokens.length === 0 ? 'There are no tokens.' : tokensText(answer.tokens, out.paint));
  return exit.ok;
}

export function tokensText(tokens: readonly TokenView[], paint: Paint): string {
  const rows = tokens.map((one) => [
    one.id,
    one.name,
    `${one.prefix}…`,
    one.effects.join(','),
    one.revoked_at === undefined ? (one.expires_at ?? 'never') : paint('red', `revoked ${one.revoked_at}`),
    one.last_used_at ?? 'never',
  ]);
  return tableText(['ID', 'NAME', 'SECRET', 'MAY', 'EXPIRES', 'LAST USED'], rows, paint);
}

export async function revoke(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [id] = given.arguments;
  const token = await (await session.api()).call('tokens.revoke', { id });
  out.document(token);
  out.text(`${token.id} (${token.name}) is revoked.`);
  return exit.ok;
}

function lifeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const life = parseDuration(text);
  if (life !== undefined && life >= 1000) return life;
  throw new CodeError('usage', `--expires: ${JSON.stringify(text)} is not a time of at least 1s.`, {
    hint: 'Write it as in --expires 90d',
  });
}
