// security.*: what is live, looked at from its supply chain. Words of the house: met, not_met, not_measured; no data is never a pass.
import { z } from 'zod';
import type { ServiceScan } from '../../../engine/supply/compare.ts';
import { ratings } from '../../../model/supply/finding.ts';
import { defineCall } from '../../operation.ts';
import { scopeInput, yes } from '../../schemas.ts';

const service = z.string().max(100).optional().describe('All, when none is named');
const measured = z.enum(['met', 'not_met', 'not_measured']);
const ofRelease = { service: z.string(), release: z.string() };
const unmeasured = z.array(z.string()).describe('What keeps it from being measured as a whole, each with the reason');

const findingView = z.object({
  id: z.string().describe('Of the record'),
  aliases: z.array(z.string()).describe('What else the same weakness is called'),
  purl: z.string(),
  version: z.string(),
  fixed: z.array(z.string()),
  severity: z
    .object({ score: z.number(), rating: z.enum(ratings), vector: z.string() })
    .optional()
    .describe('Computed from the CVSS vector of the record; absent: it states none'),
  summary: z.string().optional(),
  sources: z.array(z.string()).describe('Where each record was read, below the directory of advisories or at a registry'),
  modified: z.string().describe('When the record was modified; of a registry, which does not say it, when it was asked'),
  found: z.array(z.string()).describe('Files of the artifact that tell of the component'),
});

export const scanView = z.object({
  ...ofRelease,
  state: measured,
  findings: z.array(findingView),
  ecosystems: z.array(
    z.object({
      ecosystem: z.string(),
      components: z.int(),
      state: measured,
      because: z.string().optional(),
      as_of: z.string().optional().describe('When the newest record of the database was modified, or the registry was asked'),
      records: z.int().optional(),
      asked: z.string().optional().describe('The registry that was asked beside the database'),
    }),
  ),
  unmeasured,
});

export const licencesView = z.object({
  ...ofRelease,
  state: measured,
  components: z.array(
    z.object({
      purl: z.string(),
      licence: z.string().optional(),
      state: measured,
      because: z.string().optional(),
      found: z.array(z.string()),
    }),
  ),
  unmeasured,
});

export const exposedView = z.object({
  ...ofRelease,
  state: measured,
  findings: z.array(z.object({ path: z.string(), line: z.int(), kind: z.string(), shown: z.string() })),
  files: z.int().describe('How many were read'),
  unmeasured,
});

const signatureView = z.object({
  state: measured,
  because: z.string(),
  key: z.string().optional().describe('Name of the key that fits'),
  builder: z.string().optional(),
});

export const signaturesView = z.object({
  ...ofRelease,
  artifact: z.string().optional(),
  signature: signatureView,
  provenance: signatureView,
});

const iso = (at: number): string => new Date(at).toISOString();

export const securityOperations = [
  defineCall({
    name: 'security.sbom',
    summary: 'Lists what live services consist of, as a bill of materials for each (CycloneDX 1.6 or SPDX 2.3).',
    effect: 'read',
    input: z.strictObject({ ...scopeInput, service, format: z.enum(['cyclonedx', 'spdx']).default('cyclonedx') }),
    output: z.object({ bills: z.array(z.object({ ...ofRelease, document: z.record(z.string(), z.unknown()) })) }),
    handler: async ({ service: name, format, ...scope }, { services, signal }) => {
      const bills = await services.supply.bills(scope, name, format, signal);
      return { bills: bills.map(({ document, ...rest }) => ({ ...rest, document: { ...document } })) };
    },
  }),
  defineCall({
    name: 'security.scan',
    summary:
      'Compares what live services consist of with the advisories on disk (OSV), and with those of a registry where that is wanted. Without a dated database the answer is not_measured.',
    effect: 'read',
    input: z.strictObject({
      ...scopeInput,
      service,
      at_least: z.enum(ratings).optional().describe('Findings below it are told, but do not count; those of unknown severity do'),
      npm_audit: yes
        .default(false)
        .describe('Ask the registry of the settings (npm_registry), too: it learns names and versions of the npm packages that are live'),
    }),
    output: z.object({ state: measured, services: z.array(scanView) }),
    handler: async ({ service: name, at_least, npm_audit, ...scope }, { services, signal }) => {
      const scans = await services.supply.scan(scope, name, { atLeast: at_least, npmAudit: npm_audit }, signal);
      return { state: worst(scans), services: scans.map(viewScan) };
    },
  }),
  defineCall({
    name: 'security.licences',
    summary: 'Lists the declared licences of what live services consist of, judged by the lists of the settings.',
    effect: 'read',
    input: z.strictObject({ ...scopeInput, service }),
    output: z.object({ state: measured, services: z.array(licencesView) }),
    handler: async ({ service: name, ...scope }, { services, signal }) => {
      const all = await services.supply.licences(scope, name, signal);
      return {
        state: worst(all),
        services: all.map(({ components, unmeasured: open, ...rest }) => ({
          ...rest,
          components: components.map(({ found, ...one }) => ({ ...one, found: [...found] })),
          unmeasured: [...open],
        })),
      };
    },
  }),
  defineCall({
    name: 'security.secrets',
    summary: 'Lists what looks like a secret in the snapshots of live services: where and of which kind, never the secret.',
    effect: 'read',
    input: z.strictObject({ ...scopeInput, service }),
    output: z.object({ state: measured, services: z.array(exposedView) }),
    handler: async ({ service: name, ...scope }, { services, signal }) => {
      const all = await services.supply.secrets(scope, name, signal);
      return {
        state: worst(all),
        services: all.map(({ findings, unmeasured: open, ...rest }) => ({ ...rest, findings: [...findings], unmeasured: [...open] })),
      };
    },
  }),
  defineCall({
    name: 'security.signatures',
    summary: 'Says of live services whose trusted key signed their artifact, and who is vouched for to have built it (SLSA).',
    effect: 'read',
    input: z.strictObject({ ...scopeInput, service }),
    output: z.object({ services: z.array(signaturesView) }),
    handler: async ({ service: name, ...scope }, { services }) => ({ services: [...(await services.supply.signatures(scope, name))] }),
  }),
];

type Measured = z.infer<typeof measured>;

export function worst(all: readonly { readonly state: Measured }[]): Measured {
  if (all.some(({ state }) => state === 'not_met')) return 'not_met';
  return all.length === 0 || all.some(({ state }) => state === 'not_measured') ? 'not_measured' : 'met';
}

type Scan = ServiceScan;

function viewScan({ findings, ecosystems, unmeasured: open, ...rest }: Scan): z.infer<typeof scanView> {
  return {
    ...rest,
    findings: findings.map(({ modified, aliases, fixed, sources, found, ...one }) => ({
      ...one,
      aliases: [...aliases],
      fixed: [...fixed],
      sources: [...sources],
      found: [...found],
      modified: iso(modified),
    })),
    ecosystems: ecosystems.map(({ asOf, ...one }) => ({ ...one, ...(asOf !== undefined && { as_of: iso(asOf) }) })),
    unmeasured: [...open],
  };
}
