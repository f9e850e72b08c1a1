// The gateway's process: restores its table, serves, and goes on serving whatever becomes of the daemon that started it.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asCodeError, CodeError } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';
import { openControl } from '../gateway/control.ts';
import { Gateway } from '../gateway/gateway.ts';
import type { SecureDoor } from '../gateway/secure/door.ts';
import { holdDirectory } from '../gateway/sole.ts';
import { TableFile } from '../gateway/table-file.ts';
import { openSeal } from '../gateway/visitor-key.ts';
import type { Address } from '../model/instance.ts';
import type { RouteTable } from '../model/route.ts';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../platform/files.ts';
import { answersOnSocket, localSocketPath } from '../platform/local-socket.ts';
import { identityOf } from '../platform/process/identity.ts';
import { mayRaise, nice, setNice } from '../platform/process/priority.ts';

const usage =
  'gateway --directory DIR --listen HOST:PORT [--join] [--processes N] [--sibling DIR]… [--visitor-key FILE] [--grace 30s] [--check] ' +
  '[--tls-listen HOST:PORT --tls-directory DIR --tls-given DIR]';

/** In its own directory where none is named. */
const visitorKey = 'visitor-key';
const defectWindow = 60_000;
const defectsAllowed = 20;

interface Settings {
  readonly directory: string;
  readonly listen: Address;
  /** Another process of this gateway listens there: share the address with it, and take no other. */
  readonly join: boolean;
  /** How many processes serve as this gateway. */
  readonly processes: number;
  /** Directories of its other processes. */
  readonly siblings: readonly string[];
  /** Holds what visitors' cookies are sealed with; the same for all processes. */
  readonly visitorKey: string | undefined;
  /** After SIGTERM, how long requests in flight may take. */
  readonly grace: number;
  /** Only finds out whether the address can be had. */
  readonly check: boolean;
  readonly tls: TlsSettings | undefined;
}

interface TlsSettings {
  readonly listen: Address;
  /** Certificates that the engine keeps, and challenges. */
  readonly directory: string;
  /** Certificates that the operator laid down. */
  readonly given: string;
}

function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      directory: { type: 'string' },
      listen: { type: 'string' },
      join: { type: 'boolean', default: false },
      processes: { type: 'string', default: '1' },
      sibling: { type: 'string', multiple: true, default: [] },
      'visitor-key': { type: 'string' },
      grace: { type: 'string', default: '30s' },
      check: { type: 'boolean', default: false },
      'tls-listen': { type: 'string' },
      'tls-directory': { type: 'string' },
      'tls-given': { type: 'string' },
    },
  });
  const listen = addressIn(values.listen);
  const grace = parseDuration(values.grace);
  if (values.directory === undefined || listen === undefined || grace === undefined)
    throw new CodeError('usage', 'The gateway needs a directory and an address to listen on.', { hint: usage });
  const { directory, join: joins, sibling: siblings, check, 'visitor-key': visitorKey } = values;
  const tls = tlsIn(addressIn(values['tls-listen']), values['tls-directory'], values['tls-given']);
  return { directory, listen, join: joins, processes: Number(values.processes), siblings, visitorKey, grace, check, tls };
}

function tlsIn(listen: Address | undefined, directory: string | undefined, given: string | undefined): TlsSettings | undefined {
  if (listen === undefined || directory === undefined || given === undefined) return undefined;
  return { listen, directory, given };
}

function addressIn(text = ''): Address | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  return port === undefined ? undefined : { host: bracketed ?? plain ?? '', port: Number(port) };
}

async function check({ listen }: Settings): Promise<void> {
  const gateway = new Gateway({ keep: async () => undefined });
  await gateway.listen(listen);
  await gateway.stop(AbortSignal.abort());
}

