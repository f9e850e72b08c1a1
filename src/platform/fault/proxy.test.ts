// The proxy that is a bad network: what passes it unharmed, what does not, and an address that takes no connection at all.
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { until } from '../../../test/kit/until.ts';
import { tcpConnect } from '../probe.ts';
import { askPlainly } from './ask.ts';
import type { BadNetwork } from './proxy.ts';
import { FaultProxy } from './proxy.ts';
import { openSilence } from './silence.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

const text = 'x'.repeat(100_000);

async function proxied(network: BadNetwork, draw: () => number = () => 0) {
  const server: Server = createServer((_, response) => response.end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = new FaultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, draw);
  const to = await proxy.listen();
  proxy.become(network);
  ending.push(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return { proxy, to };
}

const ask = (to: { readonly host: string; readonly port: number }, timeout = 600_000) =>
  askPlainly({ ...to, method: 'GET', path: '/', headers: { host: 'a' }, timeout });

it('hands everything on when it has nothing to do', async () => {
  const { to, proxy } = await proxied({});
  expect(await ask(to)).toEqual({ status: 200, text });
  expect(proxy.counts).toMatchObject({ connections: 1, troubled: 0 });
});

it('is late, in order, and with the end of the connection', async () => {
  const { to } = await proxied({ delay: 300, jitter: 100 }, () => 0.5);
  const began = performance.now();
  expect(await ask(to)).toEqual({ status: 200, text });
  expect(performance.now() - began).toBeGreaterThanOrEqual(295);
});

it('is narrow', async () => {
  const { to } = await proxied({ bandwidth: 400_000 });
  const began = performance.now();
  expect(await ask(to)).toEqual({ status: 200, text });
  expect(performance.now() - began).toBeGreaterThanOrEqual(200);
});

it.for([
  ['reset', { because: 'ECONNRESET' }],
  ['truncate', { because: expect.any(String) }],
  ['stall', { because: 'no answer within 500 ms' }],
  ['trickle', { because: 'no answer within 500 ms' }],
] as const)('can %s', async ([trouble, expected]) => {
  const { to, proxy } = await proxied({ trouble });
  expect(await ask(to, trouble === 'reset' || trouble === 'truncate' ? 600_000 : 500)).toEqual(expected);
  expect(proxy.counts.troubled).toBe(1);
});

it('troubles its share, and no more', async () => {
  const lots = [0.9, 0.1, 0.9, 0.1];
  const { to, proxy } = await proxied({ trouble: 'reset', share: 0.5 }, () => lots.shift() ?? 1);
  const answers = [await ask(to), await ask(to), await ask(to), await ask(to)];
  expect(answers.map((one) => 'status' in one)).toEqual([true, false, true, false]);
  expect(proxy.counts).toMatchObject({ answers: 4, troubled: 2 });
});

it('leaves a connection half open', async () => {
  const server = createTcpServer((socket) => socket.end('done'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = new FaultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, () => 0);
  const to = await proxy.listen();
  proxy.become({ trouble: 'half_open' });
  ending.push(async () => {
    await proxy.close();
    server.close();
  });
  let [said, ended] = ['', false];
  const socket = connect(to).on('end', () => (ended = true));
  socket.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  socket.write('hello');
  await until(
    () => said,
    (now) => now === 'done',
  );
  expect(ended).toBe(false);
  socket.destroy();
});

it('is silent where nothing is taken and nothing refused', async () => {
  const silence = await openSilence();
  const probe = () => tcpConnect({ host: silence.host, port: silence.port, timeout: 500 }, new AbortController().signal);
  expect([await probe(), await probe()]).toEqual(Array(2).fill('did not accept a connection within 500ms'));
  await silence.close();
  expect(await probe()).toBe('connection refused');
});
