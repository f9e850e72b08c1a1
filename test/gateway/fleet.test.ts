// Two gateway processes at one address: each knows the whole table, one that dies leaves its part to the other, and nobody is refused.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GatewayTraffic } from '../../src/adapters/traffic/gateway/gateway-traffic.ts';
import { createGatewayTraffic } from '../../src/adapters/traffic/gateway/gateway-traffic.ts';
import type { Exchange } from '../../src/proving/load/traffic.ts';
import { Traffic } from '../../src/proving/load/traffic.ts';
import { anUpstream, aRawClient, aService, ask, aTable, at, until } from './kit.ts';

const entry = join(import.meta.dirname, '../../src/main/gateway.ts');
const never = new AbortController().signal;
const host = '127.0.0.1';

function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function anEngine(directory: string, processes: number, port = 0) {
  const traffic = createGatewayTraffic({ directory, listen: { host, port }, command: [process.execPath, entry], processes });
  onTestFinished(() => traffic.stop());
  return traffic;
}

const stateOf = (directory: string, number: 1 | 2) =>
  JSON.parse(readFileSync(join(directory, number === 1 ? '' : '2', 'gateway.json'), 'utf8')) as { identity: { pid: number } };
const pidOf = (directory: string, number: 1 | 2): number => stateOf(directory, number).identity.pid;

/** SIGKILL of these processes. */
function kill(directory: string, numbers: readonly (1 | 2)[]) {
  const pids = new Set(numbers.map((number) => pidOf(directory, number)));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return {
    // Collected: its first thread is a zombie already while others still hold its sockets.
    dead: () => ![...pids].some((pid) => existsSync(`/proc/${pid}`)),
    back: async (traffic: GatewayTraffic) => {
      const others = () => numbers.every((number) => !pids.has(pidOf(directory, number)));
      await until('other processes to be there', others, (there) => there);
      await serving(traffic, 2);
    },
  };
}

const serving = (traffic: GatewayTraffic, count: number) =>
  until(
    `${count} processes to serve`,
    async () => (await traffic.observe(never)).processes?.length ?? 1,
    (seen) => seen === count,
  );

/** Two processes in front of one upstream, which is `v1` in table 1. */
async function two() {
  const app = await anUpstream();
  const directory = aDirectory();
  const traffic = anEngine(directory, 2);
  const { port } = await traffic.start(never);
  await serving(traffic, 2);
  await traffic.apply(aTable(1, [aService({ v1: [1, [at(app.port)]] })]), never);
  return { app, directory, traffic, port, pids: () => [pidOf(directory, 1), pidOf(directory, 2)] as const };
}

function aLoad(port: number, keepAlive: boolean, onExchange: (one: Exchange) => void = () => undefined) {
  const plans = [{ method: 'GET', path: '/', route: 'h' }] as const;
  return new Traffic({ target: { host, port }, rate: 400, plans, keepAlive, timeout: 120_000, onExchange });
}

