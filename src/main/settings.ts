// How the engine runs: defaults, then `codectl.yaml` in the home directory, then `CODE_*`, then flags. Strict like the manifest.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { CodeError, systemErrorCode } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';
import { sharesAddresses } from '../gateway/listen.ts';
import { readFileIfExists, writeFileAtomic } from '../platform/files.ts';
import { parseYaml } from '../platform/guard/document/yaml.ts';
import { isOutboundRule } from '../platform/guard/network/outbound.ts';
import { identitySettings, showIdentity } from './identity/settings.ts';
import { refusePrograms } from './outside/programs.ts';
import { outsideSettings, showOutside } from './outside/settings.ts';
import { dockerSettings } from './runtimes/docker.ts';
import { kubernetesSettings } from './runtimes/kubernetes.ts';
import { secretSettings, showSecrets } from './secrets/settings.ts';
import { vaultSettings } from './secrets/vault.ts';
import { showSupply, supplySettings } from './supply/settings.ts';
import { showTlsSettings, tlsSettings } from './tls/settings.ts';

const listen = z
  .string()
  .regex(/^[^\s:]+:\d{1,5}$/, 'expected HOST:PORT, for example 127.0.0.1:8080')
  .transform((text) => {
    const at = text.lastIndexOf(':');
    return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'a port is at most 65535');

const portRange = z
  .string()
  .regex(/^\d{4,5}-\d{4,5}$/, 'expected FIRST-LAST, for example 20000-29999')
  .transform((text) => {
    const [first = 0, last = 0] = text.split('-').map(Number);
    return { first, last };
  })
  .refine(({ first, last }) => first < last && last <= 65_535, 'the first port must be below the last, and that at most 65535');

const mostProcesses = 16;

/** `auto`: two where two can run at the same time and share an address, else one. */
const gatewayProcesses = z
  .union([z.literal('auto'), z.coerce.number().int().min(1).max(mostProcesses)], `expected auto or a number from 1 to ${mostProcesses}`)
  .refine(
    (count) => sharesAddresses || count === 'auto' || count === 1,
    'processes cannot share an address on this system; expected auto or 1',
  );

const runtimeNames = ['process', 'docker', 'swarm', 'kubernetes'] as const;
const isRuntime = (name: string): name is (typeof runtimeNames)[number] => (runtimeNames as readonly string[]).includes(name);

const runtimes = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every(isRuntime) && new Set(names).size === names.length, `expected one or more of ${runtimeNames.join(',')}`)
  .transform((names) => names.filter(isRuntime));

/** As a list in the file, as words with commas between in flags and in the environment. `any`: no rules. */
const callsAllowed = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(','))], 'expected any, or hosts and networks')
  .transform((rules) => rules.map((rule) => rule.trim()).filter((rule) => rule !== ''))
  .refine(
    (rules) =>
      (rules.length === 1 && rules[0] === 'any') || (rules.length > 0 && rules.every((rule) => rule !== 'any' && isOutboundRule(rule))),
    'expected any, or hosts and networks such as metrics.example.org, *.example.org, 10.0.0.0/8',
  )
  .transform((rules) => rules.filter((rule) => rule !== 'any'));

const watchEvery = z.string().refine((text) => parseDuration(text) !== undefined, 'expected a duration such as 5s, or 0s');

/** Key, environment variable, meaning. */
const schema = z.strictObject({
  gateway_listen: listen.default({ host: '127.0.0.1', port: 8080 }).describe('Where the gateway takes requests'),
  gateway_tls_listen: z
    .union([z.literal('off'), listen], 'expected off or HOST:PORT, for example 0.0.0.0:443')
    .default('off')
    .describe('Where the gateway takes requests over TLS, for routes with tls; off: nowhere'),
  gateway_processes: gatewayProcesses
    .default('auto')
    .describe('How many processes the gateway has; they share its address, and limits on connections are each one’s own'),
  api_listen: listen
    .default({ host: '127.0.0.1', port: 7070 })
    .describe('Where the HTTP API takes requests (bearer tokens); port 0 takes any free one'),
  ...tlsSettings,
  dns_listen: listen
    .default({ host: '127.0.0.1', port: 0 })
    .describe('Where names of services are answered by DNS, UDP and TCP; port 0 takes any free one'),
  port_range: portRange.default({ first: 20_000, last: 29_999 }).describe('Ports given to processes as $PORT'),
  starts_at_once: z.coerce
    .number('expected a number of instances')
    .int()
    .min(1)
    .max(1000)
    .default(availableParallelism())
    .describe('How many instances may start at the same time on this machine; the default is its number of cores'),
  runtimes: runtimes.default([...runtimeNames]).describe('Which runtimes this engine has; a manifest names one for each environment'),
  ...dockerSettings,
  ...kubernetesSettings,
  ...vaultSettings,
  ...identitySettings,
  ...supplySettings,
  ...outsideSettings,
  ...secretSettings,
  calls_allowed: callsAllowed
    .default([])
    .describe(
      'Where metrics, webhooks and image registries of manifests may lead (docker.io is one): hosts, *.DOMAIN, addresses and networks, with commas between; any is everywhere but link-local addresses and those of cloud metadata',
    ),
  watch_every: watchEvery
    .default('5s')
    .describe('How often the runtime watch looks at what instances do: ports, connections, programs, memory; 0s: never'),
  log_level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe("How much the daemon's own log says"),
});

