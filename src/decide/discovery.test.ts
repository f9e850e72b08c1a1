// What a table means for those who look for services, as functions of it.
import { describe, expect, test } from 'vitest';
import { internalAddress, neighbourVariables } from '../model/discovery/endpoint.ts';
import type { RoutedService } from '../model/route.ts';
import { defaultTrafficPolicy } from '../model/traffic.ts';
import { endpointChanges, endpointsOf, internalRoutes } from './discovery.ts';

const up = (instance: string, port: number) => ({ instance, host: '127.0.0.1', port });

function routed(key: string, releases: RoutedService['releases'] = []): RoutedService {
  return { key, releases, policy: defaultTrafficPolicy };
}

describe('internal routes', () => {
  test('a full name, an address of loopback, and the short name as long as it is the only one', () => {
    const routes = internalRoutes([
      routed('shop/test/api'),
      routed('shop/live/api'),
      routed('shop/test/web'),
      routed('shop/test/web/preview'),
    ]);
    const hosts = routes.map(({ host, service, internal }) => [host, service, internal]);
    const own = internalAddress({ application: 'shop', environment: 'test' }, 'web');
    expect(hosts).toContainEqual(['api.test.shop.internal', 'shop/test/api', true]);
    expect(hosts).toContainEqual(['web.internal', 'shop/test/web', true]);
    expect(hosts).toContainEqual([own, 'shop/test/web', true]);
    expect(hosts.map(([host]) => host)).not.toContain('api.internal');
    expect(routes).toHaveLength(7);
  });

  test('an address follows from the name alone, and is never one that others use', () => {
    const addresses = Array.from({ length: 500 }, (_, index) => internalAddress({ application: 'shop', environment: 'test' }, `s${index}`));
    for (const address of addresses) expect(address).toMatch(/^127\.(?!0\.)\d{1,3}\.\d{1,3}\.(?!0$|255$)\d{1,3}$/);
    expect(internalAddress({ application: 'shop', environment: 'test' }, 's7')).toBe(addresses[7]);
  });

  test('what a service is told of one that it needs', () => {
    expect(neighbourVariables('stock-api', { host: '127.9.8.7', port: 8080 })).toEqual({
      STOCK_API_URL: 'http://127.9.8.7:8080',
      STOCK_API_HOST: '127.9.8.7',
      STOCK_API_PORT: '8080',
    });
  });
});

describe('endpoints', () => {
  const api = (weight: number, second = 3) =>
    routed('shop/test/api', [
      { release: 'api@1', weight: 1 - weight, upstreams: [up('a', 1), up('b', 2)] },
      { release: 'api@2', weight, upstreams: [up('c', second)] },
    ]);

  test('who takes requests, with its part of them; a release without weight has none', () => {
    expect(endpointsOf([api(0.2)]).map(({ instance, share }) => [instance, share])).toEqual([
      ['a', 0.4],
      ['b', 0.4],
      ['c', 0.2],
    ]);
    expect(endpointsOf([api(0)]).map((one) => one.instance)).toEqual(['a', 'b']);
  });

  test('what changed from one table to the next', () => {
    const kinds = (before: RoutedService, after: RoutedService) =>
      endpointChanges(endpointsOf([before]), endpointsOf([after])).map((one) => [
        one.kind,
        one.kind === 'all' ? '' : one.endpoint.instance,
      ]);
    expect(kinds(api(0.2), api(0.2))).toEqual([]);
    expect(kinds(api(0), api(1))).toEqual([
      ['removed', 'a'],
      ['removed', 'b'],
      ['added', 'c'],
    ]);
    expect(kinds(api(1), api(1, 4))).toEqual([['changed', 'c']]);
  });
});
