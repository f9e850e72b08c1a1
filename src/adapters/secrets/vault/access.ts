// How this engine proves to Vault who it is: a token, an AppRole, or the service account of its pod; and a token that is renewed while it may be.
import type { Clock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import { readFileIfExists } from '../../../platform/files.ts';

/** `file` holds what is confidential – the token, the secret id, the JWT – and is read again at each login: others replace it. */
export type VaultAuth =
  | { readonly kind: 'token'; readonly file: string }
  | { readonly kind: 'approle'; readonly role: string; readonly file: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly file: string };

/** As Vault answers a login, a renewal, and a question for one's own token. */
export interface Lease {
  readonly token: string;
  /** 0: it never ends. */
  readonly life: Duration;
  readonly renewable: boolean;
}

export interface VaultDoor {
  /** Errors: `secrets_locked`. */
  login(path: string, json: Readonly<Record<string, string>>): Promise<Lease>;
  renew(token: string): Promise<Lease>;
  lookUp(token: string): Promise<Lease>;
}

/** Below this part of its life a token is renewed. */
const renewBelow = 1 / 3;

export class VaultAccess {
  readonly #auth: VaultAuth;
  readonly #door: VaultDoor;
  readonly #clock: Clock;
  #lease: (Lease & { readonly endsAt: number }) | undefined;
  #asking: Promise<string> | undefined;

  constructor(auth: VaultAuth, door: VaultDoor, clock: Clock) {
    this.#auth = auth;
    this.#door = door;
    this.#clock = clock;
  }

  /** Many may ask at once; one of them logs in. */
  token(): Promise<string> {
    this.#asking ??= this.#token().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** Vault refused it: it was revoked, or its end came early. */
  forget(token: string): void {
    if (this.#lease?.token === token) this.#lease = undefined;
  }

  async #token(): Promise<string> {
    const lease = this.#lease;
    const left = lease === undefined ? 0 : lease.endsAt - this.#clock.now();
    if (lease && (lease.life === 0 || left > lease.life * renewBelow)) return lease.token;
    if (lease?.renewable && left > 0) {
      const renewed = await this.#door.renew(lease.token).catch(() => undefined);
      // At the end of its longest life a renewal gives little: then another login.
      if (renewed && renewed.life > lease.life * renewBelow) return this.#keep({ ...renewed, token: lease.token });
    }
    return this.#keep(await this.#begin());
  }

  async #begin(): Promise<Lease> {
    const { kind, file } = this.#auth;
    const text = (await readFileIfExists(file))?.trim() ?? '';
    if (text === '')
      throw new CodeError('secrets_locked', `${file}, which proves to Vault who this engine is, is missing or empty.`, {
        hint: 'Put the token, the secret id or the JWT there, or name another file with vault_credential.',
      });
    if (kind === 'token') return this.#door.lookUp(text);
    const { role } = this.#auth;
    return kind === 'approle'
      ? this.#door.login('approle', { role_id: role, secret_id: text })
      : this.#door.login('kubernetes', { role, jwt: text });
  }

  #keep(lease: Lease): string {
    this.#lease = { ...lease, endsAt: this.#clock.now() + lease.life };
    return lease.token;
  }
}
