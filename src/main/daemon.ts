// The daemon's entry: control plane in one process. Killing it costs users of the deployed services nothing.
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createThrottle } from '../access/throttle.ts';
import { systemClock } from '../base/clock.ts';
import { asCodeError } from '../base/errors.ts';
import { Redactor } from '../base/redactor.ts';
import { ensureDirectory, removeIfExists, writeFileAtomic } from '../platform/files.ts';
import { visibleJson } from '../platform/guard/text.ts';
import { identityOf } from '../platform/process/identity.ts';
import { stepBack } from '../platform/process/priority.ts';
import type { Log } from '../ports/log.ts';
import { openDns } from '../surfaces/dns/surface.ts';
import { createHttpSurface } from '../surfaces/http/surface.ts';
import { locks, stores } from './adapters.ts';
import { compose } from './compose.ts';
import { zoneOf } from './dns.ts';
import type { Home } from './home.ts';
import { homeAt } from './home.ts';
import { holdLease } from './lease.ts';
import { mcpMount } from './mcp/mount.ts';
import { operationsFor } from './outside/operations.ts';
import { undoAtStart } from './prove/faults.ts';
import { loadSettings, rememberSettings } from './settings.ts';
import type { ApiTls } from './tls/api.ts';
import { apiNames, openApiTls } from './tls/api.ts';
import { version } from './version.ts';

/** Of all who come from there over TCP; what one of them may is counted apart. */
const fromOneAddress = { rate: 500, burst: 2_000 } as const;

interface RunningDaemon {
  readonly pid: number;
  readonly identity: unknown;
  readonly api: string;
  /** HOST:PORT, UDP and TCP. */
  readonly dns: string;
}

async function run(home: Home, flags: Readonly<Record<string, string>>): Promise<void> {
  const settings = loadSettings(home.settings, process.env, flags);
  // No child may see it.
  const { CODE_SECRETS_KEY: secretsKey } = process.env;
  delete process.env['CODE_SECRETS_KEY'];
  const redactor = new Redactor();
  // Who serves comes before who plans.
  stepBack();
  await ensureDirectory(home.root);
  await ensureDirectory(home.gateway);
  const place = locks.sqlite(home.lock, `The engine of ${home.root}`);
  // Names and words of instances and callers end up in it; whoever reads it reads nothing else.
  const log = pino({ level: settings.log_level, base: undefined, hooks: { streamWrite: (line) => visibleJson(redactor.hide(line)) } });
  const store = await stores.sqlite({ file: home.database });
  const lifetime = new AbortController();
  const end = (): void => lifetime.abort();
  // The lock of this home is ours, so whoever held the lease is dead. Where machines share a store, nobody can say that.
  const lease = await holdLease(store, systemClock, `daemon:${process.pid}`, true, end);
  const house = await compose({ home, settings, store, lease, log, redactor, secretsKey, exit: () => setTimeout(end, 50) });
  const { watcher } = house;
  const perAddress = createThrottle({ clock: systemClock, allowance: fromOneAddress });
  const operations = operationsFor(settings);
  const http = createHttpSurface({
    dispatcher: house.dispatcher,
    catalogue: operations,
    log,
    version,
    site: settings.login_url === '' ? {} : { url: settings.login_url },
    allowedHosts: apiNames(settings),
    count: (from) => perAddress.take(from),
    traffic: (signal) => house.engine.director.observe(signal),
    ...(watcher && { watch: () => watcher.report() }),
    mounts: [mcpMount(house.dispatcher, log, { operations })],
  });
  let tls: ApiTls | undefined;
  try {
    // First what is refused by what it is told, whatever else works.
    tls = await openApiTls({ directory: home.tls, settings, clock: systemClock, log });
    await house.start(lifetime.signal);
    await undoAtStart(home, (undone) => log.warn({ ...undone }, 'a fault of a trial that ended was found'));
    const api = await http.listenTcp(settings.api_listen.host, settings.api_listen.port, tls);
    const { listening } = await house.engine.director.observe(lifetime.signal);
    const zone = zoneOf(house.engine, listening.port);
    const { host, port } = (await openDns(settings.dns_listen, () => zone)).listening;
    const running: RunningDaemon = { pid: process.pid, identity: identityOf(process.pid), api, dns: `${host}:${port}` };
    await writeFileAtomic(home.daemon, `${JSON.stringify(running)}\n`);
    await rememberSettings(home.settings, flags);
    // Last: whoever waits for the socket reads the file next.
    await http.listenUnix(home.socket);
    log.info({ version, home: home.root, api }, 'the daemon is ready');
  } catch (thrown) {
    await house.abandon();
    throw thrown;
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  outliveDefects(log);
  await new Promise((resolve) => lifetime.signal.addEventListener('abort', resolve, { once: true }));

  await http.close();
  tls?.close();
  await house.stop();
  await lease.release();
  await store.close();
  await removeIfExists(home.daemon);
  place.release();
  log.info({}, 'the daemon ended; what is deployed goes on');
}

/** A defect in one call must not take down the loops that keep services alive; it is written down with its stack. */
function outliveDefects(log: Log): void {
  process.on('uncaughtException', (error) => log.error({ error: error.message, stack: error.stack }, 'uncaught'));
  process.on('unhandledRejection', (reason) =>
    log.error({ error: asCodeError(reason).message, stack: reason instanceof Error ? reason.stack : undefined }, 'unhandled'),
  );
}

const { values } = parseArgs({ options: { home: { type: 'string' }, set: { type: 'string', multiple: true } } });
const flags = Object.fromEntries((values.set ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
// Whoever started us reads stderr only until we are ready; a closed pipe afterwards is no reason to die.
process.stderr.on('error', () => undefined);
try {
  await run(homeAt(values.home, process.env), flags);
  process.exit(0);
} catch (thrown) {
  const error = asCodeError(thrown);
  process.stderr.write(
    `${JSON.stringify({ code: error.code, message: error.message, hint: error.hint, stack: error.code === 'internal' ? error.stack : undefined })}\n`,
  );
  process.exit(1);
}
