// The user of a kubeconfig: how it shows who it is, and what of that is not carried here.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Source } from './source.ts';
import { invalid, pemSource } from './source.ts';

const execShape = z.looseObject({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional(),
  interactiveMode: z.string().optional(),
  provideClusterInfo: z.boolean().optional(),
});

export const userShape = z.looseObject({
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  exec: execShape.nullish(),
  'auth-provider': z.looseObject({ name: z.string().optional() }).nullish(),
  as: z.string().optional(),
  'as-uid': z.string().optional(),
  'as-groups': z.array(z.string()).nullish(),
});

export type User = z.infer<typeof userShape>;
export type ExecPlugin = z.infer<typeof execShape> & { readonly directory: string };

export interface Certificate {
  readonly cert: Source;
  readonly key: Source;
}

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token_file'; readonly path: string }
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

/** Errors: `settings_invalid` for what stands there and is not carried, so that nobody comes as somebody else than he meant. */
export function identityOf(user: User, name: string, path: string, directory: string) {
  refuse(user, `${path}: user ${name}`);
  const certificate = certificateOf(user, `${path}: user ${name}`, directory);
  return { ...(certificate && { certificate }), credentials: credentialsOf(user, directory) };
}

function certificateOf(user: User, subject: string, directory: string): Certificate | undefined {
  const cert = pemSource(directory, user['client-certificate-data'], user['client-certificate']);
  const key = pemSource(directory, user['client-key-data'], user['client-key']);
  if (cert && key) return { cert, key };
  if (!cert && !key) return undefined;
  throw invalid(
    `${subject} has a ${cert ? 'certificate without its key' : 'key without its certificate'}.`,
    'Name both (client-certificate and client-key): kubectl config set-credentials.',
  );
}

/** In kubectl's order: what stands in the file comes before what a program hands out. */
function credentialsOf(user: User, directory: string): Credentials {
  if (user.tokenFile !== undefined) return { kind: 'token_file', path: resolve(directory, user.tokenFile) };
  if (user.token !== undefined) return { kind: 'token', token: user.token };
  if (user.exec) return { kind: 'exec', plugin: { ...user.exec, directory } };
  if (user.username !== undefined && user.password !== undefined) return { kind: 'password', user: user.username, password: user.password };
  return { kind: 'none' };
}

function refuse(user: User, subject: string): void {
  const provider = user['auth-provider'];
  if (provider && !user.exec)
    throw invalid(
      `${subject} logs in by the auth-provider ${provider.name ?? 'that it names'}, which is not supported.`,
      'Use the exec plugin of your provider (for OIDC: kubelogin); "kubectl config set-credentials --exec-command" writes one.',
    );
  if (user.as !== undefined || user['as-uid'] !== undefined || (user['as-groups'] ?? []).length > 0)
    throw invalid(
      `${subject} impersonates ${user.as ?? 'somebody'} (as, as-uid, as-groups), which is not supported.`,
      'Name a context whose user has the rights itself: codectl down, then codectl up --set kubernetes_context=NAME.',
    );
  if (user.exec?.interactiveMode === 'Always')
    throw invalid(
      `${subject}: the credential plugin ${user.exec.command} asks a person (interactiveMode: Always), and the engine has no terminal.`,
      'Use a plugin, or a way to log in, that needs nobody (interactiveMode: IfAvailable or Never).',
    );
}
