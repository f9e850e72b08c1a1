// Settings of the supply chain: where advisories are, which licences are permitted, and what is asked of what is shipped.
import { z } from 'zod';
import { parseDuration } from '../../base/units.ts';
import { isExpression } from '../../decide/supply/licence.ts';
import type { EnginePorts } from '../../engine/ports.ts';
import type { SupplyOptions } from '../../engine/supply/supply.ts';
import { outboundTo } from '../../platform/guard/network/outbound.ts';
import { advisoryBooks, audits } from '../adapters.ts';
import { keysIn } from './keys.ts';

const directory = z
  .string()
  .regex(/^(?:\/.+)?$/, 'expected an absolute path')
  .default('');

/** As a list in the file, as words with commas between in flags and in the environment. */
const words = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(','))])
  .transform((all) => all.map((one) => one.trim()).filter((one) => one !== ''));
const licences = words
  .refine((all) => all.every((one) => isExpression(one) && !/\b(?:AND|OR)\b/.test(one)), 'expected ids of SPDX such as MIT,Apache-2.0')
  .default([]);

const environments = words
  .refine(
    (all) => all.every((one) => one === '*' || /^[a-z0-9][a-z0-9-]{0,62}$/.test(one)),
    'expected names of environments such as production, or *',
  )
  .default([]);

export const supplySettings = {
  advisories: directory.describe(
    'Directory with advisories of OSV, as downloaded: JSON files, or one all.zip for each ecosystem; nothing means not measured',
  ),
  advisories_max_age: z
    .string()
    .refine((text) => (parseDuration(text) ?? 0) > 0, 'expected a duration such as 7d')
    .default('7d')
    .describe('A database whose newest record is older passes nothing'),
  npm_registry: z
    .string()
    .regex(/^(?:https?:\/\/[^\s?#@]+)?$/, 'expected an address such as https://registry.example.org')
    .default('')
    .describe(
      'Registry that security scan --npm-audit asks for advisories about npm packages; it learns which are live. Nothing: none is asked',
    ),
  licences_allow: licences.describe('Licences that components may have (SPDX); empty: all that are not denied'),
  licences_deny: licences.describe('Licences that components may not have (SPDX)'),
  secret_scan: z
    .enum(['off', 'warn', 'refuse'])
    .default('warn')
    .describe('What happens to a plan that would ship what looks like a secret'),
  trusted_keys: directory.describe('Directory with public keys (*.pem, *.pub) whose signatures over artifacts count'),
  require_signature: environments.describe('Environments that take only artifacts which a trusted key signed; * means all'),
  require_provenance: environments.describe(
    'Environments that take only artifacts whose SLSA provenance a trusted key signed; * means all',
  ),
};

export type SupplySettings = { readonly [K in keyof typeof supplySettings]: z.infer<(typeof supplySettings)[K]> };

export function supplyOptions(
  settings: SupplySettings & { readonly calls_allowed: readonly string[] },
): Omit<SupplyOptions, 'ports' | 'tool'> {
  const { npm_registry: registry, calls_allowed: allowed } = settings;
  return {
    ...(registry !== '' && { audits: audits.npm({ registry, outbound: outboundTo(allowed) }) }),
    ...(settings.advisories !== '' && { advisories: advisoryBooks.osv(settings.advisories) }),
    advisoriesMaxAge: parseDuration(settings.advisories_max_age) ?? 0,
    licences: { allow: settings.licences_allow, deny: settings.licences_deny },
  };
}

/** What the planner is given. */
export function shippingParts(settings: SupplySettings): Pick<EnginePorts, 'trust' | 'shipping'> {
  return {
    ...(settings.trusted_keys !== '' && { trust: keysIn(settings.trusted_keys) }),
    shipping: { secrets: settings.secret_scan, signed: settings.require_signature, provenance: settings.require_provenance },
  };
}

/** As `loadSettings` reads them. */
export function showSupply(settings: SupplySettings): Readonly<Record<keyof SupplySettings, string>> {
  return {
    advisories: settings.advisories,
    advisories_max_age: settings.advisories_max_age,
    npm_registry: settings.npm_registry,
    licences_allow: settings.licences_allow.join(','),
    licences_deny: settings.licences_deny.join(','),
    secret_scan: settings.secret_scan,
    trusted_keys: settings.trusted_keys,
    require_signature: settings.require_signature.join(','),
    require_provenance: settings.require_provenance.join(','),
  };
}
