// Moving the gateway to another address: the one that serves is not given up for one that cannot be had.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createGatewayTraffic } from '../../src/adapters/traffic/gateway/gateway-traffic.ts';
import { anUpstream, aService, ask, aTable, at } from './kit.ts';

const entry = join(import.meta.dirname, '../../src/main/gateway.ts');
const never = new AbortController().signal;

async function serving() {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const engine = (host: string, port: number) => {
    const traffic = createGatewayTraffic({ directory, listen: { host, port }, command: [process.execPath, entry] });
    onTestFinished(() => traffic.stop());
    return traffic;
  };
  const app = await anUpstream();
  const first = engine('127.0.0.1', 0);
  const { port } = await first.start(never);
  await first.apply(aTable(1, [aService({ v1: [1, [at(app.port)]] })]), never);
  first.detach();
  const pid = () => (JSON.parse(readFileSync(join(directory, 'gateway.json'), 'utf8')) as { identity: { pid: number } }).identity.pid;
  return { engine, port, pid };
}

test('H4 a start at an address that is taken fails, names both addresses, and leaves the old gateway serving', async () => {
  const { engine, port, pid } = await serving();
  const before = pid();
  const taken = await anUpstream();
  await expect(engine('127.0.0.1', taken.port).start(never)).rejects.toMatchObject({
    code: 'port_taken',
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${taken.port}.*127\\.0\\.0\\.1:${port}`)),
    hint: expect.stringContaining(`--set gateway_listen=127.0.0.1:${port}`),
  });
  expect(pid()).toBe(before);
  expect((await ask(port)).body).toBe('ok');
});

test('H4 a start at an address of another machine fails and leaves the old gateway serving', async () => {
  const { engine, port, pid } = await serving();
  const before = pid();
  await expect(engine('192.0.2.1', 0).start(never)).rejects.toMatchObject({ code: 'settings_invalid' });
  expect(pid()).toBe(before);
  expect((await ask(port)).body).toBe('ok');
});

test('H4 when the same port at another host cannot be had, the old gateway comes back', async () => {
  const { engine, port } = await serving();
  await expect(engine('192.0.2.1', port).start(never)).rejects.toMatchObject({ code: 'settings_invalid' });
  expect((await ask(port)).body).toBe('ok');
});

test('H4 a free address is moved to', async () => {
  const { engine, port } = await serving();
  const moved = await engine('127.0.0.2', port).start(never);
  expect(moved).toEqual({ host: '127.0.0.2', port });
  await expect(ask(port)).rejects.toThrow(/ECONNREFUSED/);
});
