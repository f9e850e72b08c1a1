// Vault's HTTP API, version 1: what this engine asks of it, and what its answers mean.
import { z } from 'zod';
import type { Clock } from '../../../base/clock.ts';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { LinkRequest, LinkTarget } from '../../../platform/http/link.ts';
import { ask } from '../../../platform/http/link.ts';
import type { Lease, VaultAuth } from './access.ts';
import { VaultAccess } from './access.ts';

export interface VaultClientOptions {
  readonly target: LinkTarget;
  readonly auth: VaultAuth;
  readonly clock: Clock;
  /** Of Vault Enterprise and HCP; absent: the root namespace. */
  readonly namespace?: string;
}

const patience: Duration = 10_000;
const most = 4 * 2 ** 20;

const authAnswer = z.looseObject({
  auth: z.looseObject({ client_token: z.string(), lease_duration: z.number(), renewable: z.boolean() }),
});
const ownToken = z.looseObject({ data: z.looseObject({ ttl: z.number(), renewable: z.boolean().default(false) }) });
const refusal = z.looseObject({ errors: z.array(z.string()) });

export interface VaultAnswer {
  readonly status: number;
  readonly json: unknown;
  /** What Vault said is wrong. */
  readonly errors: readonly string[];
}

export class VaultClient {
  readonly #options: VaultClientOptions;
  readonly #access: VaultAccess;

  constructor(options: VaultClientOptions) {
    this.#options = options;
    const door = {
      login: async (path: string, json: Readonly<Record<string, string>>) =>
        leaseIn(await this.#expect({ method: 'POST', path: `/v1/auth/${path}/login`, json })),
      renew: async (token: string) => leaseIn(await this.#expect({ method: 'POST', path: '/v1/auth/token/renew-self', json: {} }, token)),
      lookUp: async (token: string): Promise<Lease> => {
        const { data } = ownToken.parse(await this.#expect({ method: 'GET', path: '/v1/auth/token/lookup-self' }, token));
        return { token, life: data.ttl * 1000, renewable: data.renewable };
      },
    };
    this.#access = new VaultAccess(options.auth, door, options.clock);
  }

  /** 200, 204, 400 and 404 are answers; everything else is an error. Errors: `secrets_locked`. */
  async ask(request: LinkRequest): Promise<VaultAnswer> {
    const token = await this.#access.token();
    const answer = await this.#send(request, token);
    if (answer.status !== 403) return known(request, answer);
    // Once more with a fresh token: the old one may have been revoked.
    this.#access.forget(token);
    return known(request, await this.#send(request, await this.#access.token()));
  }

  async #expect(request: LinkRequest, token?: string): Promise<unknown> {
    const answer = await this.#send(request, token);
    if (answer.status === 200) return answer.json;
    throw refused(request, answer);
  }

  async #send(request: LinkRequest, token: string | undefined): Promise<VaultAnswer> {
    const { target, namespace } = this.#options;
    const headers = {
      'x-vault-request': 'true',
      ...(token !== undefined && { 'x-vault-token': token }),
      ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
    };
    try {
      const answer = await ask(target, { ...request, headers }, AbortSignal.timeout(patience));
      const text = await answer.text(most);
      const json: unknown = text === '' ? undefined : JSON.parse(text);
      return { status: answer.status, json, errors: refusal.safeParse(json).data?.errors ?? [] };
    } catch (thrown) {
      const why = systemErrorCode(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
      throw new CodeError('secrets_locked', `Vault at ${placeOf(target)} does not answer (${why}).`, {
        hint: 'Start it, or name another with vault_address; what runs goes on without it.',
        cause: thrown,
      });
    }
  }
}

function leaseIn(json: unknown): Lease {
  const { auth } = authAnswer.parse(json);
  return { token: auth.client_token, life: auth.lease_duration * 1000, renewable: auth.renewable };
}

function known(request: LinkRequest, answer: VaultAnswer): VaultAnswer {
  if ([200, 204, 400, 404].includes(answer.status)) return answer;
  throw refused(request, answer);
}

function refused({ method, path }: LinkRequest, { status, errors }: VaultAnswer): CodeError {
  const said = errors.length === 0 ? '' : `: ${errors.join('; ')}`;
  const hint =
    status === 503
      ? 'Unseal it (vault operator unseal).'
      : 'Its policy must allow read, create, update and list below the mount’s data and metadata that this engine uses.';
  return new CodeError('secrets_locked', `Vault refused ${method} ${path} (${status}${said}).`, { hint });
}

function placeOf(target: LinkTarget): string {
  return target.kind === 'tcp' ? `${target.host}:${target.port}` : target.path;
}
