// `login`, `logout`, `whoami`: a session with an engine elsewhere, by a code that is typed in any browser.
import { systemClock } from '../../../base/clock.ts';
import { asCodeError, CodeError, hasCode } from '../../../base/errors.ts';
import type { Api } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { keep, keptFor } from './kept.ts';
import type { DeviceView } from './views.ts';

export async function login(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const origin = originOf(session);
  const api = await session.api();
  const begun = await api.call('login.device', { provider: given.text('provider') });
  // To a terminal, not into a pipe: the answer is who is logged in.
  out.aside(`Open ${begun.verify_at} and type the code ${begun.user_code}`);
  if (begun.verify_at_with_code !== undefined) out.aside(`or open ${begun.verify_at_with_code} and compare the code there.`);
  const { secret, principal, expires_at } = await sessionOf(api, begun, session.signal);
  await keep(rootOf(session), origin, { secret, principal, expires_at });
  out.document({ principal, expires_at, host: origin });
  out.text(`Logged in at ${origin} as ${principal}, until ${expires_at} at the latest.`);
  return exit.ok;
}

export async function logout(session: Session): Promise<number> {
  const { out } = session;
  const origin = originOf(session);
  const kept = await keptFor(rootOf(session), origin);
  if (!kept) throw new CodeError('usage', `Nobody is logged in at ${origin}.`, { hint: `Log in with "codectl login --host ${origin}".` });
  try {
    await (await session.api()).call('sessions.end');
  } catch (thrown) {
    // It is over there already; what is left is here.
    if (!hasCode(thrown, 'unauthenticated')) throw thrown;
  }
  await keep(rootOf(session), origin, undefined);
  out.document({ principal: kept.principal, host: origin });
  out.text(`${kept.principal} is logged out at ${origin}.`);
  return exit.ok;
}

export async function whoami(session: Session): Promise<number> {
  const { out } = session;
  const { principal, effects, roles } = await (await session.api()).call('system.info');
  out.document({ principal, effects, roles });
  const may = [...effects, ...roles];
  out.text(`${principal}${may.length === 0 ? '' : ` (${may.join(', ')})`}`);
  return exit.ok;
}

type Done = Readonly<Record<'secret' | 'principal' | 'expires_at', string>>;

/** A provider that does not answer for a moment ends nothing; the time of the code does. */
async function sessionOf(api: Api, { login: id, wait_ms, expires_at }: DeviceView, signal: AbortSignal): Promise<Done> {
  for (let wait = wait_ms; ; ) {
    await systemClock.sleep(wait, signal);
    const polled = await api.call('login.poll', { login: id }).catch((thrown: unknown) => {
      if (!hasCode(thrown, 'identity_unavailable') || systemClock.now() > Date.parse(expires_at)) throw asCodeError(thrown);
      return { done: false, wait_ms } as const;
    });
    const { secret, principal, expires_at: until } = { secret: undefined, principal: undefined, expires_at: undefined, ...polled };
    if (secret !== undefined && principal !== undefined && until !== undefined) return { secret, principal, expires_at: until };
    wait = polled.wait_ms ?? wait_ms;
  }
}

/** Errors: `usage`. */
function originOf({ flags }: Session): string {
  const url = flags.host === undefined ? undefined : URL.parse(flags.host);
  if (url) return url.origin;
  throw new CodeError('usage', 'The engine of this machine knows you by its socket: there is nothing to log in to.', {
    hint: 'Name an engine elsewhere with --host URL.',
  });
}

function rootOf({ world, flags }: Session): string {
  return world.home(flags.home).root;
}
