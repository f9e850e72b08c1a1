// Settings of logins: which identity providers, who of their people may do what, and how long a session lasts.
import { z } from 'zod';
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import { formatDuration, parseDuration } from '../../base/units.ts';
import { parseGrant } from '../../model/identity/grant.ts';
import type { LoginRules } from '../../model/identity/identity.ts';
import { roles } from '../../model/principal.ts';
import { parseYaml } from '../../platform/guard/document/yaml.ts';
import { isOutboundRule } from '../../platform/guard/network/outbound.ts';
import { isLoopback } from '../../platform/loopback.ts';

const word = z.string().regex(/^\S{1,200}$/, 'expected one word');
const group = z.string().min(1).max(300);

const role = z
  .strictObject({ role: word, group: group.optional(), person: word.optional(), everybody: z.literal(true).optional() })
  .refine(
    (one) => parseGrant(one.role) !== undefined,
    `expected a role (${roles.join(', ')}), and where it holds, such as operator@shop/staging`,
  )
  .refine(
    (one) => one.group !== undefined || one.person !== undefined || one.everybody,
    'expected group, person, or everybody: true, beside the role',
  );

const provider = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected a name of lower-case letters, digits and "-"'),
    issuer: z
      .url({ protocol: /^https?$/, error: 'expected the URL of the issuer' })
      .refine((text) => isSafe(text), 'expected https://…; http:// is for an issuer on this machine only'),
    client_id: z.string().min(1).max(500),
    client_secret_file: z.string().min(1).optional(),
    client_secret_env: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/, 'expected the name of an environment variable')
      .optional(),
    scopes: z.array(word).max(50).default(['profile', 'email']),
    name_claim: word.default('email'),
    groups_claim: word.default('groups'),
    hosts: z.array(z.string().refine(isOutboundRule, 'expected hosts and networks')).max(50).default([]),
    domains: z.array(word).max(50).default([]),
    groups: z.array(group).max(200).default([]),
    roles: z.array(role).max(500).default([]),
  })
  .refine(
    (one) => one.client_secret_file === undefined || one.client_secret_env === undefined,
    'expected one of client_secret_file and client_secret_env',
  );

export type ProviderSettings = z.infer<typeof provider>;

const limits = { size: 256 * 1024, depth: 10, values: 20_000 };

/** In the file as a list; in the environment and in flags as the same list in one text, JSON or YAML. */
const providers = z.preprocess(
  (value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return value.trim() === '' ? [] : parseYaml(value, limits);
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: `expected a list of providers: ${asCodeError(thrown).message}` });
      return z.NEVER;
    }
  },
  z
    .array(provider, 'expected a list of providers')
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two providers have the same name'),
);

const time = (least: Duration, most: Duration) => {
  const expected = `expected a time from ${formatDuration(least)} to ${formatDuration(most)}`;
  return z.string().refine((text) => {
    const parsed = parseDuration(text);
    return parsed !== undefined && parsed >= least && parsed <= most;
  }, expected);
};

const minute: Duration = 60_000;
const day: Duration = 24 * 60 * minute;

export const identitySettings = {
  login_providers: providers
    .default([])
    .describe('OpenID Connect providers that people log in at, and which roles they get; without any, nobody logs in'),
  login_url: z
    .string()
    .refine(
      (text) => text === '' || (URL.canParse(text) && isSafe(text) && new URL(text).pathname === '/'),
      'expected https://HOST, or http:// for this machine',
    )
    .default('')
    .describe(
      'Where browsers reach this API, such as https://deploy.example.org behind a TLS proxy; empty: where they ask, on this machine',
    ),
  login_idle: time(5 * minute, 30 * day)
    .default('2h')
    .describe('A session without a call for so long ends'),
  login_life: time(5 * minute, 30 * day)
    .default('12h')
    .describe('A session ends after so long, whatever happens'),
};

type IdentitySettings = { readonly [K in keyof typeof identitySettings]: z.infer<(typeof identitySettings)[K]> };

/** As it is shown to people, and read back: secrets are not among it, only where they are. */
export function showIdentity({ login_providers, login_url, login_idle, login_life }: IdentitySettings): Readonly<Record<string, string>> {
  const shown = login_providers.length === 0 ? '' : JSON.stringify(login_providers);
  return { login_providers: shown, login_url, login_idle, login_life };
}

export function rulesOf({ name, domains, groups, roles: given }: ProviderSettings): LoginRules {
  const rules = given.flatMap(({ role: text, ...who }) => {
    const grant = parseGrant(text);
    return grant ? [{ grant, ...who }] : [];
  });
  return { provider: name, domains, groups, roles: rules };
}

/** A login that others can read or change on its way is none. */
function isSafe(text: string): boolean {
  const { protocol, hostname, username, hash, search } = new URL(text);
  return (protocol === 'https:' || isLoopback(hostname)) && username === '' && hash === '' && search === '';
}
