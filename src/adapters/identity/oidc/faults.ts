// What went wrong at a provider, in our words: it does not answer, it says no, or what it says does not hold.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import { visibleLine } from '../../../platform/guard/text.ts';

/** What came with a 401 (RFC 9110, 11.6.1), as the library reads it. */
const challenges = z.array(z.object({ parameters: z.object({ error: z.string().optional() }) }));

interface Named {
  readonly name: string;
  readonly issuer: string;
}

/** For what was thrown while a provider was asked. */
export function providerFault(thrown: unknown, { name, issuer }: Named): CodeError {
  const causes = causesOf(thrown);
  const ours = causes.find((one): one is CodeError => one instanceof CodeError);
  if (ours && ours.code !== 'identity_untrusted') return ours;
  const hint = ours?.hint ?? `Log in again; if it stays so, look at ${name} in login_providers, and at the log of the provider.`;
  const why = ours ? ours.message : sentenceOf(causes);
  return new CodeError('identity_untrusted', `What the identity provider ${name} (${issuer}) answered is not believed: ${why}.`, {
    hint,
    cause: thrown,
  });
}

/** The same while it says what it is. */
export function discoveryFault(thrown: unknown, { name, issuer }: Named): CodeError {
  const causes = causesOf(thrown);
  const ours = causes.find((one): one is CodeError => one instanceof CodeError);
  if (ours) return ours;
  return new CodeError(
    'identity_unavailable',
    `The identity provider ${name} does not answer as one at ${issuer}: ${sentenceOf(causes)}.`,
    {
      hint: `Look at ${issuer.replace(/\/$/, '')}/.well-known/openid-configuration, and at issuer of ${name} in login_providers.`,
      cause: thrown,
    },
  );
}

/** The provider's own word for an error (RFC 6749, 5.2; RFC 8628, 3.5), when it said one. */
export function saidError(thrown: unknown): string | undefined {
  for (const one of causesOf(thrown)) {
    if (one instanceof Error && 'error' in one && typeof one.error === 'string') return one.error;
    const challenged = challenges.safeParse(one).data?.find(({ parameters }) => parameters.error !== undefined);
    if (challenged) return challenged.parameters.error;
  }
  return undefined;
}

function causesOf(thrown: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let one = thrown; one !== undefined && causes.length < 10; one = one instanceof Error ? one.cause : undefined) causes.push(one);
  return causes;
}

/** What a provider says is shown, never obeyed. */
function sentenceOf(causes: readonly unknown[]): string {
  const said = causes.map((one) => saidError(one)).find((one) => one !== undefined);
  const last = causes.findLast((one): one is Error => one instanceof Error);
  const message = last?.message ?? 'something went wrong';
  return visibleLine(said === undefined ? message : `${said} (${message})`).slice(0, 300);
}
