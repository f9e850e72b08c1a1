// Which cluster is meant, and as whom: by a kubeconfig as kubectl finds it, or by what a pod is given.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Access } from './kubeconfig.ts';
import { fileAccess } from './kubeconfig.ts';
import { invalid, textOf } from './source.ts';

export interface AccessWish {
  /** A kubeconfig file, or `in-cluster`; empty: as kubectl finds it. */
  readonly config: string;
  /** Empty: the file's current one. */
  readonly context: string;
  /** Where a pod finds its token, the authority's certificate and its namespace. */
  readonly mounted?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const inCluster = 'in-cluster';
const usualMount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Errors: `settings_invalid` naming the file, what was expected, and the next command. */
export function readAccess({ config, context, mounted = usualMount }: AccessWish, environment: Environment): Access {
  const found = config === '' ? usualConfigs(environment) : [config];
  return found.length === 0 || config === inCluster ? mountedAccess(environment, mounted) : fileAccess(found, context);
}

/** Those that there are of $KUBECONFIG, else the user's own; none: a pod has no kubeconfig. */
function usualConfigs({ KUBECONFIG: listed = '', KUBERNETES_SERVICE_HOST: host }: Environment): readonly string[] {
  const usual = join(homedir(), '.kube', 'config');
  const named = listed.split(delimiter).filter((one) => one !== '');
  const there = named.filter((one) => existsSync(one));
  if (there.length > 0) return there;
  if (existsSync(usual)) return [usual];
  return host === undefined ? [named[0] ?? usual] : [];
}

function mountedAccess(environment: Environment, mounted: string): Access {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  if (host === undefined)
    throw invalid(
      'kubernetes_config is in-cluster, but this process does not run in a pod (no KUBERNETES_SERVICE_HOST).',
      'Name a kubeconfig file: codectl down, then codectl up --set kubernetes_config=PATH.',
    );
  return {
    name: inCluster,
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca: { kind: 'file', path: join(mounted, 'ca.crt') },
    namespace: textOf(join(mounted, 'namespace')).trim(),
    credentials: { kind: 'token_file', path: join(mounted, 'token') },
  };
}
