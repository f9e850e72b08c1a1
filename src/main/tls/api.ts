// The certificate that the HTTP API shows: of the engine's own authority and renewed in time, of an ACME authority, or from files and read again when they change.
import { join } from 'node:path';
import type { Authority } from '../../adapters/certificates/own/authority.ts';
import { openAuthority } from '../../adapters/certificates/own/authority.ts';
import type { Clock } from '../../base/clock.ts';
import { asCodeError, CodeError } from '../../base/errors.ts';
import { renewalOf } from '../../decide/tls/renewal.ts';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../../platform/files.ts';
import type { Identity } from '../../platform/tls/identity.ts';
import { factsOf, identityIn, isSignedBy } from '../../platform/tls/identity.ts';
import type { Log } from '../../ports/log.ts';
import { refuseUnsafe } from '../../surfaces/http/guards.ts';
import type { ServerTls } from '../../surfaces/http/listener.ts';
import { acmeHostOf, keptForApi } from './acme.ts';
import type { TlsSettings } from './settings.ts';

/** How often files are looked at, and whether it is time to renew. */
const look = 5_000;
const life = 90 * 24 * 60 * 60_000;

export interface ApiTlsOptions {
  /** `tls/` of the home. */
  readonly directory: string;
  readonly settings: TlsSettings & { readonly api_listen: { readonly host: string }; readonly gateway_tls_listen: unknown };
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** `undefined`: without TLS. Errors: `settings_invalid` for files that are missing or do not fit, or for client certificates without TLS. */
export async function openApiTls({ directory, settings, clock, log }: ApiTlsOptions): Promise<ApiTls | undefined> {
  const { api_tls: wanted, api_clients: clients } = settings;
  refuseUnsafe(settings.api_listen.host, wanted !== 'off');
  if (wanted === 'off') {
    if (clients === 'tokens') return undefined;
    throw new CodeError('settings_invalid', 'api_clients: certificates are shown by TLS only, and api_tls is off.', {
      hint: 'Add --set api_tls=own.',
    });
  }
  const signs = wanted === 'own' || wanted === 'acme';
  const authority = signs || clients === 'certificates' ? await openAuthority(directory, clock) : undefined;
  const own = authority && signs ? ownSource(directory, ownNames(settings), authority, clock) : undefined;
  const host = acmeHostOf(settings);
  const source = own ? (host === undefined ? own : acmeSource(directory, host, own, clock)) : filesSource(wanted);
  const first = await source(undefined);
  return new ApiTls(first, source, clients === 'certificates' ? authority?.certificate : undefined, log);
}

/** The identity to use in place of `current`, which is returned where nothing is better. */
type Source = (current: Identity | undefined) => Promise<Identity>;

export class ApiTls implements ServerTls {
  readonly clients: string | undefined;
  readonly #source: Source;
  readonly #log: Pick<Log, 'info' | 'warn'>;
  readonly #listeners: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #current: Identity;
  #told = '';

  constructor(first: Identity, source: Source, clients: string | undefined, log: Pick<Log, 'info' | 'warn'>) {
    this.#current = first;
    this.#source = source;
    this.clients = clients;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), look).unref();
  }

  current(): Identity {
    return this.#current;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Never throws: what cannot be used is told once, and what was in use stays. */
  async look(): Promise<void> {
    try {
      const next = await this.#source(this.#current);
      this.#told = '';
      if (next === this.#current) return;
      this.#current = next;
      for (const listener of this.#listeners) listener();
      this.#log.info({ until: new Date(factsOf(next, 'api').notAfter).toISOString() }, 'the API has another certificate');
    } catch (thrown) {
      const { message } = asCodeError(thrown);
      if (message !== this.#told) this.#log.warn({ error: message }, 'the certificate of the API stays as it is');
      this.#told = message;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function ownSource(directory: string, names: readonly string[], authority: Authority, clock: Clock): Source {
  const file = join(directory, 'api.pem');
  const isGood = (identity: Identity): boolean => {
    const facts = factsOf(identity, file);
    return clock.now() < renewalOf(facts) && names.every((name) => facts.covers(name)) && isSignedBy(identity, authority.certificate);
  };
  return async (current) => {
    if (current && isGood(current)) return current;
    const kept = current ? undefined : identityIn((await readFileIfExists(file)) ?? '');
    if (kept && isGood(kept)) return kept;
    const made = await authority.serve(names, life);
    await ensureDirectory(directory);
    await writeFileAtomic(file, `${made.certificate}${made.key}`);
    return made;
  };
}

/** Shows what the keeper of certificates laid down, and until then, or when it has ended, what `own` has. */
function acmeSource(directory: string, host: string, own: Source, clock: Clock): Source {
  return async (current) => {
    const kept = await keptForApi(directory, host, clock);
    if (!kept) return own(current);
    return current?.certificate === kept.certificate && current.key === kept.key ? current : kept;
  };
}

function ownNames(settings: ApiTlsOptions['settings']): readonly string[] {
  return [...new Set(['localhost', '127.0.0.1', '::1', ...apiNames(settings)])];
}

/** By which names the API is asked for, besides those of loopback. Everywhere is no name: a page could be asked for by it. */
export function apiNames({
  api_names: more,
  api_listen: { host },
}: Pick<ApiTlsOptions['settings'], 'api_names' | 'api_listen'>): readonly string[] {
  return host === '0.0.0.0' || host === '::' ? more : [host, ...more];
}

function filesSource(directory: string): Source {
  return async (current) => {
    const [certificate = '', key = ''] = await Promise.all(['cert.pem', 'key.pem'].map((name) => readGiven(join(directory, name))));
    if (current?.certificate === certificate && current.key === key) return current;
    factsOf({ certificate, key }, directory);
    return { certificate, key };
  };
}

async function readGiven(file: string): Promise<string> {
  const text = await readFileIfExists(file);
  if (text !== undefined) return text;
  throw new CodeError('settings_invalid', `api_tls: ${file} cannot be read.`, {
    hint: 'Let api_tls name a directory with cert.pem and key.pem, or set it to own.',
  });
}
