// Secrets that a cluster keeps: read at each start from its Secrets that are labelled with an application and an environment, and never written.
import { z } from 'zod';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import type { Redactor } from '../../../base/redactor.ts';
import type { Duration } from '../../../base/units.ts';
import type { Scope } from '../../../model/instance.ts';
import { scopeKey } from '../../../model/instance.ts';
import type { SecretFacts } from '../../../model/secrets/secret.ts';
import { secretName } from '../../../model/secrets/secret.ts';
import type { NewSecret, Rotation, Secrets } from '../../../ports/secrets.ts';
import type { Begun } from '../begun.ts';
import { begun } from '../begun.ts';

/** One page of the list of Secrets of one namespace, as the API gives it. Errors: why the cluster does not. */
export type ListSecrets = (query: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<unknown>;

export interface KubernetesSecretsOptions {
  /** Again after it failed: a kubeconfig may have been written meanwhile. */
  readonly open: () => Promise<{ readonly namespace: string; readonly list: ListSecrets }>;
  /** Is told every value that was read in this life: instances may print it. */
  readonly redactor: Redactor;
}

/** Of a Secret: whose values it has. Both are needed. */
export const ownerLabels = { application: 'codectl/secrets-application', environment: 'codectl/secrets-environment' } as const;

const page = z.looseObject({
  metadata: z.looseObject({ continue: z.string().optional() }),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({
        name: z.string(),
        resourceVersion: z.string(),
        creationTimestamp: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        managedFields: z.array(z.looseObject({ time: z.string().optional() })).default([]),
      }),
      data: z.record(z.string(), z.string()).nullish(),
    }),
  ),
});

interface Value {
  readonly scope: Scope;
  readonly name: string;
  readonly value: string;
  /** The Secret that has it. */
  readonly from: string;
  readonly version: number;
  readonly at: number;
}

const patience: Duration = 10_000;
const pageSize = '500';

export class KubernetesSecrets implements Secrets {
  readonly #options: KubernetesSecretsOptions;
  readonly #known = new Set<string>();
  #door: ReturnType<KubernetesSecretsOptions['open']> | undefined;
  /** Every value was read at least once, so nothing is printed that nobody knows. */
  #whole = false;

  private constructor(options: KubernetesSecretsOptions) {
    this.#options = options;
  }

  /** Errors: none; what is wrong with it is told beside it. */
  static open(options: KubernetesSecretsOptions): Promise<Begun<KubernetesSecrets>> {
    return begun(new KubernetesSecrets(options), options.redactor);
  }

