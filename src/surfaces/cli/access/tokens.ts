// `token create|list|revoke`.
import { CodeError } from '../../../base/errors.ts';
import { parseDuration } from '../../../base/units.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import { countOf } from './policy.ts';
import type { TokenView } from './views.ts';

export async function create(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [name] = given.arguments;
  const roles = given.list('role').map(grantIn);
  const effects = listed(given.text('allow')) ?? (roles.length === 0 ? ['read'] : []);
  const token = await (await session.api()).call('tokens.create', {
    name,
    effects,
    roles: roles.length === 0 ? undefined : roles,
    kind: given.text('kind'),
    audience: given.text('audience'),
    interactive: given.flag('interactive') || undefined,
    owner: given.text('owner'),
    limits: limitsIn(given),
    expires_in_ms: lifeOf(given.text('expires')),
  });
  out.document(token);
  // Alone on stdout, so that it can be piped into a secret store.
  out.text(token.secret);
  out.aside(`${token.id} may ${rightsText(token)}${token.expires_at === undefined ? '' : ` until ${token.expires_at}`}.`);
  out.aside('Keep the secret now: it is not shown again.');
  return exit.ok;
}

export async function rotate(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [id] = given.arguments;
  const token = await (await session.api()).call('tokens.rotate', {
    id,
    overlap_ms: lifeOf(given.text('overlap'), 'overlap'),
    expires_in_ms: lifeOf(given.text('expires')),
  });
  out.document(token);
  out.text(token.secret);
  const overlap = given.text('overlap');
  out.aside(`${token.id} takes the place of ${id}, whose secret ${overlap === undefined ? 'has ended' : `ends in ${overlap}`}.`);
  return exit.ok;
}

export async function list(session: Session): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('tokens.list');
  out.document(answer);
  out.text(answer.tokens.length === 0 ? 'There are no tokens.' : tokensText(answer.tokens, out.paint, out.width));
  return exit.ok;
}

export function tokensText(tokens: readonly TokenView[], paint: Paint, columns?: number): string {
  const rows = tokens.map((one) => [
    one.id,
    one.name,
    `${one.prefix}…`,
    rightsText(one),
    one.revoked_at === undefined
      ? (one.expires_at ?? 'never')
      : paint('red', `${one.replaced_by === undefined ? 'revoked' : 'replaced'} ${one.revoked_at}`),
    one.last_used_at ?? 'never',
  ]);
  return tableText(['ID', 'NAME', 'SECRET', 'MAY', 'EXPIRES', 'LAST USED'], rows, paint, columns);
}

export async function revoke(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const [id] = given.arguments;
  const token = await (await session.api()).call('tokens.revoke', { id });
  out.document(token);
  out.text(`${token.id} (${token.name}) is revoked.`);
  return exit.ok;
}

function lifeOf(text: string | undefined, flag = 'expires'): number | undefined {
  if (text === undefined) return undefined;
  const life = parseDuration(text);
  if (life !== undefined && life >= 1000) return life;
  throw new CodeError('usage', `--${flag}: ${JSON.stringify(text)} is not a time of at least 1s.`, {
    hint: `Write it as in --${flag} ${flag === 'expires' ? '90d' : '1h'}`,
  });
}

/** `operator@shop/staging`; the engine says which roles there are, and what cannot be a name: nothing of it is left out. */
function grantIn(text: string) {
  const [role, place] = partedAt(text, '@');
  const [application, environment] = place === undefined ? [] : partedAt(place, '/');
  return { role, application, environment };
}

function partedAt(text: string, sign: string): readonly [string, string | undefined] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function rightsText({ kind, effects, roles }: Pick<TokenView, 'kind' | 'effects' | 'roles'>): string {
  const names = roles.map(({ role, application, environment }) =>
    application === undefined ? role : `${role}@${application}${environment === undefined ? '' : `/${environment}`}`,
  );
  return `${[...effects, ...names].join(', ')}${kind === 'token' ? '' : ` (${kind})`}`;
}

function limitsIn(given: Given) {
  const freeze = given.list('freeze');
  const limits = {
    replicas: countOf(given, 'maxReplicas', 'max-replicas'),
    services: countOf(given, 'maxServices', 'max-services'),
    environments: listed(given.text('environments')),
    rollbacks_per_hour: countOf(given, 'rollbacksPerHour', 'rollbacks-per-hour'),
    freeze: freeze.length === 0 ? undefined : freeze,
  };
  return Object.values(limits).every((one) => one === undefined) ? undefined : limits;
}

function listed(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((one) => one.trim());
}
