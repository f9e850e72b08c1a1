// The engine's own secret store: every version sealed in the store, values in memory only while the engine runs.
import type { Clock } from '../../../base/clock.ts';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import type { Redactor } from '../../../base/redactor.ts';
import type { Scope } from '../../../model/instance.ts';
import { scopeKey } from '../../../model/instance.ts';
import type { SecretFacts, SecretVersion } from '../../../model/secrets/secret.ts';
import type { NewSecret, Rotation, Secrets } from '../../../ports/secrets.ts';
import type { Change, Lease, Store, Stored } from '../../../ports/store.ts';
import type { EngineKey } from './envelope.ts';
import { newEngineKey, openValue, rewrap, sealValue } from './envelope.ts';
import type { KeySource } from './keys.ts';

export interface SealedOptions {
  readonly store: Store;
  readonly fence: () => Pick<Lease, 'name' | 'token'>;
  readonly clock: Clock;
  readonly keys: KeySource;
  /** Is told every value that is kept, former ones too: instances that were started with those still print them. */
  readonly redactor: Redactor;
}

/** Versions of one secret that are kept, sealed, to be hidden in what is printed. */
const versionsKept = 10;
/** A removed secret is forgotten after this time. */
const removedKept = 30 * 86_400_000;

export class SealedSecrets implements Secrets {
  readonly #options: SealedOptions;
  /** Versions by the name of their secret, the oldest first. */
  readonly #versions = new Map<string, Stored<SecretVersion>[]>();
  /** By the key of the version. */
  readonly #values = new Map<string, string>();
  #keys: readonly EngineKey[] | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: SealedOptions) {
    this.#options = options;
  }

  /** Secrets that cannot be opened fail when they are used, not here: the rest of the engine has work to do. `problem` says why. */
  static async open(options: SealedOptions): Promise<{ readonly secrets: SealedSecrets; readonly problem?: CodeError }> {
    const secrets = new SealedSecrets(options);
    for (const stored of await options.store.list('secret')) secrets.#remember(stored);
    if (secrets.#versions.size === 0) return { secrets };
    try {
      await secrets.#alone(() => secrets.#unlock());
      return { secrets };
    } catch (thrown) {
      options.redactor.blind = true;
      return { secrets, problem: asCodeError(thrown) };
    }
  }

  async values(scope: Scope, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const wanted = names.flatMap((name) => this.#newest(scope, name) ?? []).filter(({ value }) => value.sealed);
    if (wanted.length === 0) return {};
    if (!this.#keys) await this.#alone(() => this.#unlock());
    return Object.fromEntries(wanted.map(({ key, value }) => [value.name, this.#values.get(key) ?? '']));
  }

  async list(): Promise<readonly SecretFacts[]> {
    return this.#current().map(({ value }) => factsOf(value));
  }

  set({ scope, name, value, by }: NewSecret): Promise<SecretFacts> {
    return this.#alone(async () => {
      const key = await this.#currentKey();
      const place = { scope, name, version: (this.#newest(scope, name)?.value.version ?? 0) + 1 };
      return this.#append({ ...place, at: this.#options.clock.now(), by, sealed: sealValue(key, place, value) }, value);
    });
  }

  remove(scope: Scope, name: string, by: string): Promise<SecretFacts> {
    return this.#alone(async () => {
      const newest = this.#newest(scope, name);
      if (!newest?.value.sealed)
        throw new CodeError('secret_unknown', `${scopeKey(scope)} has no secret ${name}.`, { hint: 'See `codectl secret list`.' });
      return this.#append({ scope, name, version: newest.value.version + 1, at: this.#options.clock.now(), by });
    });
  }

  rotate(): Promise<Rotation> {
    return this.#alone(async () => {
      const { keys } = this.#options;
      const before = await this.#unlock();
      const [current, ...older] = before;
      if (!keys.write) return this.#rotateGiven(current, older);
      const key = newEngineKey();
      // From here on both are known; what a crash leaves is finished by the next start.
      await this.#keepKeys([key, ...before]);
      const rewrapped = await this.#rewrapAll();
      await this.#keepKeys([key]);
      return { ...(current && { from: current.id }), to: key.id, rewrapped };
    });
  }

  // ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #rotateGiven(current: EngineKey | undefined, older: readonly EngineKey[]): Promise<Rotation> {
    const { where, renewal } = this.#options.keys;
    if (!current || older.length === 0)
      throw new CodeError('unsupported', `The key of the secrets is given by ${where}: the engine cannot replace it.`, {
        hint:
          renewal ??
          `Start the engine with ${where}=NEW,OLD (openssl rand -base64 32 makes a key), run this again, and leave OLD out from then on.`,
      });
    return { from: older[0]?.id ?? '', to: current.id, rewrapped: await this.#rewrapAll() };
  }

  /** One after another: a rotation and a new value must not meet. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Opens every version, once. Errors: `secrets_locked`; then nothing was changed. */
  async #unlock(): Promise<readonly EngineKey[]> {
    if (this.#keys) return this.#keys;
    const { keys } = this.#options;
    const found = await keys.read();
    if (found === undefined && this.#current().length > 0)
      throw new CodeError('secrets_locked', `The key that opens the secrets is gone: ${keys.where} does not exist.`, { hint: lostHint });
    const ring = found ?? [];
    this.#openAll(ring, keys.where);
    this.#keys = ring;
    if (ring.length > 1 && keys.write) await this.#finish(ring);
    return this.#keys;
  }

  /** What is in force must open. A former value that does not, sealed with a key that was lost, only is not hidden any more. */
  #openAll(ring: readonly EngineKey[], where: string): void {
    const current = new Set(this.#current());
    try {
      for (const stored of this.#sealed()) {
        const value = opened(ring, stored.value, where);
        if (typeof value === 'string') this.#values.set(stored.key, value);
        else if (current.has(stored)) throw value;
      }
    } finally {
      this.#tell();
    }
  }

  /** A rotation that did not come to its end. */
  async #finish(ring: readonly EngineKey[]): Promise<void> {
    await this.#rewrapAll();
    await this.#keepKeys(ring.slice(0, 1));
  }

  async #currentKey(): Promise<EngineKey> {
    const [current] = await this.#unlock();
    if (current) return current;
    const made = newEngineKey();
    await this.#keepKeys([made]);
    return made;
  }

  async #keepKeys(keys: readonly EngineKey[]): Promise<void> {
    await this.#options.keys.write?.(keys);
    this.#keys = keys;
  }

  async #rewrapAll(): Promise<number> {
    const ring = this.#keys ?? [];
    const [current] = ring;
    let count = 0;
    for (const stored of this.#sealed()) {
      const { sealed } = stored.value;
      const from = ring.find(({ id }) => id === sealed?.key);
      if (!sealed || !from || !current || from.id === current.id) continue;
      const value = { ...stored.value, sealed: rewrap(from, current, stored.value, sealed) };
      await this.#commit([{ op: 'put', kind: 'secret', key: stored.key, value, expect: stored.version }]);
      this.#remember({ key: stored.key, version: stored.version + 1, value });
      count += 1;
    }
    return count;
  }

  async #append(value: SecretVersion, plain?: string): Promise<SecretFacts> {
    const key = versionKey(value);
    const gone = this.#outdated(value);
    const drops = gone.map((one): Change => ({ op: 'delete', kind: 'secret', key: one.key, expect: one.version }));
    await this.#commit([{ op: 'put', kind: 'secret', key, value, expect: 0 }, ...drops]);
    for (const one of gone) this.#forget(one);
    this.#remember({ key, version: 1, value });
    if (plain !== undefined) this.#values.set(key, plain);
    this.#tell();
    return factsOf(value);
  }

  /** Versions that nobody's output is likely to show any more. */
  #outdated({ scope, name, at }: SecretVersion): readonly Stored<SecretVersion>[] {
    const own = this.#versions.get(secretKey(scope, name)) ?? [];
    const removed = [...this.#versions].flatMap(([key, versions]) => {
      const newest = versions.at(-1)?.value;
      return key !== secretKey(scope, name) && newest && !newest.sealed && at - newest.at > removedKept ? versions : [];
    });
    return [...own.slice(0, Math.max(0, own.length + 1 - versionsKept)), ...removed];
  }

  #remember(stored: Stored<SecretVersion>): void {
    const key = secretKey(stored.value.scope, stored.value.name);
    const others = (this.#versions.get(key) ?? []).filter((one) => one.key !== stored.key);
    this.#versions.set(
      key,
      [...others, stored].sort((a, b) => a.value.version - b.value.version),
    );
  }

  #forget(stored: Stored<SecretVersion>): void {
    const key = secretKey(stored.value.scope, stored.value.name);
    const rest = (this.#versions.get(key) ?? []).filter((one) => one.key !== stored.key);
    if (rest.length > 0) this.#versions.set(key, rest);
    else this.#versions.delete(key);
    this.#values.delete(stored.key);
  }

  #sealed(): readonly Stored<SecretVersion>[] {
    return [...this.#versions.values()].flat().filter(({ value }) => value.sealed);
  }

  /** The newest version of each that has a value. */
  #current(): readonly Stored<SecretVersion>[] {
    return [...this.#versions.values()].flatMap((versions) => versions.at(-1) ?? []).filter(({ value }) => value.sealed);
  }

  #newest(scope: Scope, name: string): Stored<SecretVersion> | undefined {
    return this.#versions.get(secretKey(scope, name))?.at(-1);
  }

  #tell(): void {
    this.#options.redactor.know(this.#values.values());
  }

  #commit(changes: readonly Change[]): Promise<void> {
    return this.#options.store.commit(changes, this.#options.fence());
  }
}

