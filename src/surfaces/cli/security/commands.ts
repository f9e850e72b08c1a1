// Commands about what is shipped.
import type { CommandSpec, OptionSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

const service: OptionSpec = { flags: '--service <name>', description: 'only this service' };

export const securityCommands: readonly CommandSpec[] = [
  {
    name: 'security scan',
    summary:
      'Compare what is live with the advisories on disk (exit code 13 when something is found, 5 when it could not be measured as a whole)',
    options: [
      service,
      { flags: '--at-least <rating>', description: 'only low, medium, high or critical ones count' },
      { flags: '--npm-audit', description: 'ask the registry of npm_registry, too, which learns what is live' },
      ...scopeOptions,
    ],
    examples: ['codectl security scan --app shop --env production', 'codectl security scan --at-least high --npm-audit --json'],
    run: async (session, given) => (await import('./security.ts')).scan(session, given),
  },
  {
    name: 'security sbom',
    summary: 'Print a bill of materials of what is live',
    options: [service, { flags: '--format <name>', description: 'cyclonedx (1.6, default) or spdx (2.3)' }, ...scopeOptions],
    examples: ['codectl security sbom --service api > api.cdx.json', 'codectl security sbom --service api --format spdx'],
    run: async (session, given) => (await import('./security.ts')).sbom(session, given),
  },
  {
    name: 'security licences',
    summary: 'List the licences of what is live, judged by licences_allow and licences_deny (exit codes as of scan)',
    options: [service, ...scopeOptions],
    examples: ['codectl security licences --app shop --env production'],
    run: async (session, given) => (await import('./security.ts')).licences(session, given),
  },
  {
    name: 'security secrets',
    summary:
      'List what looks like a secret in what is live, without showing it (exit codes as of scan); plans say it of what they would ship',
    options: [service, ...scopeOptions],
    examples: ['codectl security secrets --app shop --env production'],
    run: async (session, given) => (await import('./signing.ts')).secrets(session, given),
  },
  {
    name: 'security listing',
    arguments: '<service>',
    summary: 'Print what a signature over a service is made of: the list of its files, whose SHA-256 is the digest of its snapshot',
    options: [
      { flags: '-f, --file <path>', description: 'manifest (default: code.yaml)' },
      { flags: '--env <name>', description: 'environment (default: the only one)' },
    ],
    examples: [
      'codectl security listing api > listing.json',
      'codectl security listing api --env production | cosign sign-blob --new-bundle-format --key cosign.key --bundle api.sigstore.json -',
    ],
    run: async (session, given) => (await import('./signing.ts')).listing(session, given),
  },
  {
    name: 'security attest',
    arguments: '<bundle>',
    summary: 'Bring a signature or a provenance over an artifact (Sigstore bundle v0.3), before the artifact is planned or after',
    examples: ['codectl security attest api.sigstore.json'],
    run: async (session, given) => (await import('./signing.ts')).attest(session, given),
  },
  {
    name: 'security verify',
    summary: 'Show whose trusted key signed what is live, and who is vouched for to have built it (exit code 13 unless all is signed)',
    options: [service, ...scopeOptions],
    examples: ['codectl security verify --app shop --env production'],
    run: async (session, given) => (await import('./signing.ts')).verify(session, given),
  },
];
