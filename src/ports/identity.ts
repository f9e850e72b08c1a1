// Who people are is said by somebody else: a provider that they log in at, by a code typed on another device or in a browser.
import type { Duration } from '../base/units.ts';
import type { Identity } from '../model/identity/identity.ts';

/**
 * No wait is longer than some seconds. Errors of all: `identity_unavailable` when it does not answer, or not as a provider does;
 * `identity_untrusted` for an answer that does not hold; `settings_invalid` for a secret that is not where the settings say.
 */
export interface IdentityProvider {
  /** As the settings call it. */
  readonly name: string;
  /** Errors also: `unsupported` where it has no device flow. */
  beginDevice(): Promise<DeviceStart>;
  /** Asks once. */
  pollDevice(code: string): Promise<DeviceAnswer>;
  /** `redirect`: where the browser comes back to. */
  beginCode(redirect: string): Promise<CodeStart>;
  /** `query`: with what it came back. Errors also: `denied` when the person, or the provider, did not want to. */
  finishCode(start: CodeStart, query: string): Promise<Identity>;
}

export interface DeviceStart {
  /** Known to us and the provider only. */
  readonly code: string;
  /** What the person types. */
  readonly userCode: string;
  /** Where. */
  readonly verifyAt: string;
  /** The same with the code in it. */
  readonly verifyAtWithCode?: string;
  readonly expiresIn: Duration;
  /** Between two questions. */
  readonly interval: Duration;
}

export type DeviceAnswer =
  | { readonly kind: 'waiting' }
  /** Asked too often: from now on 5 s more between two questions (RFC 8628, 3.5). */
  | { readonly kind: 'slower' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'done'; readonly identity: Identity };

/** What must come back, kept until it does; none of it is shown to the browser but in `url`. */
export interface CodeStart {
  /** Where the browser is sent. */
  readonly url: string;
  readonly redirect: string;
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636. */
  readonly verifier: string;
}
