// The DNS surface over real sockets: asked by Node's own resolver, and by hand where it is too polite.
import { createSocket, Socket } from 'node:dgram';
import { promises } from 'node:dns';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Endpoint } from '../../src/model/discovery/endpoint.ts';
import { openDns } from '../../src/surfaces/dns/surface.ts';
import type { Zone } from '../../src/surfaces/dns/zone.ts';

const name = 'api.test.shop.internal';
const scope = { application: 'shop', environment: 'test', service: 'api', release: 'api@1' };

async function aResponder(endpoints: readonly Endpoint[]) {
  const zone: Zone = { port: 8080, find: (asked) => (asked === name ? { name, address: '127.7.8.9', endpoints } : undefined) };
  const dns = await openDns({ host: '127.0.0.1', port: 0 }, () => zone);
  onTestFinished(() => dns.close());
  const { host, port } = dns.listening;
  const resolver = new promises.Resolver({ timeout: 5_000, tries: 1 });
  resolver.setServers([`${host}:${port}`]);
  return { port, resolver };
}

function two(): readonly Endpoint[] {
  return [
    { ...scope, instance: 'api-1', host: '127.0.0.1', port: 20_001, share: 0.9 },
    { ...scope, instance: 'api-2', host: '127.0.0.2', port: 20_002, share: 0.1 },
  ];
}

/** A question as bytes. */
function question(asked: string, type: number): Buffer {
  const labels = asked.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
}

function byUdp(port: number, message: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  return new Promise((resolve, reject) => {
    socket.on('message', resolve);
    socket.on('error', reject);
    socket.send(message, port, '127.0.0.1');
  });
}

test('a service is at its address of the gateway; a name in any case is the same', async () => {
  const { resolver } = await aResponder(two());
  expect(await resolver.resolve4(name, { ttl: true })).toEqual([{ address: '127.7.8.9', ttl: 60 }]);
  expect(await resolver.resolve4('API.Test.Shop.INTERNAL')).toEqual(['127.7.8.9']);
});

test('O-13 service records name the gateway, or each instance that takes requests, with its weight and for a second', async () => {
  const endpoints = [...two()];
  const { resolver } = await aResponder(endpoints);
  expect(await resolver.resolveSrv(`_http._tcp.${name}`)).toMatchObject([{ name, port: 8080, priority: 0, weight: 1 }]);
  const records = await resolver.resolveSrv(`_instances._tcp.${name}`);
  expect(records.map(({ name: target, port, weight }) => `${target} ${port} ${weight}`).sort()).toEqual([
    `api-1.${name} 20001 900`,
    `api-2.${name} 20002 100`,
  ]);
  expect(await resolver.resolve4(`api-2.${name}`, { ttl: true })).toEqual([{ address: '127.0.0.2', ttl: 1 }]);
  endpoints.pop();
  expect(await resolver.resolveSrv(`_instances._tcp.${name}`)).toHaveLength(1);
  await expect(resolver.resolve4(`api-2.${name}`)).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test('a name that is nobody’s does not exist, one without such a record has none, and other domains are not ours to answer', async () => {
  const { resolver } = await aResponder(two());
  await expect(resolver.resolve4('web.test.shop.internal')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolve6(name)).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolve4('example.org')).rejects.toMatchObject({ code: 'EREFUSED' });
});

test('an answer that is too long for a datagram comes whole by TCP', async () => {
  const many = Array.from({ length: 60 }, (_, at) => ({
    ...scope,
    instance: `api-${at}`,
    host: '127.0.0.1',
    port: 20_000 + at,
    share: 1 / 60,
  }));
  const { port, resolver } = await aResponder(many);
  const short = await byUdp(port, question(`_instances._tcp.${name}`, 33));
  expect([short.length <= 512, ((short[2] ?? 0) & 2) !== 0]).toEqual([true, true]);
  expect(await resolver.resolveSrv(`_instances._tcp.${name}`)).toHaveLength(60);
});

test('what is no question is not answered, what is a broken one is told so, and the next is served', async () => {
  const { port, resolver } = await aResponder(two());
  const broken = question(name, 1).subarray(0, 20);
  expect((await byUdp(port, broken))[3]).toBe(1);
  const notify = question(name, 1);
  notify[2] = 0x21;
  expect((await byUdp(port, notify))[3]).toBe(4);
  const silent = createSocket('udp4');
  onTestFinished(() => void silent.close());
  for (const noise of [Buffer.alloc(0), Buffer.alloc(5), Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0])])
    silent.send(noise, port, '127.0.0.1');
  const stream = connect(port, '127.0.0.1');
  stream.end(Buffer.from([0, 3, 1, 2, 3]));
  await new Promise((resolve) => stream.on('close', resolve));
  expect(await resolver.resolve4(name)).toEqual(['127.7.8.9']);
});

test('a datagram that says it comes from port 0 is passed over: answering there would throw', async () => {
  const bind = vi.spyOn(Socket.prototype, 'bind');
  onTestFinished(() => bind.mockRestore());
  const { resolver } = await aResponder(two());
  const from = { address: '127.0.0.1', family: 'IPv4', port: 0, size: 0 };
  // Only the kernel can receive such a datagram; so the socket is told as the kernel would.
  const [socket] = bind.mock.contexts;
  expect(() => socket instanceof Socket && socket.emit('message', question(name, 1), from)).not.toThrow();
  expect(socket).toBeInstanceOf(Socket);
  expect(await resolver.resolve4(name)).toEqual(['127.7.8.9']);
});

test('who asks much at once by TCP gets one answer after the other, as he reads them', async () => {
  let asked = 0;
  const endpoints = Array.from({ length: 300 }, (_, at) => ({
    ...scope,
    instance: `api-${at}`,
    host: '127.0.0.1',
    port: 20_000 + at,
    share: 1 / 300,
  }));
  const find = (of: string) => (of === name && ++asked > 0 ? { name, address: '127.7.8.9', endpoints } : undefined);
  const dns = await openDns({ host: '127.0.0.1', port: 0 }, () => ({ port: 8080, find }));
  onTestFinished(() => dns.close());
  const stream = connect(dns.listening.port, '127.0.0.1').pause();
  onTestFinished(() => void stream.destroy());
  const message = question(`_instances._tcp.${name}`, 33);
  stream.write(Buffer.concat(Array.from({ length: 3_000 }, () => Buffer.concat([Buffer.from([0, message.length]), message]))));
  await vi.waitUntil(() => asked > 0, { timeout: 180_000 });
  expect(asked).toBeLessThan(300);
});