async function run(settings: Settings): Promise<void> {
  const { directory, grace, processes } = settings;
  await ensureDirectory(directory);
  // Everybody's requests pass here: a moment lost is lost to all of them.
  if (mayRaise()) setNice(process.pid, nice.serving);
  // Before anything is read: from here on whoever applies a table waits for us to take it.
  if (!(await holdDirectory(directory)))
    say({ message: `A process of another user has the name that keeps a second gateway from ${directory}.` });
  const controlPath = await localSocketPath(directory, 'gateway.sock');
  await refuseSecond(directory, controlPath);
  const file = new TableFile(directory);
  const secure = settings.tls && (await secureDoor(settings.tls));
  const gateway = new Gateway({
    secure,
    keep: (next) => file.save(next),
    seal: await openSeal(settings.visitorKey ?? join(directory, visitorKey)),
    tell: (message) => say({ message }),
  });
  gateway.processes = processes;
  const table = await newestTable(file, settings);
  if (table !== undefined) gateway.restore(table);
  const statePath = join(directory, 'gateway.json');
  const state = await readFileIfExists(statePath);
  const securely = secure && settings.tls && (await listenSecurely(gateway, secure, settings.tls.listen, settings.join, state));
  const listening = await listenAsTold(gateway, settings, state);
  const control = await openControl(gateway, controlPath, () => stop());
  const stop = onceThenForce(async (force) => {
    await gateway.stop(AbortSignal.any([force, AbortSignal.timeout(grace)]));
    control.close();
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await writeFileAtomic(
    statePath,
    `${JSON.stringify({ identity: identityOf(process.pid), listening, secure: securely, control: controlPath })}\n`,
  );
  const also = securely ? ` and, over TLS, on ${securely.host}:${securely.port},` : '';
  say({ message: `The gateway listens on ${listening.host}:${listening.port}${also} with route table ${table?.version ?? 0}.` });
}

/** Ours, or that of a process that was told more while there was none here; then it is ours from now on, whatever becomes of that one. */
async function newestTable(file: TableFile, { siblings }: Settings): Promise<RouteTable | undefined> {
  const own = await file.load();
  const others = await Promise.all(siblings.map((directory) => new TableFile(directory).load()));
  const newest = others.reduce((best, one) => ((one?.version ?? 0) > (best?.version ?? 0) ? one : best), own);
  if (newest !== undefined && newest !== own) await file.save(newest);
  return newest;
}

/** Two gateways with one directory would take each other's table and socket. */
async function refuseSecond(directory: string, socketPath: string): Promise<void> {
  if (await answersOnSocket(socketPath, '/observe', 1_000, new AbortController().signal))
    throw new CodeError('locked', `A gateway already runs with ${directory}.`, { hint: 'Stop it with `codectl down --all`.' });
}

/** Port 0 means "any, but stay there": who found the service at a port should find it again after a restart. */
async function listenAsTold(gateway: Gateway, { listen, join: joins }: Settings, state: string | undefined): Promise<Address> {
  if (joins) return gateway.listen(listen, 'join');
  const before = listen.port === 0 ? portIn(state, 'listening') : undefined;
  if (before !== undefined) {
    const found = await gateway.listen({ host: listen.host, port: before }, 'first').catch(() => undefined);
    if (found !== undefined) return found;
  }
  return gateway.listen(listen, 'first');
}

/** Whoever joins is told a port that others have. */
async function listenSecurely(
  gateway: Gateway,
  door: SecureDoor,
  listen: Address,
  joins: boolean,
  state: string | undefined,
): Promise<Address> {
  if (joins && listen.port !== 0) return gateway.listenSecurely(door, listen, 'join');
  const before = listen.port === 0 ? portIn(state, 'secure') : undefined;
  if (before !== undefined) {
    const found = await gateway.listenSecurely(door, { host: listen.host, port: before }, 'first').catch(() => undefined);
    if (found !== undefined) return found;
  }
  return gateway.listenSecurely(door, listen, 'first');
}

/** TLS is loaded where it is spoken only. */
async function secureDoor({ directory, given }: TlsSettings): Promise<SecureDoor> {
  const { SecureDoor: Door } = await import('../gateway/secure/door.ts');
  return new Door({ directory, given, handshakeTimeout: 10_000, tell: (message) => say({ message }) });
}

function portIn(state: string | undefined, which: 'listening' | 'secure'): number | undefined {
  return Number(new RegExp(`"${which}":\\{"host":"[^"]*","port":(\\d{1,5})\\}`).exec(state ?? '')?.[1] ?? Number.NaN) || undefined;
}

/** The first call stops in order, a second at once. */
function onceThenForce(stop: (force: AbortSignal) => Promise<void>): () => void {
  const force = new AbortController();
  let stopping = false;
  return () => {
    if (stopping) force.abort();
    else {
      stopping = true;
      // Nothing keeps the process alive but sockets and the answer to whoever asked; still, leave when the work is done.
      void stop(force.signal).finally(() => setImmediate(() => process.exit(0)));
    }
  };
}

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`);
}

/** A defect met by one connection must not cut all others; one that comes again and again is better met by a fresh process. */
function surviveDefects(): void {
  let lately: number[] = [];
  process.on('uncaughtException', (error) => {
    say({ defect: error.stack ?? error.message });
    lately = [...lately.filter((at) => at > Date.now() - defectWindow), Date.now()];
    if (lately.length > defectsAllowed) process.exit(1);
  });
}

try {
  surviveDefects();
  const settings = readSettings(process.argv.slice(2));
  await (settings.check ? check(settings) : run(settings));
} catch (thrown) {
  const { code, message, hint } = asCodeError(thrown);
  say({ failed: true, code, message, hint });
  process.exit(1);
}
