// Settings of secrets beside Vault's: which key opens those that the engine keeps, and whether a cluster keeps them.
import { z } from 'zod';
import { secretsReader } from '../../adapters/runtimes/kubernetes/kubernetes.ts';
import type { KeyringOptions } from '../../adapters/secrets/sealed/keyring.ts';
import { keyrings } from '../../adapters/secrets/sealed/keyring.ts';
import type { KubernetesSettings } from '../runtimes/kubernetes.ts';
import { clusterWish } from '../runtimes/kubernetes.ts';

const keyringForm = new RegExp(`^(?:(?:${keyrings.join('|')})(?:/[A-Za-z0-9._-]{1,64})?)?$`);

export const secretSettings = {
  secrets_key_file: z
    .string()
    .default('')
    .describe(
      'The file with the key that opens the secrets; empty: secrets.key in the home. $CODE_SECRETS_KEY, the key itself, counts more',
    ),
  secrets_keyring: z
    .string()
    .regex(keyringForm, `expected ${keyrings.join(' or ')}, with /NAME where the key is not called codectl there`)
    .default('')
    .describe(
      'The keyring with that key instead: secret-service (asked by secret-tool) or kernel (by keyctl, of the user), with /NAME for another name than codectl; empty: none',
    ),
  kubernetes_secrets: z
    .enum(['off', 'labelled'])
    .default('off')
    .describe(
      'labelled: values of secrets are read from the Secrets of the cluster with the labels codectl/secrets-application and codectl/secrets-environment, and set there; off: the engine keeps them itself',
    ),
  kubernetes_secrets_namespace: z
    .string()
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/, 'expected a name of lower-case letters, digits and "-"')
    .default('')
    .describe('The namespace of those Secrets; empty: as kubernetes_namespace'),
};

export type SecretSettings = { readonly [K in keyof typeof secretSettings]: z.infer<(typeof secretSettings)[K]> };

export function showSecrets(settings: SecretSettings): Readonly<Record<string, string>> {
  return {
    secrets_key_file: settings.secrets_key_file,
    secrets_keyring: settings.secrets_keyring,
    kubernetes_secrets: settings.kubernetes_secrets,
    kubernetes_secrets_namespace: settings.kubernetes_secrets_namespace,
  };
}

/** Undefined where no cluster keeps the secrets. */
export function clusterSecretsOf(settings: SecretSettings & KubernetesSettings) {
  if (settings.kubernetes_secrets === 'off') return undefined;
  const wish = clusterWish(settings);
  const namespace = settings.kubernetes_secrets_namespace === '' ? wish.namespace : settings.kubernetes_secrets_namespace;
  return { open: () => secretsReader({ ...wish, namespace }, new AbortController().signal) };
}

/** Undefined where the key is in a file. */
export function keyringOf({ secrets_keyring: text }: SecretSettings): Omit<KeyringOptions, 'environment'> | undefined {
  const [name, entry = 'codectl'] = text.split('/');
  const keyring = keyrings.find((one) => one === name);
  return keyring && { keyring, entry };
}
