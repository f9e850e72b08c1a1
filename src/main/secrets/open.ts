// Opens the secret store with the key that the settings name, or the environment gave.
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import type { Redactor } from '../../base/redactor.ts';
import type { Log } from '../../ports/log.ts';
import type { Secrets } from '../../ports/secrets.ts';
import type { Lease, Store } from '../../ports/store.ts';
import { secretKeys, secretStores } from '../adapters.ts';
import type { Home } from '../home.ts';
import type { Settings } from '../settings.ts';
import { clusterSecretsOf, keyringOf } from './settings.ts';
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
  const { secrets, problem } = await opened({ home, settings, given, log, ...rest });
  if (problem) log.error({ error: problem.message, hint: problem.hint }, 'the secrets cannot be opened');
  return secrets;
}

/** Errors: `settings_invalid`. */
async function opened({ home, settings, given, ...rest }: SecretOptions) {
  const { clock, redactor } = rest;
  const vault = vaultOf(settings);
  const cluster = clusterSecretsOf(settings);
  if (vault && cluster)
    throw new CodeError('settings_invalid', 'vault_address and kubernetes_secrets both say where secrets are kept.', {
      hint: 'Leave one of them out.',
    });
  if (vault) return secretStores.vault({ ...vault, clock, redactor });
  if (cluster) return secretStores.kubernetes({ ...cluster, redactor });
  return secretStores.sealed({ ...rest, keys: keysOf(home, settings, given) });
}

function keysOf(home: Home, settings: Settings, given: string | undefined) {
  if (given !== undefined && given.trim() !== '') return secretKeys.text(given, 'CODE_SECRETS_KEY');
  const ring = keyringOf(settings);
  if (ring) return secretKeys.keyring({ ...ring, environment: process.env });
  return secretKeys.file(settings.secrets_key_file === '' ? home.secretsKey : settings.secrets_key_file);
}
