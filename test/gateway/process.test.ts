// The gateway as a process: it keeps its table, outlives who started it, and is started again when it dies.
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createGatewayTraffic } from '../../src/adapters/traffic/gateway/gateway-traffic.ts';
import { hasCode } from '../../src/base/errors.ts';
import { TableFile } from '../../src/gateway/table-file.ts';
import type { RouteTable } from '../../src/model/route.ts';
import type { Traffic } from '../../src/ports/traffic.ts';
import { anUpstream, aRawClient, aService, ask, aTable, at, until } from './kit.ts';

const entry = join(import.meta.dirname, '../../src/main/gateway.ts');
const shelter = join(tmpdir(), `codectl-${process.getuid?.() ?? 0}`);
const never = new AbortController().signal;

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function aTraffic(directory: string, onRestart?: () => void) {
  const listen = { host: '127.0.0.1', port: 0 };
  const traffic = createGatewayTraffic({ directory, listen, command: [process.execPath, entry], ...(onRestart && { onRestart }) });
  onTestFinished(() => traffic.stop());
  return traffic;
}

function pidOf(directory: string): number {
  return (JSON.parse(readFileSync(join(directory, 'gateway.json'), 'utf8')) as { readonly identity: { readonly pid: number } }).identity
    .pid;
}

test('starts, serves, measures and stops; its socket is its owner’s', async () => {
  const app = await anUpstream();
  const directory = aDirectory();
  const traffic = aTraffic(directory);
  const { port } = await traffic.start(never);
  expect(statSync(join(directory, 'gateway.sock')).mode & 0o777).toBe(0o600);
  await traffic.apply(aTable(3, [aService({ v1: [1, [at(app.port)]] })]), never);
  expect((await ask(port)).body).toBe('ok');
  expect(await traffic.observe(never)).toMatchObject({
    version: 3,
    listening: { host: '127.0.0.1', port },
    releases: [{ release: 'v1', requests: 1 }],
  });
  await traffic.stop();
  await expect(ask(port)).rejects.toThrow(/ECONNREFUSED/);
  await expect(traffic.observe(AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: 'gateway_unavailable' });
});

test('errors come back as they were meant', async () => {
  const traffic = aTraffic(aDirectory());
  await traffic.start(never);
  await traffic.apply(aTable(2, []), never);
  await expect(traffic.apply(aTable(1, []), never)).rejects.toMatchObject({ code: 'write_conflict', details: { version: 2 } });
  const odd = { version: 3, routes: [{ host: 'a', path: 'b', service: 'c' }], services: [] };
  await expect(traffic.apply(odd, never)).rejects.toMatchObject({ code: 'input_invalid', details: { path: 'routes[0].service' } });
});

test('a second engine adopts it; detaching leaves it running', async () => {
  const app = await anUpstream();
  const directory = aDirectory();
  const first = aTraffic(directory);
  const { port } = await first.start(never);
  await first.apply(aTable(1, [aService({ v1: [1, [at(app.port)]] })]), never);
  const pid = pidOf(directory);
  first.detach();
  const second = aTraffic(directory);
  expect((await second.start(never)).port).toBe(port);
  expect(pidOf(directory)).toBe(pid);
  expect((await ask(port)).body).toBe('ok');
});

test('R-13 killed, it is started again at once, at the same port, and serves its table from disk', async () => {
  const app = await anUpstream();
  const directory = aDirectory();
  let restarts = 0;
  const traffic = aTraffic(directory, () => restarts++);
  const { port } = await traffic.start(never);
  await traffic.apply(aTable(7, [aService({ v1: [1, [at(app.port)]] })]), never);
  const { epoch } = await traffic.observe(never);
  process.kill(pidOf(directory), 'SIGKILL');
  await until(
    'it is back',
    () => restarts,
    (count) => count === 1,
  );
  expect((await ask(port)).body).toBe('ok');
  const after = await traffic.observe(never);
  expect([after.version, after.epoch === epoch]).toEqual([7, false]);
});

/** As the engine does: a gateway that is not back yet is told again. */
async function applyAtLast(traffic: Traffic, table: RouteTable): Promise<void> {
  const told = () =>
    traffic.apply(table, never).then(
      () => true,
      (thrown: unknown) => (hasCode(thrown, 'gateway_unavailable') ? false : Promise.reject(thrown)),
    );
  await until('the gateway takes the table', told, (taken) => taken);
}