export type Settings = z.infer<typeof schema>;
/** What `gateway_processes` means on this machine. */
export function processCount({ gateway_processes: wanted }: Settings): number {
  if (wanted !== 'auto') return wanted;
  return sharesAddresses ? Math.min(2, availableParallelism()) : 1;
}

export type SettingFlags = Readonly<Record<string, string>>;

/** Errors: `settings_invalid` naming the source, the key, and what was expected. */
export function loadSettings(file: string, environment: NodeJS.ProcessEnv, flags: SettingFlags): Settings {
  const keys = Object.keys(schema.shape);
  const fromEnvironment = Object.fromEntries(
    keys.flatMap((key) => {
      const value = environment[`CODE_${key.toUpperCase()}`];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const merged = { ...readSettingsFile(file), ...fromEnvironment, ...flags };
  const parsed = schema.safeParse(merged);
  const source = (key: string) => sourceOf(key, file, flags, fromEnvironment);
  if (!parsed.success) throw settingsError(parsed.error, source);
  refusePrograms(parsed.data, file, source('upstreams'));
  return parsed.data;
}

function sourceOf(key: string, file: string, flags: SettingFlags, fromEnvironment: SettingFlags): string {
  if (key in flags) return 'flags';
  return key in fromEnvironment ? `CODE_${key.toUpperCase()}` : file;
}

function settingsError(error: z.ZodError, source: (key: string) => string): CodeError {
  const [issue] = error.issues;
  const [top, ...inner] = issue?.path.map(String) ?? [];
  const unknown = issue?.code === 'unrecognized_keys' && top === undefined;
  const key = unknown ? (issue.keys[0] ?? '') : (top ?? '');
  const message = unknown ? `unknown key; known are ${Object.keys(schema.shape).join(', ')}` : issue?.message;
  return new CodeError('settings_invalid', `${source(key)}: ${[key, ...inner].join('.')}: ${message}`, {
    hint: 'Correct it there, or leave it out: then the default holds.',
  });
}

/** Keeps settings that were given for one start in the home's file, so that the next start is like this one. Comments there stay. */
export async function rememberSettings(file: string, flags: SettingFlags): Promise<void> {
  if (Object.keys(flags).length === 0) return;
  const document = parseDocument((await readFileIfExists(file)) ?? '');
  for (const [key, value] of Object.entries(flags)) document.set(key, value);
  await writeFileAtomic(file, document.toString());
}

/** As it is shown to people: the texts that `loadSettings` reads. */
export function showSettings(settings: Settings): Readonly<Record<string, string>> {
  return {
    gateway_listen: `${settings.gateway_listen.host}:${settings.gateway_listen.port}`,
    gateway_tls_listen: addressText(settings.gateway_tls_listen),
    gateway_processes: String(settings.gateway_processes),
    api_listen: `${settings.api_listen.host}:${settings.api_listen.port}`,
    ...showTlsSettings(settings),
    starts_at_once: String(settings.starts_at_once),
    dns_listen: `${settings.dns_listen.host}:${settings.dns_listen.port}`,
    port_range: `${settings.port_range.first}-${settings.port_range.last}`,
    runtimes: settings.runtimes.join(','),
    docker_host: settings.docker_host,
    docker_tls: settings.docker_tls,
    docker_reach: settings.docker_reach,
    docker_config: settings.docker_config,
    docker_patience: settings.docker_patience,
    kubernetes_config: settings.kubernetes_config,
    kubernetes_context: settings.kubernetes_context,
    kubernetes_namespace: settings.kubernetes_namespace,
    kubernetes_gateway: settings.kubernetes_gateway,
    ...showSupply(settings),
    ...showSecrets(settings),
    ...showIdentity(settings),
    ...showOutside(settings),
    calls_allowed: settings.calls_allowed.length === 0 ? 'any' : settings.calls_allowed.join(','),
    log_level: settings.log_level,
  };
}

function addressText(listen: Settings['gateway_tls_listen']): string {
  return listen === 'off' ? listen : `${listen.host}:${listen.port}`;
}

/** A few dozen keys with comments. */
const limits = { size: 256 * 1024, depth: 10, values: 20_000 };

function readSettingsFile(file: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = parseYaml(readFileSync(file, 'utf8'), limits);
    if (content === null || content === undefined) return {};
    if (typeof content === 'object' && !Array.isArray(content)) return { ...content };
    throw new CodeError('settings_invalid', `${file}: expected a mapping of settings.`);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return {};
    if (thrown instanceof CodeError) throw thrown;
    throw new CodeError('settings_invalid', `${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
  }
}
