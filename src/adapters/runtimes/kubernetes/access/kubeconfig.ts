// Which cluster is meant, and as whom: read from a kubeconfig file as kubectl does, or from what a pod is given.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CodeError, systemErrorCode } from '../../../../base/errors.ts';
import { didYouMean } from '../../../../base/nearest.ts';
import { parseYaml } from '../../../../platform/guard/document/yaml.ts';

const entries = z.array(z.looseObject({ name: z.string() })).nullish();

const cluster = z.looseObject({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
});

const execShape = z.looseObject({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional(),
  provideClusterInfo: z.boolean().optional(),
});

const user = z.looseObject({
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  exec: execShape.nullish(),
  'auth-provider': z.unknown().optional(),
});

const context = z.looseObject({ cluster: z.string(), user: z.string().optional(), namespace: z.string().optional() });

const file = z.looseObject({
  'current-context': z.string().nullish(),
  clusters: entries,
  users: entries,
  contexts: entries,
});

export type ExecPlugin = z.infer<typeof execShape> & { readonly directory: string };

/** Everything that is needed to reach a cluster; texts of files are read already, but for tokens, which change. */
export interface Access {
  /** For messages: the context's name, or `in-cluster`. */
  readonly name: string;
  readonly server: URL;
  readonly ca?: string;
  /** Another name than the server's in its certificate. */
  readonly servername?: string;
  readonly insecure?: true;
  readonly namespace?: string;
  readonly credentials: Credentials;
}

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token_file'; readonly path: string }
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

