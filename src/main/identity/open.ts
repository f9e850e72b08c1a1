// Opens the identity providers that the settings name, with the parts of access that people log in by.
import type { Audit } from '../../access/audit.ts';
import type { Logins } from '../../access/identity/logins.ts';
import { createLogins } from '../../access/identity/logins.ts';
import type { People } from '../../access/identity/people.ts';
import { createPeople } from '../../access/identity/people.ts';
import type { Sessions } from '../../access/identity/sessions.ts';
import { createSessions } from '../../access/identity/sessions.ts';
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import { readFileIfExists } from '../../platform/files.ts';
import type { IdentityProvider } from '../../ports/identity.ts';
import type { Store } from '../../ports/store.ts';
import { identityProviders } from '../adapters.ts';
import type { Settings } from '../settings.ts';
import type { ProviderSettings } from './settings.ts';
import { rulesOf } from './settings.ts';

export interface Identity {
  readonly sessions: Sessions;
  readonly people: People;
  readonly logins: Logins;
}

export interface IdentityParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  /** Absent: nobody logs in. */
  readonly settings: Partial<Pick<Settings, 'login_providers' | 'login_idle' | 'login_life'>>;
}

export function openIdentity({ store, clock, audit, settings }: IdentityParts): Identity {
  const { login_providers: wanted = [], login_idle = '2h', login_life = '12h' } = settings;
  const rules = wanted.map(rulesOf);
  const limits = { idle: parseDuration(login_idle) ?? 0, life: parseDuration(login_life) ?? 0 };
  const sessions = createSessions({ store, clock, limits, rules });
  const people = createPeople({ store, clock });
  const providers = wanted.map((one) => openProvider(one, clock));
  return { sessions, people, logins: createLogins({ providers, rules, sessions, people, audit, clock }) };
}

function openProvider(settings: ProviderSettings, clock: Clock): IdentityProvider {
  const { name, issuer, client_id: clientId, scopes, name_claim: nameClaim, groups_claim: groupsClaim, hosts } = settings;
  return identityProviders.oidc({ name, issuer, clientId, secret: secretOf(settings), scopes, nameClaim, groupsClaim, hosts }, clock);
}

/** A file is read when somebody logs in: the daemon has services to heal, whatever is wrong with logins. */
function secretOf({ name, client_secret_file: file, client_secret_env: variable }: ProviderSettings): () => Promise<string | undefined> {
  if (variable !== undefined) {
    const given = process.env[variable];
    // No child may see it.
    delete process.env[variable];
    return async () => given ?? missing(name, `$${variable} is not set in the environment of the daemon`);
  }
  if (file === undefined) return async () => undefined;
  return async () => {
    const secret = (await readFileIfExists(file))?.trim();
    return secret === undefined || secret === '' ? missing(name, `${file} is not there, or empty`) : secret;
  };
}

function missing(name: string, because: string): never {
  throw new CodeError('settings_invalid', `login_providers: the client secret of ${name} is missing: ${because}.`, {
    hint: 'Put it there, or leave the secret out of the settings for a public client.',
  });
}
