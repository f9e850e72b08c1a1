// Connections to an instance led elsewhere for a while: at once, for idle ones too, in the whole table, and over by itself.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Gateway } from '../../src/gateway/gateway.ts';
import { parseDetour } from '../../src/gateway/parse-detour.ts';
import { defaultTrafficPolicy } from '../../src/model/traffic.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';

const servers: Server[] = [];
let gateway: Gateway;
let door = 0;

async function serve(says: string): Promise<number> {
  const server = createServer((_, response) => response.end(says));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const table = (version: number, port: number) => ({
  version,
  routes: [{ host: 'a.localhost', path: '/', service: 'a' }],
  services: [
    {
      key: 'a',
      policy: defaultTrafficPolicy,
      releases: [{ release: 'r', weight: 1, upstreams: [{ instance: 'one', host: '127.0.0.1', port }] }],
    },
  ],
});
const asked = async () => (await get({ host: 'a.localhost', port: door, path: '/' })).body;

beforeEach(async () => {
  gateway = new Gateway({ keep: async () => undefined });
  door = (await gateway.listen({ host: '127.0.0.1', port: 0 })).port;
});
afterEach(async () => {
  await gateway.stop(AbortSignal.abort());
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

it('leads all connections there, those that idle too, and back', async () => {
  const [own, other] = [await serve('own'), await serve('other')];
  await gateway.apply(table(1, own));
  expect(await asked()).toBe('own');
  gateway.detour('one', { host: '127.0.0.1', port: other }, 3_600_000);
  expect([await asked(), await asked()]).toEqual(['other', 'other']);
  // A table that comes meanwhile changes nothing about it, wherever the instance is by then.
  await gateway.apply(table(2, await serve('moved')));
  expect(await asked()).toBe('other');
  expect(gateway.detours()).toEqual([{ instance: 'one', to: { host: '127.0.0.1', port: other }, lasts: expect.any(Number) }]);
  expect(gateway.detour('one', undefined, 0)).toBe(true);
  expect([await asked(), gateway.detours()]).toEqual(['moved', []]);
});

it('ends by itself', async () => {
  const [own, other] = [await serve('own'), await serve('other')];
  await gateway.apply(table(1, own));
  gateway.detour('one', { host: '127.0.0.1', port: other }, 1);
  await until(asked, (said) => said === 'own');
  await until(
    () => gateway.detours(),
    (left) => left.length === 0,
  );
});

it.for([
  [{ instance: 'one', to: { host: '192.0.2.1', port: 80 }, lasts: 1 }, 'an address of this machine'],
  [{ instance: 'one', to: { host: '127.0.0.1.example.org', port: 80 }, lasts: 1 }, 'an address of this machine'],
  [{ instance: 'one', to: { host: '127.0.0.1', port: 0 }, lasts: 1 }, 'an address of this machine'],
  [{ instance: 'one', to: { host: '127.0.0.1', port: 80 } }, 'detour.lasts'],
  [{ instance: 'one', to: { host: '127.0.0.1', port: 80 }, lasts: 1e12 }, 'detour.lasts'],
  [{ to: { host: '127.0.0.1', port: 80 }, lasts: 1 }, 'detour.instance'],
  ['one', 'detour'],
] as const)('refuses %j', ([input, message]) => {
  expect(() => parseDetour(input)).toThrow(message);
});
