// Internal names and addresses: found by their own host, at their own address of loopback, by nobody from outside.
import { request } from 'node:http';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { isNear } from '../../src/gateway/routing/near.ts';
import type { RouteTable } from '../../src/model/route.ts';
import { anUpstream, aService, ask, at } from './kit.ts';

const own = '127.77.12.9';

function aTableWith(version: number, port: number, hosts: readonly string[]): RouteTable {
  const routes = hosts.map((host) => ({ host, path: '/', service: 'shop/test/api', internal: true }));
  return { version, services: [aService({ v1: [1, [at(port)]] }, { key: 'shop/test/api' })], routes };
}

function askAt(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end();
  });
}

async function aGatewayAt(host: string, options: Partial<GatewayOptions> = {}) {
  const gateway = new Gateway({ keep: async () => {}, ...options });
  const { port } = await gateway.listen({ host, port: 0 });
  onTestFinished(() => gateway.stop(AbortSignal.abort()));
  return { gateway, port };
}

test('a service answers to its internal name for callers nearby, and not to requests that a proxy brought from elsewhere', async () => {
  const api = await anUpstream();
  const { gateway, port } = await aGatewayAt('127.0.0.1');
  await gateway.apply(aTableWith(1, api.port, ['api.test.shop.internal']));
  const headers = { host: 'api.test.shop.internal' };
  expect((await ask(port, { headers })).status).toBe(200);
  for (const brought of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto', 'x-client-ip', 'via'])
    expect(await ask(port, { headers: { ...headers, [brought]: '198.51.100.7' } })).toMatchObject({ status: 404, reason: 'no_route' });
});

test.skipIf(process.platform !== 'linux')(
  'an address of loopback is open as long as a table names it, whatever address the gateway has',
  async () => {
    const api = await anUpstream();
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const { gateway, port } = await aGatewayAt(host);
      await gateway.apply(aTableWith(1, api.port, [own]));
      expect(await askAt(own, port)).toBe(200);
      await gateway.apply(aTableWith(2, api.port, [own, '127.77.12.10']));
      expect([await askAt(own, port), await askAt('127.77.12.10', port)]).toEqual([200, 200]);
      await gateway.apply(aTableWith(3, api.port, []));
      if (host === '0.0.0.0') expect(await askAt(own, port)).toBe(404);
      else await expect(askAt(own, port)).rejects.toThrow(/ECONNREFUSED/);
    }
  },
);

test.skipIf(process.platform !== 'linux')('a gateway that starts with a table has the addresses of it', async () => {
  const api = await anUpstream();
  const gateway = new Gateway({ keep: async () => {} });
  gateway.restore(aTableWith(1, api.port, [own]));
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => gateway.stop(AbortSignal.abort()));
  expect(await askAt(own, port)).toBe(200);
});

test.skipIf(process.platform !== 'linux')(
  'no more addresses are open than may be, and one that cannot be had is told of once, until it can',
  async () => {
    const api = await anUpstream();
    const told: string[] = [];
    const { gateway, port } = await aGatewayAt('127.0.0.1', { limits: { maxDoors: 2 }, tell: (message) => told.push(message) });
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port, own, resolve));
    await gateway.apply(aTableWith(1, api.port, [own]));
    await gateway.apply(aTableWith(2, api.port, [own]));
    expect(told).toEqual([expect.stringMatching(/^The service at 127\.77\.12\.9 is reached by its name only: .*another program does/)]);
    await new Promise((resolve) => taken.close(resolve));
    await gateway.apply(aTableWith(3, api.port, [own, '127.77.12.10', '127.77.12.11']));
    expect(await Promise.all([own, '127.77.12.10'].map((host) => askAt(host, port)))).toEqual([200, 200]);
    await expect(askAt('127.77.12.11', port)).rejects.toThrow(/ECONNREFUSED/);
    expect(told.slice(1)).toEqual(['The service at 127.77.12.11 is reached by its name only: the gateway opens at most 2 addresses']);
    await gateway.apply(aTableWith(4, api.port, ['127.77.12.10', '127.77.12.11']));
    expect(await askAt('127.77.12.11', port)).toBe(200);
    expect(told).toHaveLength(2);
  },
);

test('near is loopback and private networks, nothing else', () => {
  expect(['127.9.9.9', '10.1.2.3', '172.31.0.1', '192.168.7.7', '::1', 'fd00::1', 'fe80::1'].map(isNear)).not.toContain(false);
  expect(['', '8.8.8.8', '172.32.0.1', '11.0.0.1', '2001:db8::1'].map(isNear)).not.toContain(true);
});
