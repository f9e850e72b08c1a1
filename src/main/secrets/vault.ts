// Settings of Vault as the place of secrets: where it answers, and how this engine proves who it is.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import type { LinkTarget } from '../../platform/http/link.ts';
import { isLoopback } from '../../platform/loopback.ts';

const file = z.string().regex(/^(?:\/.+)?$/, 'expected an absolute path');
const path = z.string().regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'expected a path such as secret');

export const vaultSettings = {
  vault_address: z
    .string()
    .refine((text) => text === '' || ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''), 'expected https://HOST:PORT')
    .default('')
    .describe('Vault that keeps the secrets (KV version 2), such as https://vault.example.org:8200; empty: the engine keeps them itself'),
  vault_mount: path.default('secret').describe('Where its KV engine is mounted'),
  vault_prefix: path.default('codectl').describe('The path below which each application has its environments'),
  vault_auth: z.enum(['token', 'approle', 'kubernetes']).default('token').describe('How this engine proves to Vault who it is'),
  vault_role: z.string().default('').describe('The role id of an AppRole, or the name of the role for Kubernetes'),
  vault_credential: file
    .default('')
    .describe('The file with the token, the secret id or the JWT; empty: with kubernetes the one that each pod has'),
  vault_ca: file.default('').describe('File with the authorities that its certificate is checked with; empty: those of the system'),
  vault_namespace: z.string().default('').describe('Namespace of Vault Enterprise'),
};

export type VaultSettings = { readonly [K in keyof typeof vaultSettings]: z.infer<(typeof vaultSettings)[K]> };

const podToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Undefined where the engine keeps the secrets itself. Errors: `settings_invalid`. */
export function vaultOf(settings: VaultSettings) {
  const { vault_address: address, vault_auth: kind, vault_role: role, vault_credential: given, vault_namespace: namespace } = settings;
  if (address === '') return undefined;
  const credential = given === '' && kind === 'kubernetes' ? podToken : given;
  if (credential === '') throw invalid('vault_credential names no file.', 'Name the file with the token, or with the secret id.');
  if (kind !== 'token' && role === '') throw invalid(`vault_auth ${kind} takes a role.`, 'Name it with vault_role.');
  return {
    target: targetOf(new URL(address), settings.vault_ca),
    auth: kind === 'token' ? ({ kind, file: credential } as const) : ({ kind, role, file: credential } as const),
    mount: settings.vault_mount,
    prefix: settings.vault_prefix,
    ...(namespace !== '' && { namespace }),
  };
}

function targetOf({ protocol, hostname, port }: URL, ca: string): LinkTarget {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'https:';
  if (!secure && !isLoopback(host))
    throw invalid(`vault_address ${host} is not this machine, and http:// hides nothing.`, 'Give it as https://…');
  const target = { kind: 'tcp', host, port: Number(port || (secure ? 443 : 80)) } as const;
  return secure ? { ...target, tls: ca === '' ? {} : { ca: textOf(ca) } } : target;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CodeError('settings_invalid', `vault_ca: ${path} cannot be read.`, { cause });
  }
}

function invalid(message: string, hint: string): CodeError {
  return new CodeError('settings_invalid', message, { hint });
}