const lostHint =
  'Bring it back from a copy. If there is none, the values are lost: remove each (codectl secret remove NAME --force) and set it again.';

/** The value, or why there is none. */
function opened(ring: readonly EngineKey[], version: SecretVersion, where: string): string | CodeError {
  const what = `version ${version.version} of ${version.name} in ${scopeKey(version.scope)}`;
  const key = ring.find(({ id }) => id === version.sealed?.key);
  if (!key || !version.sealed)
    return new CodeError('secrets_locked', `${where} is not the key that opens the secrets: ${what} is sealed with another.`, {
      hint: lostHint,
      details: { wanted: version.sealed?.key, found: ring.map(({ id }) => id) },
    });
  try {
    return openValue(key, version, version.sealed);
  } catch (cause) {
    return new CodeError('secrets_locked', `The secret store was changed from outside: ${what} does not open.`, {
      hint: 'Bring the store back from a backup, or remove this secret (codectl secret remove NAME --force) and set it again.',
      cause,
    });
  }
}

function factsOf({ scope, name, version, at, by }: SecretVersion): SecretFacts {
  return { scope, name, version, at, by };
}

function secretKey(scope: Scope, name: string): string {
  return `${scopeKey(scope)}/${name}`;
}

/** Padded so that keys sort by number. */
function versionKey({ scope, name, version }: SecretVersion): string {
  return `${secretKey(scope, name)}/${String(version).padStart(8, '0')}`;
}
