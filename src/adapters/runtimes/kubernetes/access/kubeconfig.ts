// Reads kubeconfig files as kubectl does: several are one, of two entries with one name the first counts.
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { didYouMean } from '../../../../base/nearest.ts';
import { parseYaml } from '../../../../platform/guard/document/yaml.ts';
import type { Source } from './source.ts';
import { invalid, pemSource, textOf } from './source.ts';
import type { Certificate, Credentials } from './user.ts';
import { identityOf, userShape } from './user.ts';

/** Everything that is needed to reach a cluster. */
export interface Access {
  /** For messages: the context's name, or `in-cluster`. */
  readonly name: string;
  readonly server: URL;
  readonly ca?: Source;
  /** Another name than the server's in its certificate. */
  readonly servername?: string;
  readonly insecure?: true;
  readonly namespace?: string;
  readonly certificate?: Certificate;
  readonly credentials: Credentials;
}

const entries = z.array(z.looseObject({ name: z.string() })).nullish();

const cluster = z.looseObject({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
});

const context = z.looseObject({ cluster: z.string(), user: z.string().optional(), namespace: z.string().optional() });

const file = z.looseObject({ 'current-context': z.string().nullish(), clusters: entries, users: entries, contexts: entries });

type Section = 'clusters' | 'users' | 'contexts';
const singular = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;

interface Entry {
  readonly name: string;
  readonly value: unknown;
  readonly path: string;
  /** Paths in it are from here. */
  readonly directory: string;
}

interface Merged {
  /** For messages. */
  readonly paths: string;
  readonly current: string;
  readonly entries: Readonly<Record<Section, readonly Entry[]>>;
}

/** Errors: `settings_invalid`. */
export function fileAccess(paths: readonly string[], wanted: string): Access {
  const merged = merge(paths);
  const name = wanted === '' ? merged.current : wanted;
  const chosen = find(merged, 'contexts', name, context).found;
  const { found, entry } = find(merged, 'clusters', chosen.cluster, cluster);
  const who = chosen.user === undefined ? undefined : find(merged, 'users', chosen.user, userShape);
  const ca = pemSource(entry.directory, found['certificate-authority-data'], found['certificate-authority']);
  const servername = found['tls-server-name'];
  return {
    name,
    server: serverOf(found, entry),
    ...(ca && { ca }),
    ...(servername !== undefined && servername !== '' && { servername }),
    ...(found['insecure-skip-tls-verify'] === true && { insecure: true }),
    ...(chosen.namespace !== undefined && { namespace: chosen.namespace }),
    ...(who ? identityOf(who.found, who.entry.name, who.entry.path, who.entry.directory) : { credentials: { kind: 'none' } }),
  };
}

function serverOf({ server, 'proxy-url': proxy }: z.infer<typeof cluster>, { name, path }: Entry): URL {
  if (!URL.canParse(server) || !/^https?:/.test(server))
    throw invalid(`${path}: the server of cluster ${name} is no address: ${server}`, 'Correct it with "kubectl config set-cluster".');
  if (proxy !== undefined && proxy !== '')
    throw invalid(
      `${path}: cluster ${name} is behind a proxy (proxy-url), which is not supported.`,
      'Name a cluster that is reached directly.',
    );
  return new URL(server);
}

function merge(paths: readonly string[]): Merged {
  const files = paths.map((path) => ({ path, directory: dirname(resolve(path)), ...parsed(path) }));
  const all = (section: Section): readonly Entry[] =>
    files.flatMap(({ path, directory, ...content }) =>
      (content[section] ?? []).map((one) => ({ name: one.name, value: one[singular[section]], path, directory })),
    );
  return {
    paths: paths.join(' and '),
    current: files.find((one) => (one['current-context'] ?? '') !== '')?.['current-context'] ?? '',
    entries: { clusters: all('clusters'), users: all('users'), contexts: all('contexts') },
  };
}

function parsed(path: string): z.infer<typeof file> {
  const read = file.safeParse(contentOf(path));
  if (read.success) return read.data;
  throw invalid(`${path} is no kubeconfig: ${z.prettifyError(read.error).split('\n').join(' ')}`, 'Look at it with "kubectl config view".');
}

/** Hundreds of clusters, with their certificates. */
const limits = { size: 16 * 2 ** 20, depth: 30, values: 1_000_000 };

function contentOf(path: string): unknown {
  const text = textOf(path);
  try {
    return parseYaml(text, limits) ?? {};
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw invalid(`${path} is not YAML: ${why}`, 'Look at it with "kubectl config view".', thrown);
  }
}

function find<T>(merged: Merged, section: Section, name: string, shape: z.ZodType<T>): { readonly found: T; readonly entry: Entry } {
  const kind = singular[section];
  const entry = merged.entries[section].find((one) => one.name === name);
  if (!entry) throw missing(merged, section, name);
  const read = shape.safeParse(entry.value);
  if (read.success) return { found: read.data, entry };
  throw invalid(
    `${entry.path}: ${kind} ${name} is none: ${z.prettifyError(read.error).split('\n').join(' ')}`,
    'Look at it with "kubectl config view".',
  );
}

function missing({ paths, entries: all }: Merged, section: Section, name: string) {
  const names = all[section].map((one) => one.name);
  if (name === '') return invalid(`${paths} has no current context.`, 'Run "kubectl config use-context NAME", or set kubernetes_context.');
  return invalid(
    `${paths} has no ${singular[section]} called ${name}; it has ${names.join(', ') || 'none'}${didYouMean(name, names)}`,
    section === 'contexts'
      ? 'Name one of them: codectl down, then codectl up --set kubernetes_context=NAME.'
      : 'Correct the context: kubectl config set-context.',
  );
}