export interface AccessWish {
  /** A kubeconfig file, or `in-cluster`; empty: as kubectl finds it. */
  readonly config: string;
  /** Empty: the file's current one. */
  readonly context: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const inCluster = 'in-cluster';
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Errors: `settings_invalid` naming the file, what was expected, and the next command. */
export function readAccess({ config: given, context: wanted }: AccessWish, environment: Environment): Access {
  const config = given === '' ? usualConfig(environment) : given;
  return config === inCluster ? mountedAccess(environment) : fileAccess(config, wanted);
}

/** Of several files the first that there is: they are not merged. */
function usualConfig({ KUBECONFIG: listed = '', KUBERNETES_SERVICE_HOST: host }: Environment): string {
  const usual = join(homedir(), '.kube', 'config');
  const files = [...listed.split(delimiter).filter((one) => one !== ''), usual];
  const found = files.find((one) => existsSync(one));
  if (found !== undefined) return found;
  return host === undefined ? (files[0] ?? usual) : inCluster;
}

function mountedAccess({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' }: Environment): Access {
  if (host === undefined)
    throw invalid(
      'kubernetes_config is in-cluster, but this process does not run in a pod (no KUBERNETES_SERVICE_HOST).',
      'Name a kubeconfig file: codectl down, then codectl up --set kubernetes_config=PATH.',
    );
  return {
    name: inCluster,
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca: textOf(`${mounted}/ca.crt`),
    namespace: textOf(`${mounted}/namespace`).trim(),
    credentials: { kind: 'token_file', path: `${mounted}/token` },
  };
}

function fileAccess(path: string, wanted: string): Access {
  const parsed = file.safeParse(contentOf(path));
  if (!parsed.success)
    throw invalid(
      `${path} is no kubeconfig: ${z.prettifyError(parsed.error).split('\n').join(' ')}`,
      'Look at it with "kubectl config view".',
    );
  const { clusters, users, contexts, 'current-context': current } = parsed.data;
  const name = wanted === '' ? (current ?? '') : wanted;
  const chosen = find(contexts, 'context', name, path, context);
  const { server, ...trust } = find(clusters, 'cluster', chosen.cluster, path, cluster);
  const who = chosen.user === undefined ? {} : find(users, 'user', chosen.user, path, user);
  const directory = dirname(resolve(path));
  if (!URL.canParse(server) || !/^https?:/.test(server))
    throw invalid(
      `${path}: the server of cluster ${chosen.cluster} is no address: ${server}`,
      'Correct it with "kubectl config set-cluster".',
    );
  if (trust['proxy-url'] !== undefined)
    throw invalid(
      `${path}: cluster ${chosen.cluster} is behind a proxy (proxy-url), which is not supported.`,
      'Name a cluster that is reached directly.',
    );
  return {
    name,
    server: new URL(server),
    ...optional('ca', pem(directory, trust['certificate-authority-data'], trust['certificate-authority'])),
    ...optional('servername', trust['tls-server-name']),
    ...(trust['insecure-skip-tls-verify'] === true && { insecure: true }),
    ...optional('namespace', chosen.namespace),
    credentials: credentialsOf(who, directory, path),
  };
}

/** In kubectl's order: what stands in the file comes before what a program hands out. */
function credentialsOf(who: z.infer<typeof user>, directory: string, path: string): Credentials {
  const cert = pem(directory, who['client-certificate-data'], who['client-certificate']);
  const key = pem(directory, who['client-key-data'], who['client-key']);
  if (cert !== undefined && key !== undefined) return { kind: 'certificate', cert, key };
  if (who.tokenFile !== undefined) return { kind: 'token_file', path: resolve(directory, who.tokenFile) };
  if (who.token !== undefined) return { kind: 'token', token: who.token };
  if (who.exec) return { kind: 'exec', plugin: { ...who.exec, directory } };
  if (who.username !== undefined && who.password !== undefined) return { kind: 'password', user: who.username, password: who.password };
  if (who['auth-provider'] !== undefined)
    throw invalid(
      `${path}: auth-provider is no longer part of Kubernetes (since 1.26).`,
      'Use the exec plugin of your provider; "kubectl config view" shows the user.',
    );
  return { kind: 'none' };
}

function find<T>(
  listed: z.infer<typeof entries>,
  kind: 'context' | 'cluster' | 'user',
  name: string,
  path: string,
  shape: z.ZodType<T>,
): T {
  const found = listed?.find((one) => one.name === name);
  if (found) {
    const parsed = shape.safeParse(found[kind]);
    if (parsed.success) return parsed.data;
    throw invalid(
      `${path}: ${kind} ${name} is none: ${z.prettifyError(parsed.error).split('\n').join(' ')}`,
      'Look at it with "kubectl config view".',
    );
  }
  const names = listed?.map((one) => one.name) ?? [];
  if (name === '') throw invalid(`${path} has no current context.`, 'Run "kubectl config use-context NAME", or set kubernetes_context.');
  throw invalid(
    `${path} has no ${kind} called ${name}; it has ${names.join(', ') || 'none'}${didYouMean(name, names)}`,
    kind === 'context'
      ? 'Name one of them: codectl down, then codectl up --set kubernetes_context=NAME.'
      : 'Correct the context: kubectl config set-context.',
  );
}

function pem(directory: string, encoded: string | undefined, path: string | undefined): string | undefined {
  if (encoded !== undefined && encoded !== '') return Buffer.from(encoded, 'base64').toString();
  return path === undefined || path === '' ? undefined : textOf(resolve(directory, path));
}

/** Hundreds of clusters, with their certificates. */
const limits = { size: 16 * 2 ** 20, depth: 30, values: 1_000_000 };

function contentOf(path: string): unknown {
  const text = textOf(path);
  try {
    return parseYaml(text, limits);
  } catch (thrown) {
    throw invalid(
      `${path} is not YAML: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      'Look at it with "kubectl config view".',
      thrown,
    );
  }
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const why = systemErrorCode(thrown) === 'ENOENT' ? 'does not exist' : `cannot be read (${systemErrorCode(thrown) ?? 'unknown'})`;
    throw invalid(
      `The Kubernetes runtime has no access to a cluster: ${path} ${why}.`,
      'Name a kubeconfig file: codectl down, then codectl up --set kubernetes_config=PATH.',
      thrown,
    );
  }
}

function optional<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}

function invalid(message: string, hint: string, cause?: unknown): CodeError {
  return new CodeError('settings_invalid', message, { hint, cause });
}
