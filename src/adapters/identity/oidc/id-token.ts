// An ID token, believed only when all of it holds (OpenID Connect Core, 3.1.3.7; RFC 8725), and who it speaks of.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { Identity } from '../../../model/identity/identity.ts';
import { visibleLine } from '../../../platform/guard/text.ts';
import type { OpenIssuer } from './issuer.ts';
import { leeway } from './issuer.ts';
import type { OidcSettings } from './settings.ts';

/** Signatures by a key that only the provider has. Neither none, nor one by a secret that both know. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

export type Claims = Readonly<Record<string, unknown>>;

/** The library has compared the claims already; here the signature is verified, by which they are the provider's. Errors: whatever it throws. */
export async function verified(token: string, { keys, configuration }: OpenIssuer, clientId: string): Promise<Claims> {
  const { jwtVerify } = await import('jose');
  const { payload } = await jwtVerify(token, keys, {
    issuer: configuration.serverMetadata().issuer,
    audience: clientId,
    algorithms,
    clockTolerance: leeway,
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
  });
  // Of a token for several, or made for another client of ours at that provider.
  const { azp } = payload;
  if (azp !== undefined && azp !== clientId) throw new CodeError('identity_untrusted', 'its ID token was made for another client (azp)');
  return payload;
}

/** They are kept with the session, which is read at every call. */
const mostGroups = 500;
const names = z.union([
  z.array(z.string().max(300)).max(mostGroups),
  z
    .string()
    .max(300)
    .transform((one) => [one]),
]);
/** Ids of principals stand in policies, audits and terminals. */
const nameForm = /^[\w.@+-]{1,90}$/;

/** Errors: `identity_untrusted`, naming the claim. */
export function identityIn(claims: Claims, { name: provider, nameClaim, groupsClaim }: OidcSettings): Identity {
  const subject = z.string().min(1).max(255).safeParse(claims['sub']).data;
  if (subject === undefined) throw new CodeError('identity_untrusted', 'it does not say which account it is (sub)');
  const email = claims['email_verified'] === true ? z.email().max(254).safeParse(claims['email']).data : undefined;
  const said = nameClaim === 'email' ? email : claims[nameClaim];
  if (typeof said !== 'string')
    throw new CodeError('identity_untrusted', `it says no ${nameClaim === 'email' ? 'verified email' : nameClaim} of that account`, {
      hint: `Ask for a scope that brings it, or name another claim as name_claim of ${provider}.`,
    });
  const name = said.toLowerCase();
  if (!nameForm.test(name))
    throw new CodeError('identity_untrusted', `${nameClaim} is ${JSON.stringify(visibleLine(said.slice(0, 100)))}, which is no name here`, {
      hint: `Letters, digits and . _ @ + - are, at most 90; name another claim as name_claim of ${provider}.`,
    });
  const groups = groupsIn(claims[groupsClaim] ?? [], groupsClaim);
  return { provider, subject, name, ...(email !== undefined && { email: email.toLowerCase() }), groups };
}

function groupsIn(said: unknown, claim: string): readonly string[] {
  const groups = names.safeParse(said).data;
  if (groups) return groups;
  throw new CodeError('identity_untrusted', `${claim} is no list of at most ${mostGroups} names`, {
    hint: 'Let the provider send only groups that matter here, or name another claim as groups_claim.',
  });
}

/** Whether the user's own page at the provider has to be asked as well: many keep groups and addresses there. */
export function isWanting(claims: Claims, { nameClaim, groupsClaim }: OidcSettings): boolean {
  return claims[groupsClaim] === undefined || claims[nameClaim] === undefined || claims['email'] === undefined;
}
