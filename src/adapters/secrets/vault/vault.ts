// Secrets in Vault's KV engine, version 2: one document for each application and environment, one member for each secret.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { Redactor } from '../../../base/redactor.ts';
import type { Scope } from '../../../model/instance.ts';
import { scopeKey } from '../../../model/instance.ts';
import type { SecretFacts } from '../../../model/secrets/secret.ts';
import { secretName } from '../../../model/secrets/secret.ts';
import type { NewSecret, Rotation, Secrets } from '../../../ports/secrets.ts';
import type { Begun } from '../begun.ts';
import { begun } from '../begun.ts';
import type { VaultClientOptions } from './client.ts';
import { VaultClient } from './client.ts';

export interface VaultOptions extends VaultClientOptions {
  readonly mount: string;
  /** Before application and environment in every path. */
  readonly prefix: string;
  /** Is told every value that was read in this life: instances may print it. */
  readonly redactor: Redactor;
}

const read = z.looseObject({
  data: z.looseObject({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.looseObject({ version: z.number(), created_time: z.string() }),
  }),
});
const written = z.looseObject({ data: z.looseObject({ version: z.number(), created_time: z.string() }) });
const listed = z.looseObject({ data: z.looseObject({ keys: z.array(z.string()) }) });

/** How often somebody else may be faster. */
const attempts = 5;

interface Document {
  readonly values: Readonly<Record<string, string>>;
  /** 0: there is none yet. */
  readonly version: number;
  readonly at: number;
}

export class VaultSecrets implements Secrets {
  readonly #options: VaultOptions;
  readonly #client: VaultClient;
  readonly #known = new Set<string>();
  /** Every value was read at least once, so nothing is printed that nobody knows. */
  #whole = false;

  private constructor(options: VaultOptions) {
    this.#options = options;
    this.#client = new VaultClient(options);
  }

  /** Errors: none; what is wrong with it is told beside it. */
  static open(options: VaultOptions): Promise<Begun<VaultSecrets>> {
    return begun(new VaultSecrets(options), options.redactor);
  }

  async values(scope: Scope, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
    if (!this.#whole) await this.list();
    const { values } = await this.#read(scope);
    return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name] ?? '']] : [])));
  }

  async list(): Promise<readonly SecretFacts[]> {
    const applications = await this.#below('');
    const scopes = await Promise.all(
      applications.map(async (application) => (await this.#below(`${application}/`)).map((environment) => ({ application, environment }))),
    );
    const facts = await Promise.all(
      scopes.flat().map(async (scope) => {
        const { values, version, at } = await this.#read(scope);
        return Object.keys(values).map((name): SecretFacts => ({ scope, name, version, at, by: 'vault' }));
      }),
    );
    this.#whole = true;
    this.#tell();
    const key = ({ scope, name }: SecretFacts) => `${scopeKey(scope)}/${name}`;
    return facts.flat().toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  set({ scope, name, value, by }: NewSecret): Promise<SecretFacts> {
    return this.#change(scope, name, by, (values) => ({ ...values, [name]: value }));
  }

  remove(scope: Scope, name: string, by: string): Promise<SecretFacts> {
    return this.#change(scope, name, by, ({ [name]: gone, ...rest }) => {
      if (gone !== undefined) return rest;
      throw new CodeError('secret_unknown', `${scopeKey(scope)} has no secret ${name}.`, { hint: 'See `codectl secret list`.' });
    });
  }

  rotate(): Promise<Rotation> {
    throw new CodeError('unsupported', 'Vault keeps the keys of its secrets: this engine cannot replace them.', {
      hint: 'Run "vault operator rotate" there.',
    });
  }

  // ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Written only over what was read: nobody's change is lost. */
  async #change(scope: Scope, name: string, by: string, change: (values: Document['values']) => Document['values']): Promise<SecretFacts> {
    for (let left = attempts; left > 0; left -= 1) {
      const { values, version } = await this.#read(scope);
      const data = change(values);
      const json = { options: { cas: version }, data };
      const answer = await this.#client.ask({ method: 'POST', path: this.#path('data', scopeKey(scope)), json });
      if (answer.status === 200) {
        const { data: told } = written.parse(answer.json);
        this.#learn(data);
        return { scope, name, version: told.version, at: Date.parse(told.created_time), by };
      }
      if (!answer.errors.some((one) => one.includes('check-and-set')))
        throw new CodeError('secrets_locked', `Vault did not take ${name} for ${scopeKey(scope)}: ${answer.errors.join('; ')}.`);
    }
    throw new CodeError('write_conflict', `The secrets of ${scopeKey(scope)} were changed by others at the same time.`, {
      hint: 'Try again.',
    });
  }

  async #read(scope: Scope): Promise<Document> {
    const { status, json } = await this.#client.ask({ method: 'GET', path: this.#path('data', scopeKey(scope)) });
    // A version that was deleted answers 404 with its number, which the next write has to name.
    const found = read.safeParse(json).data?.data;
    if (!found) {
      if (status === 404) return { values: {}, version: 0, at: 0 };
      throw new CodeError('secrets_locked', `${this.#path('data', scopeKey(scope))} of Vault is no document of KV version 2.`, {
        hint: 'Name a mount of type kv-v2 with vault_mount.',
      });
    }
    const values = Object.fromEntries(Object.entries(found.data ?? {}).flatMap(([name, value]) => textOf(name, value)));
    this.#learn(values);
    return { values, version: found.metadata.version, at: Date.parse(found.metadata.created_time) };
  }

  /** Names of directories end with a slash, those of documents do not. */
  async #below(path: string): Promise<readonly string[]> {
    const { status, json } = await this.#client.ask({ method: 'GET', path: this.#path('metadata', path), query: { list: 'true' } });
    if (status === 404) return [];
    const keys = listed.parse(json).data.keys;
    const wanted = path === '' ? keys.filter((one) => one.endsWith('/')) : keys.filter((one) => !one.endsWith('/'));
    return wanted.map((one) => one.replace(/\/$/, '')).filter((one) => /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(one));
  }

  #path(part: 'data' | 'metadata', path: string): string {
    const { mount, prefix } = this.#options;
    return ['/v1', mount, part, ...(prefix === '' ? [] : [prefix]), path].join('/').replace(/\/$/, '');
  }

  #learn(values: Readonly<Record<string, string>>): void {
    const before = this.#known.size;
    for (const value of Object.values(values)) this.#known.add(value);
    if (this.#known.size > before && this.#whole) this.#tell();
  }

  #tell(): void {
    this.#options.redactor.know(this.#known);
  }
}

/** Numbers and truths of other tools are text in an environment; structures are none. */
function textOf(name: string, value: unknown): readonly (readonly [string, string])[] {
  if (!secretName.test(name)) return [];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : [];
}