test('R-13 killed while tables are written, it comes back with one that was applied or about to be', async () => {
  const directory = aDirectory();
  let restarts = 0;
  const traffic = aTraffic(directory, () => restarts++);
  await traffic.start(never);
  let [version, applied] = [0, 0];
  for (let round = 1; round <= 5; round++) {
    const until0 = version + 10 + round * 3;
    const writing = (async () => {
      while (version < until0) {
        const next = ++version;
        await applyAtLast(traffic, aTable(next, [aService({ v1: [1, [at(1 + next)]] })]));
        applied = next;
      }
    })();
    await until(
      'some are applied',
      () => applied,
      (count) => count >= until0 - 10,
    );
    process.kill(pidOf(directory), 'SIGKILL');
    await until(
      'it is back',
      () => restarts,
      (count) => count === round,
    );
    await writing;
    const seen = await traffic.observe(never);
    expect([seen.version, applied]).toEqual([version, version]);
  }
});

test('R-13 a torn or edited table file is not followed; the one before it is', async () => {
  const directory = aDirectory();
  const file = new TableFile(directory);
  expect(await file.load()).toBeUndefined();
  const [one, two] = [aTable(1, []), aTable(2, [aService({ v1: [1, [at(1)]] })])];
  await file.save(one);
  await file.save(two);
  expect(await new TableFile(directory).load()).toEqual(two);
  const path = join(directory, 'table.json');
  const whole = readFileSync(path, 'utf8');
  for (const damage of [whole.slice(0, 40), whole.replace('"weight":1', '"weight":2'), '', 'null']) {
    writeFileSync(path, damage);
    expect(await new TableFile(directory).load()).toEqual(one);
  }
  truncateSync(join(directory, 'table.previous.json'));
  expect(await new TableFile(directory).load()).toBeUndefined();
  writeFileSync(path, whole);
  expect(await new TableFile(directory).load()).toEqual(two);
});

test('SIGTERM lets a request in flight finish, then the process ends', async () => {
  let answer: (() => void) | undefined;
  const app = await anUpstream((incoming, response) => {
    if (incoming.url === '/probe') response.end();
    else answer = () => void response.end('done');
  });
  const directory = aDirectory();
  const traffic = aTraffic(directory);
  const { port } = await traffic.start(never);
  await traffic.apply(aTable(1, [aService({ v1: [1, [at(app.port)]] })]), never);
  const client = await aRawClient(port);
  client.socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await until(
    'the request is there',
    () => app.seen.length,
    (count) => count === 1,
  );
  const stopped = traffic.stop();
  await until(
    'it listens no more',
    () =>
      ask(port, { path: '/probe' }).then(
        () => 'listens',
        () => 'gone',
      ),
    (state) => state === 'gone',
  );
  answer?.();
  expect(await client.ended()).toMatch(/Connection: close[^]*done$/);
  await stopped;
});

test('a port that is taken is said to be so', async () => {
  const app = await anUpstream();
  const traffic = createGatewayTraffic({
    directory: aDirectory(),
    listen: { host: '127.0.0.1', port: app.port },
    command: [process.execPath, entry],
  });
  await expect(traffic.start(never)).rejects.toMatchObject({ code: 'port_taken' });
});

test('a home whose path is too long for a socket works too', async () => {
  const directory = join(aDirectory(), 'x'.repeat(120));
  onTestFinished(() => {
    // The socket's shelter is shared by all engines of this user; it goes with the last of them.
    if (readdirSync(shelter).length === 0) rmdirSync(shelter);
  });
  const traffic = aTraffic(directory);
  const { port } = await traffic.start(never);
  expect((await ask(port)).reason).toBe('no_route');
});

test('whoever listens hears at once of requests that wait for an instance, also from the life after a crash', async () => {
  const directory = aDirectory();
  const traffic = aTraffic(directory);
  const told: string[] = [];
  const { port } = await traffic.start(never);
  onTestFinished(traffic.onWaiting?.((service) => told.push(service)) ?? (() => undefined));
  const policy = { hold: 20_000, connectTimeout: 1_000, responseTimeout: 1_000, idleTimeout: 1_000 };
  await traffic.apply(aTable(1, [aService({ v1: [1, []] }, { policy })]), never);
  const first = ask(port).catch(() => undefined);
  await until(
    'the first',
    () => told,
    (heard) => heard.length > 0,
  );
  expect(told[0]).toBe('shop/test/web');
  const pid = pidOf(directory);
  process.kill(pid, 'SIGKILL');
  await first;
  await until(
    'the next life',
    () => pidOf(directory),
    (next) => next !== pid,
  );
  const heardBefore = told.length;
  const second = until(
    'a gateway',
    () => ask(port).catch(() => undefined),
    (answer) => answer !== undefined,
  );
  await until(
    'the second',
    () => told.length,
    (count) => count > heardBefore,
  );
  const app = await anUpstream();
  await traffic.apply(aTable(2, [aService({ v1: [1, [at(app.port)]] }, { policy })]), never);
  expect((await second)?.status).toBe(200);
});
