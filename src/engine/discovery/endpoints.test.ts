// Who watches endpoints misses nothing: all there are, then each change, and all again after too long.
import { expect, test } from 'vitest';
import { ManualClock } from '../../base/manual-clock.ts';
import type { RoutedService } from '../../model/route.ts';
import { defaultTrafficPolicy } from '../../model/traffic.ts';
import { Endpoints } from './endpoints.ts';

function routed(instances: readonly string[]): RoutedService {
  const upstreams = instances.map((instance, at) => ({ instance, host: '127.0.0.1', port: 1_000 + at }));
  return { key: 'shop/test/api', policy: defaultTrafficPolicy, releases: [{ release: 'api@1', weight: 1, upstreams }] };
}

async function read(endpoints: Endpoints, after: number) {
  const changes = [];
  for await (const change of endpoints.watch(after, false, new AbortController().signal)) changes.push(change);
  return changes.map((one) => (one.kind === 'all' ? `all ${one.endpoints.length}` : `${one.kind} ${one.endpoint.instance}`));
}

test('all there are first, changes from a number on, all again for a number of an earlier life or from long ago', async () => {
  const endpoints = new Endpoints(new ManualClock(5_000));
  expect(await read(endpoints, -1)).toEqual(['all 0']);
  endpoints.follow([routed(['a'])]);
  endpoints.follow([routed(['a'])]);
  expect(await read(endpoints, 5_000)).toEqual(['added a']);
  expect(await read(endpoints, 5_001)).toEqual([]);
  expect(await read(endpoints, 4_999)).toEqual(['all 1']);
  expect(await read(endpoints, 9_999)).toEqual(['all 1']);
  for (let turn = 0; turn < 600; turn++) endpoints.follow([routed(turn % 2 === 0 ? [] : ['a'])]);
  expect(await read(endpoints, 5_601)).toEqual([]);
  expect(await read(endpoints, 5_599)).toEqual(['removed a', 'added a']);
  for (let turn = 0; turn < 600; turn++) endpoints.follow([routed(turn % 2 === 0 ? [] : ['a'])]);
  expect(await read(endpoints, 5_100)).toEqual(['all 1']);
});

test('a reader that follows is told at once, and ends when it is told to', async () => {
  const endpoints = new Endpoints(new ManualClock(0));
  const end = new AbortController();
  const changes = endpoints.watch(-1, true, end.signal);
  expect((await changes.next()).value).toMatchObject({ kind: 'all' });
  const next = changes.next();
  endpoints.follow([routed(['a'])]);
  expect((await next).value).toMatchObject({ kind: 'added', sequence: 1 });
  const last = changes.next();
  end.abort();
  expect(await last).toMatchObject({ done: true });
});
