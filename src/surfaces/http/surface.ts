// The HTTP surface: the same operations over a unix socket (whoever may open it is trusted) and over TCP (bearer tokens only).
import { userInfo } from 'node:os';
import { basename, dirname } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asCodeError, CodeError, systemErrorCode } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import type { TrafficObservation } from '../../model/route.ts';
import type { WatchReport } from '../../model/watch/watch.ts';
import type { Operation } from '../../operations/operation.ts';
import { removeIfExists } from '../../platform/files.ts';
import { localSocketPath, protectSocket } from '../../platform/local-socket.ts';
import { networkOf } from '../../platform/network.ts';
import { createApp } from './app.ts';
import { refuseForeigners, refuseUnsafe, withRun } from './guards.ts';
import type { ServerTls } from './listener.ts';
import type { Site } from './login/cookies.ts';
import { credentialOf } from './login/credential.ts';
import { addLoginRoutes } from './login/routes.ts';
import type { Mount } from './mount.ts';
import { pagesOf } from './pages.ts';
import type { RouteContext, SurfaceDispatcher } from './routes.ts';

/** The part of the daemon's log that the surface writes to. */
export interface SurfaceLog {
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

export interface HttpSurfaceOptions {
  readonly dispatcher: SurfaceDispatcher;
  readonly catalogue: readonly Operation[];
  readonly log: SurfaceLog;
  readonly version: string;
  /** What the gateway measures; absent where there is none. Its answer is what `/readyz` waits for. */
  readonly traffic?: (signal: AbortSignal) => Promise<TrafficObservation>;
  /** What the runtime watch found; absent: it is off. */
  readonly watch?: () => WatchReport;
  /** Host names besides loopback that requests over TCP may carry. */
  readonly allowedHosts?: readonly string[];
  /** Where browsers log in; absent: on this machine. */
  readonly site?: Site;
  /** Protocols besides our own. */
  readonly mounts?: readonly Mount[];
  /** Counts a request over TCP by where it comes from, before anything is looked up; contents count for those who send them. Errors: `rate_limited`. */
  readonly count?: (from: string) => void;
  /** Silence in a stream after which a sign of life is sent; 15 s by default. */
  readonly heartbeat?: Duration;
}

export interface HttpSurface {
  /** Where `localSocketPath` puts it. Removes a socket that a dead daemon left at the path: the caller must know that no other daemon lives. Errors: `home_unwritable`. */
  listenUnix(path: string): Promise<void>;
  /** Port 0 takes any free one; returns the URL. Errors: `settings_invalid` for a host that others reach, without TLS; `port_taken`. */
  listenTcp(host: string, port: number, tls?: ServerTls): Promise<string>;
  /** Ends streams, closes the listeners and lets calls finish; those that take longer than 5 s are cut. */
  close(): Promise<void>;
}

const patience: Duration = 5_000;

export function createHttpSurface(options: HttpSurfaceOptions): HttpSurface {
  const closing = new AbortController();
  const pages = pagesOf(options);
  const apps: FastifyInstance[] = [];
  const { site = {}, allowedHosts = [] } = options;
  const hosts = site.url === undefined ? allowedHosts : [...allowedHosts, new URL(site.url).hostname];
  const open = (credential: RouteContext['credential'], admit: (request: FastifyRequest) => void, tls?: ServerTls): FastifyInstance => {
    const { dispatcher, catalogue, log, mounts = [], heartbeat = 15_000 } = options;
    const failed = (request: FastifyRequest, thrown: unknown) =>
      log.error({ path: request.url.split('?')[0], error: asCodeError(thrown).message, stack: stackOf(thrown) }, 'a request failed');
    const broken = (operation: string, failure: unknown) =>
      log.warn({ operation, error: asCodeError(failure).message }, 'a stream ended early');
    const context = { dispatcher, meter: pages.meter, heartbeat, closing: closing.signal, credential, broken };
    const app = createApp({ catalogue, context, admit, pages: pages.all, mounts, failed, tls });
    apps.push(app);
    return app;
  };

  return {
    listenUnix: async (wanted) => {
      const path = await localSocketPath(dirname(wanted), basename(wanted));
      await removeIfExists(path);
      const { username } = userInfo();
      const app = open(
        (request) => withRun({ kind: 'local', user: username }, request),
        () => undefined,
      );
      await app.listen({ path }).catch((thrown: unknown) => {
        throw listenError(thrown, path);
      });
      await protectSocket(path);
    },
    listenTcp: async (host, port, tls) => {
      refuseUnsafe(host, tls !== undefined);
      const contents = new Set(options.catalogue.filter(({ body }) => body === 'binary').map(({ name }) => `/v1/${name}`));
      const admit = (request: FastifyRequest): void => {
        const { headers, ip, routeOptions } = request;
        if (!contents.has(routeOptions?.url ?? '')) options.count?.(networkOf(ip));
        refuseForeigners(headers, hosts, tls !== undefined);
      };
      const reached = { ...site, secure: tls !== undefined };
      const app = open((request) => withRun(credentialOf(request, reached), request), admit, tls);
      addLoginRoutes(app, { dispatcher: options.dispatcher, site: reached });
      return app
        .listen({ host, port })
        .then((url) => (tls ? url.replace(/^http:/, 'https:') : url))
        .catch((thrown: unknown) => {
          throw listenError(thrown, `${host}:${port}`);
        });
    },
    close: async () => {
      closing.abort();
      const impatient = setTimeout(() => apps.forEach((app) => app.server.closeAllConnections()), patience);
      await Promise.all([...apps, ...(options.mounts ?? [])].map((one) => one.close()));
      clearTimeout(impatient);
    },
  };
}

function listenError(thrown: unknown, where: string): unknown {
  const code = systemErrorCode(thrown);
  if (code === 'EADDRINUSE')
    return new CodeError('port_taken', `The API cannot listen on ${where}: it is taken.`, {
      hint: 'Choose another with --set api_listen=127.0.0.1:0 (any free port), CODE_API_LISTEN or codectl.yaml.',
      cause: thrown,
    });
  if (code === undefined) return thrown;
  return new CodeError('home_unwritable', `The API cannot listen on ${where} (${code}).`, {
    hint: 'Choose another address, or a shorter or writable directory with --home.',
    cause: thrown,
  });
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined;
}
