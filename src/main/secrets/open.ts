// Opens the secret store with the key that the settings name, or the environment gave.
import type { Clock } from '../../base/clock.ts';
import type { Redactor } from '../../base/redactor.ts';
import type { Log } from '../../ports/log.ts';
import type { Secrets } from '../../ports/secrets.ts';
import type { Lease, Store } from '../../ports/store.ts';
import { secretKeys, secretStores } from '../adapters.ts';
import type { Home } from '../home.ts';
import type { Settings } from '../settings.ts';
import { vaultOf } from './vault.ts';

export interface SecretOptions {
  readonly home: Home;
  readonly settings: Settings;
  readonly store: Store;
  readonly fence: () => Pick<Lease, 'name' | 'token'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly redactor: Redactor;
  /** What stood in `$CODE_SECRETS_KEY`. */
  readonly given: string | undefined;
}

/** What cannot be opened is written down, and said again to everybody who needs it. */
export async function openSecrets({ home, settings, given, log, ...rest }: SecretOptions): Promise<Secrets> {
  const vault = vaultOf(settings);
  const { secrets, problem } = vault
    ? await secretStores.vault({ ...vault, clock: rest.clock, redactor: rest.redactor })
    : await secretStores.sealed({ ...rest, keys: keysOf(home, settings, given) });
  if (problem) log.error({ error: problem.message, hint: problem.hint }, 'the secrets cannot be opened');
  return secrets;
}

function keysOf(home: Home, settings: Settings, given: string | undefined) {
  return given === undefined || given.trim() === ''
    ? secretKeys.file(settings.secrets_key_file === '' ? home.secretsKey : settings.secrets_key_file)
    : secretKeys.text(given, 'CODE_SECRETS_KEY');
}
