// Logins that have begun: what must come back is kept here, in memory, until it does, once, or until its time is over.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { Identity, LoginRules, LoginWay, SessionRecord } from '../../model/identity/identity.ts';
import type { CodeStart, DeviceAnswer, IdentityProvider } from '../../ports/identity.ts';
import type { Audit } from '../audit.ts';
import type { People } from './people.ts';
import { keptOut } from './rights.ts';
import type { Sessions } from './sessions.ts';
import { personId } from './sessions.ts';

export interface Opened {
  readonly secret: string;
  readonly session: SessionRecord;
}

export interface DeviceLogin {
  /** Whoever has it gets the session. */
  readonly login: string;
  readonly userCode: string;
  readonly verifyAt: string;
  readonly verifyAtWithCode?: string | undefined;
  readonly expiresAt: number;
  /** Before it is worth asking. */
  readonly wait: Duration;
}

export type Polled = { readonly kind: 'waiting'; readonly wait: Duration } | ({ readonly kind: 'done' } & Opened);

/** Errors of all that ask a provider: those of `IdentityProvider`. */
export interface Logins {
  readonly providers: readonly string[];
  /** Errors: `unsupported` where there is no provider, `input_invalid` for one that there is not, or when several are and none is named, `rate_limited`. */
  beginDevice(provider: string | undefined): Promise<DeviceLogin>;
  /** Errors: `login_ended`, `denied` when the person said no, or may not log in. */
  pollDevice(login: string): Promise<Polled>;
  /** `login` is for the browser that began it, and for no other. Errors: as `beginDevice`. */
  beginBrowser(provider: string | undefined, redirect: string): Promise<{ readonly login: string; readonly url: string }>;
  /** `query`: what the browser came back with. Counts once, whatever comes of it. Errors: as `pollDevice`. */
  finishBrowser(login: string, query: string): Promise<Opened>;
}

export interface LoginsParts {
  readonly providers: readonly IdentityProvider[];
  readonly rules: readonly LoginRules[];
  readonly sessions: Sessions;
  readonly people: People;
  readonly audit: Pick<Audit, 'intent' | 'outcome'>;
  readonly clock: Clock;
}

type Pending = { readonly provider: IdentityProvider; readonly expiresAt: number } & (DevicePending | BrowserPending);

interface DevicePending {
  readonly way: 'device';
  readonly code: string;
  interval: Duration;
  /** Not asked again before; polling earlier costs the provider nothing. */
  nextAt: number;
}

interface BrowserPending {
  readonly way: 'browser';
  readonly start: CodeStart;
}

/** Begun by people who are not known yet: there is an end to how many are kept. */
const most = 1_000;
const browserLife: Duration = 10 * 60_000;
/** RFC 8628, 3.5. */
const slower: Duration = 5_000;
/** A provider whose codes live for days does not make us keep them. */
const longest: Duration = 30 * 60_000;

export function createLogins(parts: LoginsParts): Logins {
  return new PendingLogins(parts);
}

class PendingLogins implements Logins {
  readonly #parts: LoginsParts;
  /** By a digest: what is not in memory in clear cannot be read out of it. */
  readonly #pending = new Map<string, Pending>();

  constructor(parts: LoginsParts) {
    this.#parts = parts;
  }

  get providers(): readonly string[] {
    return this.#parts.providers.map(({ name }) => name);
  }

  async beginDevice(name: string | undefined): Promise<DeviceLogin> {
    const provider = this.#providerCalled(name);
    this.#makeRoom();
    const { code, expiresIn, interval, ...shown } = await provider.beginDevice();
    const now = this.#parts.clock.now();
    const expiresAt = now + Math.min(expiresIn, longest);
    const login = this.#keep({ way: 'device', provider, code, interval, nextAt: now + interval, expiresAt });
    return { ...shown, login, expiresAt, wait: interval };
  }