  /** Errors: `secrets_locked`, also where two Secrets have a value for one name: nobody can say which is meant. */
  async values(scope: Scope, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
    if (!this.#whole) await this.list();
    const { application, environment } = ownerLabels;
    const found = await this.#read(`${application}=${scope.application},${environment}=${scope.environment}`);
    const wanted = found.filter(({ name }) => names.includes(name));
    for (const { name, from } of wanted) {
      const other = wanted.find((one) => one.name === name && one.from !== from);
      if (other) throw twice(scope, name, [from, other.from]);
    }
    return Object.fromEntries(wanted.map(({ name, value }) => [name, value]));
  }

  async list(): Promise<readonly SecretFacts[]> {
    const found = await this.#read(Object.values(ownerLabels).join(','));
    this.#whole = true;
    this.#tell();
    const byKey = new Map(found.map((one) => [`${scopeKey(one.scope)}/${one.name}`, one]));
    return [...byKey]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { scope, name, version, at, from }]) => ({ scope, name, version, at, by: `kubernetes:${from}` }));
  }

  async set({ scope, name }: NewSecret): Promise<SecretFacts> {
    const { namespace } = await this.#reader();
    const labels = `${ownerLabels.application}=${scope.application} ${ownerLabels.environment}=${scope.environment}`;
    throw elsewhere(
      `Run "kubectl -n ${namespace} create secret generic NAME --from-file=${name}=FILE" and "kubectl -n ${namespace} label secret NAME ${labels}".`,
    );
  }

  async remove(_scope: Scope, name: string): Promise<SecretFacts> {
    const { namespace } = await this.#reader();
    throw elsewhere(`Take ${name} out of its Secret: kubectl -n ${namespace} edit secret NAME.`);
  }

  async rotate(): Promise<Rotation> {
    throw elsewhere('Rotate the encryption at rest of its API server.');
  }

  // ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #reader(): ReturnType<KubernetesSecretsOptions['open']> {
    this.#door ??= this.#options.open().catch((thrown: unknown) => {
      this.#door = undefined;
      throw locked(thrown);
    });
    return this.#door;
  }

  async #read(labelSelector: string): Promise<readonly Value[]> {
    const { list } = await this.#reader();
    const signal = AbortSignal.timeout(patience);
    const values: Value[] = [];
    for (let more: string | undefined = ''; more !== undefined; ) {
      const query = { labelSelector, limit: pageSize, ...(more !== '' && { continue: more }) };
      const answer = await list(query, signal).catch((thrown: unknown) => {
        throw signal.aborted ? silent() : locked(thrown);
      });
      const read = page.safeParse(answer);
      if (!read.success) throw new CodeError('secrets_locked', 'What answers is no list of Secrets.', { cause: read.error });
      values.push(...read.data.items.flatMap(valuesIn));
      more = read.data.metadata.continue || undefined;
    }
    this.#learn(values);
    return values;
  }

  #learn(values: readonly Value[]): void {
    const before = this.#known.size;
    for (const { value } of values) this.#known.add(value);
    if (this.#known.size > before && this.#whole) this.#tell();
  }

  #tell(): void {
    this.#options.redactor.know(this.#known);
  }
}

/** Keys that are no names of secrets, and what is no text, belong to others. */
function valuesIn({ metadata, data }: z.infer<typeof page>['items'][number]): readonly Value[] {
  const { [ownerLabels.application]: application, [ownerLabels.environment]: environment } = metadata.labels;
  if (application === undefined || environment === undefined) return [];
  const times = [metadata.creationTimestamp, ...metadata.managedFields.flatMap(({ time }) => time ?? [])];
  const facts = {
    scope: { application, environment },
    from: metadata.name,
    version: Number.isSafeInteger(Number(metadata.resourceVersion)) ? Number(metadata.resourceVersion) : 1,
    at: Math.max(...times.map((time) => Date.parse(time)).filter((time) => !Number.isNaN(time)), 0),
  };
  return Object.entries(data ?? {}).flatMap(([name, encoded]) => {
    const value = secretName.test(name) ? textOf(encoded) : undefined;
    return value === undefined ? [] : [{ ...facts, name, value }];
  });
}

function textOf(encoded: string): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
    return text === '' || text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function locked(thrown: unknown): CodeError {
  const { message, hint = 'Look at the cluster with "kubectl get secrets"; the engine must be allowed to list them.' } =
    asCodeError(thrown);
  return new CodeError('secrets_locked', `The secrets that the cluster keeps cannot be read: ${message}`, { hint, cause: thrown });
}

function silent(): CodeError {
  return new CodeError('secrets_locked', `The cluster that keeps the secrets did not answer within ${patience / 1000} s.`, {
    hint: 'Look at it with "kubectl get secrets".',
  });
}

function twice(scope: Scope, name: string, [one = '', other = '']: readonly string[]): CodeError {
  return new CodeError('secrets_locked', `Two Secrets have a value for ${name} of ${scopeKey(scope)}: ${one} and ${other}.`, {
    hint: `Take the labels off one of them: kubectl label secret ${other} ${ownerLabels.application}- ${ownerLabels.environment}-`,
  });
}

function elsewhere(hint: string): CodeError {
  return new CodeError('unsupported', 'The cluster keeps the secrets, and this engine only reads them there.', { hint });
}