describe.runIf(process.platform === 'linux')('two gateway processes', () => {
  test('share the address, know the same table, and their counters add up', async () => {
    const { traffic, port } = await two();
    const asked = 60;
    for (let count = 0; count < asked; count += 1) expect((await ask(port)).body).toBe('ok');
    const seen = await traffic.observe(never);
    expect(seen).toMatchObject({ version: 1, listening: { host, port }, releases: [{ release: 'v1', requests: asked }] });
    const parts = seen.processes?.map((one) => one.releases[0]?.requests ?? 0) ?? [];
    expect(parts).toHaveLength(2);
    // Of 60 connections each process gets at least one but for a chance of 2^-59.
    expect(Math.min(...parts)).toBeGreaterThan(0);
    expect(seen.epoch.split('+')).toEqual(seen.processes?.map((one) => one.epoch));
  });

  test('R-13 one killed under load is not missed: nobody is refused, and what it had in flight is all that breaks', async () => {
    const { directory, traffic, port } = await two();
    const broken: Exchange[] = [];
    const fresh = aLoad(port, false, (one) => one.failure !== undefined && broken.push(one));
    const kept = aLoad(port, true);
    const kills: { readonly from: number; readonly to: number }[] = [];
    for (const number of [1, 2, 1, 2] as const) {
      const from = performance.now();
      const { dead, back } = kill(directory, [number]);
      await until('its death', dead, (gone) => gone);
      kills.push({ from, to: performance.now() });
      await back(traffic);
    }
    const reports = await Promise.all([kept.stop(), fresh.stop()]);
    expect(reports.flatMap((one) => Object.keys(one.failures))).not.toContain('ECONNREFUSED');
    // What was under way at a kill may break; whoever came when it was dead was served by the other.
    const late = broken.filter((one) => !kills.some(({ from, to }) => one.ended >= from && one.intended <= to));
    expect(late.map((one) => one.failure)).toEqual([]);
    expect(reports.every((one) => one.succeeded > 100)).toBe(true);
  });

  test('a table that is applied while one of them is dead is what that one serves from its first request on', async () => {
    const { directory, traffic, port, app } = await two();
    const other = await anUpstream((_, response) => void response.end('new'));
    const { back } = kill(directory, [2]);
    await traffic.apply(aTable(2, [aService({ v2: [1, [at(other.port)]] })]), never);
    await app.close();
    const load = aLoad(port, false);
    await back(traffic);
    expect(await load.stop()).toMatchObject({ failures: {} });
    expect(await traffic.observe(never)).toMatchObject({ version: 2 });
  });

  test('one that lives and does not answer fails the change of routes: it may still send requests to who is about to end', async () => {
    const { directory, traffic } = await two();
    process.kill(pidOf(directory, 2), 'SIGSTOP');
    const applied = traffic.apply(aTable(2, []), never);
    await expect(applied).rejects.toMatchObject({ code: 'gateway_unavailable', hint: expect.stringContaining('2/gateway.log') });
    process.kill(pidOf(directory, 2), 'SIGCONT');
    await traffic.apply(aTable(2, []), never);
    expect(await traffic.observe(never)).toMatchObject({ version: 2 });
  });

  test('of which one was told another table by hand differ, and that shows', async () => {
    const { directory, traffic } = await two();
    const alone = anEngine(join(directory, '2'), 1);
    await alone.apply(aTable(9, []), never);
    expect(await traffic.observe(never)).toMatchObject({ version: 1, newest: 9 });
    await traffic.apply(aTable(10, []), never);
    const seen = await traffic.observe(never);
    expect([seen.version, seen.newest]).toEqual([10, undefined]);
  });

  test('are adopted by the next engine, which may have fewer or more of them', async () => {
    const { directory, traffic, port, pids } = await two();
    const before = pids();
    traffic.detach();
    const next = anEngine(directory, 2);
    expect(await next.start(never)).toEqual({ host, port });
    expect(pids()).toEqual(before);
    next.detach();
    const less = anEngine(directory, 1);
    expect(await less.start(never)).toEqual({ host, port });
    await serving(less, 1);
    expect(() => process.kill(before[1], 0)).toThrow();
    expect(pidOf(directory, 1)).toBe(before[0]);
    less.detach();
    const more = anEngine(directory, 2);
    await more.start(never);
    await serving(more, 2);
    expect((await ask(port)).body).toBe('ok');
    expect(pidOf(directory, 1)).toBe(before[0]);
  });

  test('killed at once come back at the same address with the last table', async () => {
    const { directory, traffic, port } = await two();
    await kill(directory, [1, 2]).back(traffic);
    expect((await ask(port)).body).toBe('ok');
    expect(await traffic.observe(never)).toMatchObject({ version: 1, listening: { host, port } });
  });

  test('let what is in flight finish when they end, each its own', async () => {
    const waiting: (() => void)[] = [];
    const { traffic, port } = await two();
    const slow = await anUpstream((incoming, response) => {
      if (incoming.url === '/probe') response.end();
      else waiting.push(() => response.end('done'));
    });
    await traffic.apply(aTable(2, [aService({ v2: [1, [at(slow.port)]] })]), never);
    const clients = await Promise.all(Array.from({ length: 16 }, () => aRawClient(port)));
    for (const { socket } of clients) socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await until(
      'all to wait',
      () => waiting.length,
      (count) => count === clients.length,
    );
    const parts = (await traffic.observe(never)).inFlight;
    expect(Object.values(parts)).toEqual([clients.length]);
    const stopped = traffic.stop();
    const listens = () =>
      ask(port, { path: '/probe' }).then(
        () => true,
        () => false,
      );
    await until('nobody to listen', listens, (listening) => !listening);
    for (const answer of waiting) answer();
    for (const client of clients) expect(await client.ended()).toMatch(/Connection: close[^]*done$/);
    await stopped;
  });

  test('are never shared with another engine: its port is taken', async () => {
    const { port } = await two();
    await expect(anEngine(aDirectory(), 2, port).start(never)).rejects.toMatchObject({ code: 'port_taken' });
  });

  test('cannot be doubled: a second process with the same directory ends at once', async () => {
    const { directory, port } = await two();
    const args = [entry, '--directory', join(directory, '2'), '--listen', `${host}:${port}`, '--join'];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toContain('"code":"locked"');
  });
});
