// What one provider is told apart by, and how it is asked.
import type { Duration } from '../../../base/units.ts';

export interface OidcSettings {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** `undefined`: a public client. Errors: `settings_invalid`. */
  readonly secret: () => Promise<string | undefined>;
  readonly scopes: readonly string[];
  readonly nameClaim: string;
  readonly groupsClaim: string;
  /** Where its endpoints may be besides the issuer's host, though it is not public. */
  readonly hosts: readonly string[];
  /** Of one request; 10 s when absent. */
  readonly timeout?: Duration;
}
