// One run of the CLI: its flags, its output, and the daemon it talks to.
import { isIPv4 } from 'node:net';
import { basename, dirname, resolve } from 'node:path';
import { CodeError } from '../../base/errors.ts';
import type { Endpoint } from '../../platform/http/client.ts';
import type { Api } from './api.ts';
import type { CliHost } from './host.ts';
import type { Out } from './out.ts';

export interface SharedFlags {
  readonly home?: string;
  readonly host?: string;
  readonly tokenFile?: string;
}

export interface Session {
  readonly world: CliHost;
  readonly flags: SharedFlags;
  readonly out: Out;
  readonly signal: AbortSignal;
  /** Somebody can be asked: a terminal at both ends, and no `--json`. */
  readonly canAsk: boolean;
  /** The daemon's operations; connects when something is called. Errors: `usage` for flags that do not fit. */
  api(): Promise<Api>;
  /** Where the daemon is. Errors: as `api`. */
  endpoint(): Promise<Endpoint>;
  /** As the user named it, from where the user stands. */
  path(given: string): string;
  close(): void;
}

export function createSession(world: CliHost, flags: SharedFlags, out: Out): Session {
  let api: Api | undefined;
  return {
    world,
    flags,
    out,
    signal: world.signal,
    canAsk: world.stdin.isTTY === true && world.stdout.isTTY === true && !out.json,
    api: async () => {
      if (api === undefined) {
        const { createApi } = await import('./api.ts');
        api = createApi(await endpointOf(world, flags), world.signal);
      }
      return api;
    },
    endpoint: () => endpointOf(world, flags),
    path: (given) => resolve(world.directory, given),
    close: () => api?.close(),
  };
}

function endpointOf(world: CliHost, flags: SharedFlags): Promise<Endpoint> {
  return flags.host === undefined ? endpointHere(world, flags) : endpointAt(flags.host, world, flags);
}

async function endpointHere(world: CliHost, { home, tokenFile }: SharedFlags): Promise<Endpoint> {
  if (tokenFile !== undefined)
    throw new CodeError('usage', '--token-file is for a daemon elsewhere; --host is missing.', {
      hint: 'Add --host URL, or leave --token-file out: this machine needs no token.',
    });
  const { localSocketPath } = await import('../../platform/local-socket.ts');
  const { socket } = world.home(home);
  return { kind: 'socket', path: await localSocketPath(dirname(socket), basename(socket)) };
}

async function endpointAt(host: string, world: CliHost, { home, tokenFile }: SharedFlags): Promise<Endpoint> {
  const url = parseUrl(host);
  const { root } = world.home(home);
  const kept = tokenFile === undefined ? await sessionKept(root, url) : undefined;
  if (url.protocol === 'http:') refuseReadable(url, tokenFile !== undefined || kept !== undefined);
  if (url.protocol === 'http:' && tokenFile === undefined)
    return { kind: 'url', url: url.href, ...(kept !== undefined && { token: kept }) };
  const { clientTls, readCredentials } = await import('./access/credentials.ts');
  const shown = tokenFile === undefined ? { authorities: '', token: kept } : await readCredentials(resolve(world.directory, tokenFile));
  const token = shown.token === undefined ? {} : { token: shown.token };
  if (url.protocol === 'https:') return { kind: 'url', url: url.href, ...token, tls: await clientTls(root, shown) };
  if (shown.token !== undefined) return { kind: 'url', url: url.href, ...token };
  throw new CodeError('usage', `--token-file: ${tokenFile} holds no token, and a certificate is shown by TLS only.`, {
    hint: 'Use https://.',
  });
}

/** Without TLS everybody on the way reads along. Errors: `usage`. */
function refuseReadable({ hostname, origin }: URL, confidential: boolean): void {
  if (!confidential || staysHere(hostname)) return;
  throw new CodeError('usage', `A token would travel readable to ${origin}.`, { hint: 'Use https://, or an SSH tunnel to localhost.' });
}

/** Of somebody who logged in there. */
async function sessionKept(root: string, { origin }: URL): Promise<string | undefined> {
  const { keptFor } = await import('./identity/kept.ts');
  return (await keptFor(root, origin))?.secret;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new CodeError('usage', `--host: ${JSON.stringify(text)} is not a URL.`, { hint: 'Give it as http://127.0.0.1:7070 or https://…' });
}

/** Names that no resolver can lead elsewhere; a name that only begins like one (`127.example.org`) is anybody's. `URL` writes IPv4 in one way. */
function staysHere(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}
