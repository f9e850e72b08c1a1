// Every plug of the product, in one list; nothing registers itself by being imported.
import { openNpmAudit } from '../adapters/advisories/npm/audit.ts';
import { openOsv } from '../adapters/advisories/osv/osv.ts';
import { createDirectoryArtifacts } from '../adapters/artifacts/directory/directory.ts';
import { createCertificates } from '../adapters/certificates/certificates.ts';
import { openEmail } from '../adapters/channels/email/email.ts';
import { openSlack } from '../adapters/channels/slack/slack.ts';
import { openTeams } from '../adapters/channels/teams/teams.ts';
import { openSigned } from '../adapters/channels/webhook/webhook.ts';
import { createOidcProvider } from '../adapters/identity/oidc/oidc.ts';
import { thisLinux } from '../adapters/machine/linux/linux.ts';
import { readPrometheus } from '../adapters/metrics/prometheus/prometheus.ts';
import { readWebhook } from '../adapters/metrics/webhook/webhook.ts';
import { networkProbes } from '../adapters/probes/network/probes.ts';
import { pinAtRegistry } from '../adapters/registries/distribution/distribution.ts';
import { openAzure } from '../adapters/repositories/azure/azure.ts';
import { openGit } from '../adapters/repositories/git/git.ts';
import { openGithub } from '../adapters/repositories/github/github.ts';
import { openGitlab } from '../adapters/repositories/gitlab/gitlab.ts';
import { createDockerInstances } from '../adapters/runtimes/docker/docker.ts';
import { createSwarmInstances } from '../adapters/runtimes/docker/swarm.ts';
import { createKubernetesRuntime } from '../adapters/runtimes/kubernetes/kubernetes.ts';
import { createProcessInstances } from '../adapters/runtimes/process/process.ts';
import { openBrave } from '../adapters/searches/brave/brave.ts';
import { KubernetesSecrets } from '../adapters/secrets/kubernetes/kubernetes.ts';
import { keysInKeyring } from '../adapters/secrets/sealed/keyring.ts';
import { keysFromText, keysInFile } from '../adapters/secrets/sealed/keys.ts';
import { SealedSecrets } from '../adapters/secrets/sealed/sealed.ts';
import { VaultSecrets } from '../adapters/secrets/vault/vault.ts';
import { holdAlone } from '../adapters/store/sqlite/sole-holder.ts';
import { openSqliteStore } from '../adapters/store/sqlite/sqlite.ts';
import { createGatewayTraffic } from '../adapters/traffic/gateway/gateway-traffic.ts';
import { openUpstream } from '../adapters/upstreams/mcp/mcp.ts';
import { openUpstreamProgram } from '../adapters/upstreams/mcp/program.ts';
import { openWebhooks } from '../adapters/webhooks/http/webhooks.ts';
import type { Outbound } from '../platform/guard/network/outbound.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { RuntimeCapabilities } from '../ports/runtime.ts';

export const stores = { sqlite: openSqliteStore };
export const locks = { sqlite: holdAlone };
export const secretStores = { sealed: SealedSecrets.open, vault: VaultSecrets.open, kubernetes: KubernetesSecrets.open };
export const secretKeys = { file: keysInFile, text: keysFromText, keyring: keysInKeyring };
export const artifactStores = { directory: createDirectoryArtifacts };
export const traffics = { gateway: createGatewayTraffic };
export const webhooks = { http: openWebhooks };
export const identityProviders = { oidc: createOidcProvider };
export const certificates = { files: createCertificates };
export const advisoryBooks = { osv: openOsv };
export const audits = { npm: openNpmAudit };
export const repositoryKinds = { git: openGit, github: openGithub, gitlab: openGitlab, azure: openAzure };
export const channelKinds = { slack: openSlack, teams: openTeams, email: openEmail, webhook: openSigned };
export const upstreamKinds = { mcp: openUpstream, program: openUpstreamProgram };
export const webSearches = { brave: openBrave };
export const machines = { linux: thisLinux };
export const probes = { network: networkProbes };

export const metricsFrom = (outbound: Outbound): Metrics => ({
  read: (source, signal) =>
    source.kind === 'prometheus' ? readPrometheus(source, outbound, signal) : readWebhook(source, outbound, signal),
});

/** Looks tags up where the runtime itself cannot. */
export const registries = { distribution: pinAtRegistry };

/** Engines that heal and place instances by themselves. */
export const clusterRuntimes = { kubernetes: createKubernetesRuntime };

/** Drivers that know single instances; `engine/supervise` makes runtimes of them. */
export const instanceDrivers = { process: createProcessInstances, docker: createDockerInstances, swarm: createSwarmInstances };
export const capabilities = {
  process: { artifacts: ['snapshot'], probedByEngine: true, lacks: ['placement'] },
  docker: { artifacts: ['image'], probedByEngine: true, lacks: ['placement'] },
  swarm: {
    artifacts: ['image'],
    probedByEngine: true,
    blind: true,
    shortfalls: [
      'an Engine before 25 lets services gain rights by setuid programs, whatever container.new_privileges says',
      'resources.memory is the limit of memory; beside it the kernel may let a service swap as much again',
    ],
  },
} as const satisfies Readonly<Record<keyof typeof instanceDrivers, RuntimeCapabilities>>;
