// Any OpenID Connect provider: the device flow (RFC 8628) and the authorization code with PKCE (RFC 7636).
import type * as OpenId from 'openid-client';
import type { TokenEndpointResponse } from 'openid-client';
import type { Clock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Identity } from '../../../model/identity/identity.ts';
import type { CodeStart, DeviceAnswer, DeviceStart, IdentityProvider } from '../../../ports/identity.ts';
import { discoveryFault, providerFault, saidError } from './faults.ts';
import { identityIn, isWanting, verified } from './id-token.ts';
import type { OpenIssuer } from './issuer.ts';
import { Issuer } from './issuer.ts';
import type { OidcSettings } from './settings.ts';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

export function createOidcProvider(settings: OidcSettings, clock: Clock): IdentityProvider {
  return new OidcProvider(settings, clock);
}

class OidcProvider implements IdentityProvider {
  readonly name: string;
  readonly #settings: OidcSettings;
  readonly #issuer: Issuer;

  constructor(settings: OidcSettings, clock: Clock) {
    this.name = settings.name;
    this.#settings = settings;
    this.#issuer = new Issuer(settings, clock);
  }

  async beginDevice(): Promise<DeviceStart> {
    const { configuration } = await this.#open();
    if (configuration.serverMetadata().device_authorization_endpoint === undefined)
      throw new CodeError('unsupported', `The identity provider ${this.name} has no device flow, which a login from a terminal takes.`, {
        hint: 'Log in with a browser (/login), or use a token.',
      });
    const begun = await this.#ask(async (oidc) => oidc.initiateDeviceAuthorization(configuration, { scope: this.#scope }));
    const { device_code, user_code, verification_uri, verification_uri_complete, expires_in, interval } = begun;
    return {
      code: device_code,
      userCode: user_code,
      verifyAt: this.#page(verification_uri),
      ...(verification_uri_complete !== undefined && { verifyAtWithCode: this.#page(verification_uri_complete) }),
      expiresIn: expires_in * 1000,
      interval: Math.max(1, interval ?? 5) * 1000,
    };
  }

  async pollDevice(code: string): Promise<DeviceAnswer> {
    const issuer = await this.#open();
    try {
      const oidc = await import('openid-client');
      const tokens = await oidc.genericGrantRequest(issuer.configuration, deviceGrant, { device_code: code });
      return { kind: 'done', identity: await this.#identityOf(tokens, issuer) };
    } catch (thrown) {
      const known = answers[saidError(thrown) ?? ''];
      if (known) return { kind: known };
      throw providerFault(thrown, this.#settings);
    }
  }

  async beginCode(redirect: string): Promise<CodeStart> {
    const { configuration } = await this.#open();
    return this.#ask(async (oidc) => {
      const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirect,
        scope: this.#scope,
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: this.#page(url.href), redirect, state, nonce, verifier };
    });
  }

  async finishCode({ redirect, state, nonce, verifier }: CodeStart, query: string): Promise<Identity> {
    const issuer = await this.#open();
    const came = new URL(redirect);
    came.search = query;
    try {
      const oidc = await import('openid-client');
      const tokens = await oidc.authorizationCodeGrant(issuer.configuration, came, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return await this.#identityOf(tokens, issuer);
    } catch (thrown) {
      if (saidError(thrown) === 'access_denied')
        throw new CodeError('denied', `The login was refused at ${this.name}.`, {
          hint: 'Log in again, and confirm it there.',
          cause: thrown,
        });
      throw providerFault(thrown, this.#settings);
    }
  }

  get #scope(): string {
    return [...new Set(['openid', ...this.#settings.scopes])].join(' ');
  }

  async #open(): Promise<OpenIssuer> {
    try {
      return await this.#issuer.open();
    } catch (thrown) {
      throw discoveryFault(thrown, this.#settings);
    }
  }

  async #ask<T>(question: (oidc: typeof OpenId) => Promise<T>): Promise<T> {
    try {
      return await question(await import('openid-client'));
    } catch (thrown) {
      throw providerFault(thrown, this.#settings);
    }
  }

  async #identityOf({ id_token: token, access_token: access }: TokenEndpointResponse, issuer: OpenIssuer): Promise<Identity> {
    if (token === undefined) throw new CodeError('identity_untrusted', 'it gave no ID token');
    const claims = await verified(token, issuer, this.#settings.clientId);
    const { configuration } = issuer;
    if (!isWanting(claims, this.#settings) || configuration.serverMetadata().userinfo_endpoint === undefined)
      return identityIn(claims, this.#settings);
    const oidc = await import('openid-client');
    // It speaks of the same account, or it is refused.
    const more = await oidc.fetchUserInfo(configuration, access, String(claims['sub']));
    return identityIn({ ...more, ...claims }, this.#settings);
  }

  /** Where people are sent is shown to them, and opened by them. */
  #page(address: string): string {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === new URL(this.#settings.issuer).hostname))
      return url.href;
    throw new CodeError('identity_untrusted', `The identity provider ${this.name} sends people to a place that is no page of the web.`);
  }
}

const answers: Readonly<Record<string, 'waiting' | 'slower' | 'refused' | 'expired'>> = {
  authorization_pending: 'waiting',
  slow_down: 'slower',
  access_denied: 'refused',
  expired_token: 'expired',
};