  async pollDevice(login: string): Promise<Polled> {
    const pending = this.#find(login, 'device');
    const now = this.#parts.clock.now();
    if (now < pending.nextAt) return { kind: 'waiting', wait: pending.nextAt - now };
    // Also what keeps two who ask at once apart: the second comes too early.
    pending.nextAt = now + pending.interval;
    const answer = await pending.provider.pollDevice(pending.code);
    if (answer.kind === 'slower') pending.interval += slower;
    if (answer.kind === 'waiting' || answer.kind === 'slower') {
      pending.nextAt = this.#parts.clock.now() + pending.interval;
      return { kind: 'waiting', wait: pending.interval };
    }
    // Of several answers that a provider may give, one counts.
    if (!this.#pending.delete(keyOf(login))) throw over();
    return { kind: 'done', ...(await this.#admit(identityIn(answer, pending.provider.name), 'device')) };
  }

  async beginBrowser(name: string | undefined, redirect: string): Promise<{ readonly login: string; readonly url: string }> {
    const provider = this.#providerCalled(name);
    this.#makeRoom();
    const start = await provider.beginCode(redirect);
    const login = this.#keep({ way: 'browser', provider, start, expiresAt: this.#parts.clock.now() + browserLife });
    return { login, url: start.url };
  }

  async finishBrowser(login: string, query: string): Promise<Opened> {
    const { provider, start } = this.#find(login, 'browser');
    this.#pending.delete(keyOf(login));
    return this.#admit(await provider.finishCode(start, query), 'browser');
  }

  /** Written down whoever it is: somebody whom a provider knows. Errors: `denied`. */
  async #admit(identity: Identity, way: LoginWay): Promise<Opened> {
    const { audit, people, sessions, rules } = this.#parts;
    const { provider, name, subject } = identity;
    const { call } = await audit.intent({
      principal: personId(name),
      operation: 'login.finish',
      effect: 'write',
      subject: { provider, account: subject, way },
    });
    try {
      const own = rules.find((one) => one.provider === provider);
      const because = own ? keptOut(identity, own) : `${name} may not log in: ${provider} is no provider of this engine.`;
      if (because !== undefined)
        throw new CodeError('denied', because, { hint: 'Ask whoever runs this engine for a role: see "login_providers" in its settings.' });
      const opened = await sessions.open(identity, await people.nameOf(identity), way);
      await audit.outcome(call, { result: 'ok', subject: { id: opened.session.id } });
      return opened;
    } catch (thrown) {
      const { kind, code, message } = asCodeError(thrown);
      await audit.outcome(call, { result: kind === 'denied' ? 'refused' : 'failed', error: `${code}: ${message}` });
      throw thrown;
    }
  }

  #providerCalled(name: string | undefined): IdentityProvider {
    const { providers } = this.#parts;
    const [first, second] = providers;
    if (!first)
      throw new CodeError('unsupported', 'Nobody can log in here: this engine knows no identity provider.', {
        hint: 'Name one under login_providers in its codectl.yaml, or use a token ("codectl token create").',
      });
    if (name === undefined && !second) return first;
    const found = providers.find((one) => one.name === name);
    if (found) return found;
    const names = this.providers.join(', ');
    throw new CodeError(
      'input_invalid',
      name === undefined ? `There are several identity providers: ${names}.` : `There is no identity provider ${JSON.stringify(name)}.`,
      { hint: `Name one of ${names}, as in --provider ${first.name}.` },
    );
  }

  #keep(pending: Pending): string {
    const login = randomBytes(32).toString('base64url');
    this.#pending.set(keyOf(login), pending);
    return login;
  }

  #makeRoom(): void {
    const now = this.#parts.clock.now();
    for (const [key, { expiresAt }] of this.#pending) if (expiresAt <= now) this.#pending.delete(key);
    if (this.#pending.size >= most)
      throw new CodeError('rate_limited', `${most} logins have begun and not ended.`, { hint: 'Try again in some minutes.' });
  }

  #find<Way extends LoginWay>(login: string, way: Way): Extract<Pending, { readonly way: Way }> {
    const pending = this.#pending.get(keyOf(login));
    if (pending?.way !== way || pending.expiresAt <= this.#parts.clock.now()) throw over();
    return pending as Extract<Pending, { readonly way: Way }>;
  }
}

function identityIn(answer: Exclude<DeviceAnswer, { readonly kind: 'waiting' | 'slower' }>, provider: string): Identity {
  if (answer.kind === 'done') return answer.identity;
  if (answer.kind === 'expired') throw over();
  throw new CodeError('denied', `The login was refused at ${provider}.`, { hint: 'Log in again, and confirm it there.' });
}

function over(): CodeError {
  return new CodeError('login_ended', 'This login is over: it took too long, was finished already, or began elsewhere.', {
    hint: 'Begin again: "codectl login", or /login in the browser.',
  });
}

function keyOf(login: string): string {
  return createHash('sha256').update(login).digest('base64url');
}
