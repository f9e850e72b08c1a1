// Opens what the settings name outside: repositories, channels, the web search. Nothing is asked of any of them before somebody asks for it.
import { readFileSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import { randomText } from '../../base/ids.ts';
import { ChannelBook } from '../../engine/outside/channels.ts';
import { DeliveryBook } from '../../engine/outside/delivery.ts';
import { concernOf } from '../../engine/outside/registered.ts';
import { UpstreamBook } from '../../engine/outside/upstream.ts';
import type { Outbound } from '../../platform/guard/network/outbound.ts';
import { outboundTo } from '../../platform/guard/network/outbound.ts';
import type { Channel } from '../../ports/outside/channels.ts';
import type { Machine } from '../../ports/outside/machine.ts';
import type { Repository } from '../../ports/outside/repositories.ts';
import type { WebSearch } from '../../ports/outside/search.ts';
import type { ForeignTools } from '../../ports/outside/tools.ts';
import type { Webhooks } from '../../ports/webhooks.ts';
import { channelKinds, machines, repositoryKinds, upstreamKinds, webSearches } from '../adapters.ts';
import { required, secretAt } from './secret.ts';
import type { ChannelSettings, OutsideSettings, RepositorySettings, UpstreamSettings } from './settings.ts';

export interface Outside {
  readonly delivery: DeliveryBook;
  readonly channels: ChannelBook;
  readonly upstreams: UpstreamBook;
  /** Absent: it is off. */
  readonly search?: WebSearch;
  readonly machine: Machine;
}

export interface OutsideParts {
  readonly clock: Clock;
  readonly settings: Partial<OutsideSettings> & { readonly calls_allowed?: readonly string[] };
  /** Absent: this engine sends none. */
  readonly webhooks?: Pick<Webhooks, 'send'> | undefined;
}

export function openOutside({ clock, settings, webhooks }: OutsideParts): Outside {
  const {
    repositories = [],
    channels = [],
    upstreams = [],
    calls_allowed = [],
    web_search_url: url = '',
    web_search_key_file: file = '',
  } = settings;
  const tools: Tools = { outbound: outboundTo(calls_allowed), clock, webhooks };
  const key = required('web search', secretAt({ of: 'web search', file }));
  return {
    delivery: new DeliveryBook({
      clock,
      repositories: repositories.map((one) => ({
        ...nameOf(one),
        triggers: 'triggers' in one ? one.triggers : [],
        client: repositoryOf(one, tools),
      })),
    }),
    channels: new ChannelBook({
      clock,
      random: randomText,
      channels: channels.map((one) => ({ ...nameOf(one), client: channelOf(one, tools), ...(one.watch && { watch: one.watch }) })),
    }),
    upstreams: new UpstreamBook(
      upstreams.map((one) => ({ ...nameOf({ ...one, kind: 'mcp' }), pinned: one.digest, client: upstreamOf(one, tools) })),
    ),
    machine: machines.linux,
    ...(file !== '' && { search: webSearches.brave({ url, key, outbound: tools.outbound }) }),
  };
}

interface Tools {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly webhooks: Pick<Webhooks, 'send'> | undefined;
}

type Registered = Pick<RepositorySettings | ChannelSettings, 'name' | 'application' | 'environment'> & { readonly kind: string };

function upstreamOf(settings: UpstreamSettings, { outbound }: Tools): ForeignTools {
  const { name, url = '', command, directory = '/', env_files: files = {}, token_file: file, token_env: variable } = settings;
  const of = `upstream ${name}`;
  if (!command) return upstreamKinds.mcp({ name, url, token: secretAt({ of, file, variable }), outbound });
  return upstreamKinds.program({ name, command, directory, environment: () => environmentOf(of, directory, files) });
}

/** Nothing of ours: where programs are, and the credentials that the settings give it. */
async function environmentOf(of: string, directory: string, files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const given = Object.entries(files).map(async ([name, file]) => [name, await required(of, secretAt({ of, file }))()] as const);
  return { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: directory, ...Object.fromEntries(await Promise.all(given)) };
}

function nameOf({ name, kind, application, environment }: Registered) {
  return {
    name,
    kind,
    ...concernOf({ ...(application !== undefined && { application }), ...(environment !== undefined && { environment }) }),
  };
}

function repositoryOf(settings: RepositorySettings, { outbound, clock }: Tools): Repository {
  const { name } = settings;
  if (settings.kind === 'git') return repositoryKinds.git({ name, directory: settings.directory });
  const token = secretAt({ of: `repository ${name}`, file: settings.token_file, variable: settings.token_env });
  const host = { name, url: settings.url, token, outbound, clock };
  switch (settings.kind) {
    case 'github':
      return repositoryKinds.github({ ...host, repository: settings.repository });
    case 'gitlab':
      return repositoryKinds.gitlab({ ...host, project: settings.project });
    case 'azure':
      return repositoryKinds.azure({ ...host, project: settings.project, repository: settings.repository });
  }
}

function channelOf(settings: ChannelSettings, { outbound, webhooks }: Tools): Channel {
  const { name } = settings;
  const of = `channel ${name}`;
  if (settings.kind === 'email') {
    const { host, port, tls, from, to, user, ca_file: ca } = settings;
    const password = secretAt({ of, file: settings.password_file, variable: settings.password_env });
    return channelKinds.email({
      name,
      host,
      port,
      tls,
      from,
      to,
      password,
      outbound,
      ...(user !== undefined && { user }),
      ...(ca !== undefined && { ca: certificateIn(ca) }),
    });
  }
  const url = required(of, secretAt({ of, file: settings.url_file, variable: settings.url_env }));
  if (settings.kind === 'slack') return channelKinds.slack({ name, url, outbound });
  if (settings.kind === 'teams') return channelKinds.teams({ name, url, outbound });
  if (!webhooks) throw new CodeError('unsupported', `${of}: this engine sends no webhooks.`);
  return channelKinds.webhook({ name, url, webhooks });
}

function certificateIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new CodeError('settings_invalid', `channels: ${file} cannot be read.`, {
      hint: 'Name a file with certificates, PEM.',
      cause: thrown,
    });
  }
}
