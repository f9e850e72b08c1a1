// What an issuer says about itself (OpenID Connect Discovery), and its keys: asked for when somebody logs in, and remembered for a while.
import type { createRemoteJWKSet } from 'jose';
import type * as OpenId from 'openid-client';
import type { ClientAuth, Configuration } from 'openid-client';
import type { Clock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { ProviderFetch } from '../../../platform/http/provider-fetch.ts';
import { providerFetch } from '../../../platform/http/provider-fetch.ts';
import type { OidcSettings } from './settings.ts';

export interface OpenIssuer {
  readonly configuration: Configuration;
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
}

/** Endpoints seldom move; keys are asked for anew whenever one is not known. */
const remembered: Duration = 3_600_000;
const keysRemembered: Duration = 600_000;
const patience: Duration = 10_000;
/** Clocks of two machines, in seconds. */
export const leeway = 30;

export class Issuer {
  readonly #settings: OidcSettings;
  readonly #clock: Clock;
  #open: { readonly at: number; readonly issuer: Promise<OpenIssuer> } | undefined;

  constructor(settings: OidcSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** What failed is asked for again by the next one. Errors: whatever the libraries throw; `settings_invalid`. */
  async open(): Promise<OpenIssuer> {
    const now = this.#clock.now();
    if (this.#open && now - this.#open.at < remembered) return this.#open.issuer;
    const opening = { at: now, issuer: this.#discover() };
    this.#open = opening;
    opening.issuer.catch(() => {
      if (this.#open === opening) this.#open = undefined;
    });
    return opening.issuer;
  }

  async #discover(): Promise<OpenIssuer> {
    const { issuer, clientId, hosts, secret, timeout = patience } = this.#settings;
    // Some hundred milliseconds that nobody pays who does not log in.
    const oidc = await import('openid-client');
    const fetch = providerFetch({ issuer, hosts, timeout });
    const found = await oidc.discovery(new URL(issuer), clientId, { [oidc.clockTolerance]: leeway }, authOf(oidc, await secret()), {
      [oidc.customFetch]: fetch,
      timeout: Math.ceil(timeout / 1000),
      // Settings admit http for an issuer on this machine only.
      ...(issuer.startsWith('http:') && { execute: [oidc.allowInsecureRequests] }),
    });
    return { configuration: found, keys: await keysOf(found, fetch, timeout) };
  }
}

async function keysOf(configuration: Configuration, fetch: ProviderFetch, timeout: Duration): Promise<OpenIssuer['keys']> {
  const { jwks_uri: address, issuer } = configuration.serverMetadata();
  if (address === undefined)
    throw new CodeError('identity_unavailable', `The identity provider ${issuer} does not say where its keys are.`);
  const { createRemoteJWKSet, customFetch } = await import('jose');
  return createRemoteJWKSet(new URL(address), {
    [customFetch]: fetch,
    timeoutDuration: timeout,
    cacheMaxAge: keysRemembered,
    // Unknown keys are named by the provider's own answers only, so that a rotation need not wait for anything.
    cooldownDuration: 0,
  });
}

/** By HTTP Basic, which every provider has to know (RFC 6749, 2.3.1), unless it says that it wants the secret in the content. */
function authOf(oidc: typeof OpenId, secret: string | undefined): ClientAuth {
  if (secret === undefined) return oidc.None();
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const known = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const auth = known.includes('client_secret_basic') ? basic : post;
    return auth(server, client, body, headers);
  };
}
