// Load from a process of its own: the same honest counts, and its end is told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TrafficApart } from '../../src/proving/load/apart.ts';
import { until } from '../kit/until.ts';

let seen: (string | undefined)[];
const server = createServer((request, response) => {
  seen.push(request.url);
  response.statusCode = request.url === '/broken' ? 503 : 200;
  response.end();
});

beforeEach(async () => {
  seen = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

test('sends each stream until it is stopped, and tells what became of it', async () => {
  const { port } = server.address() as AddressInfo;
  const common = { target: { host: '127.0.0.1', port }, rate: 100, keepAlive: false, timeout: 600_000 };
  const ask = (path: string) => [{ method: 'GET', path, route: 'some.localhost' }] as const;
  const traffic = await TrafficApart.start({ fine: { ...common, plans: ask('/') }, broken: { ...common, plans: ask('/broken') } });
  await until(
    () => seen,
    (all) => all.includes('/') && all.includes('/broken'),
  );
  const { fine, broken } = await traffic.stop();
  const count = (path: string) => seen.filter((one) => one === path).length;
  expect(fine).toMatchObject({ sent: count('/'), succeeded: count('/'), failed: 0 });
  expect(broken).toMatchObject({ sent: count('/broken'), succeeded: 0, failures: { 503: count('/broken') } });
  expect(fine.latencies).toHaveLength(count('/'));
});
