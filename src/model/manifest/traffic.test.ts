// What `traffic:` becomes, and what it refuses.
import { expect, test } from 'vitest';
import { defaultTrafficPolicy } from '../traffic.ts';
import { parseManifest } from './parse.ts';
import { resolveManifest } from './resolve.ts';

function policyOf(traffic: string, port = 'port: 80') {
  const text = `application: shop\nservices:\n  api:\n    run: { command: [node] }\n    ${port}\n    traffic: ${traffic}\n`;
  return resolveManifest(parseManifest(text, 'code.yaml'), { defaultRuntime: 'process' }).services[0]?.traffic;
}

test('nothing said is what the gateway does by default', () => {
  expect(policyOf('{}')).toEqual(defaultTrafficPolicy);
  expect(policyOf('{ retries: {}, eject: {} }')).toMatchObject({
    retries: { attempts: 4, share: 0.2 },
    eject: { failures: 3, time: 1_000, longest: 30_000, share: 1 },
  });
});

test('every quantity is a number with its unit', () => {
  expect(policyOf('{ hold: 0s, timeouts: { response: 90s }, max_body: 64Ki, concurrency: { in_flight: 10 } }')).toEqual({
    ...defaultTrafficPolicy,
    hold: 0,
    responseTimeout: 90_000,
    maxBody: 65_536,
    limit: { inFlight: 10, queue: 100, wait: 1_000 },
  });
  expect(policyOf('{ rate_limit: { requests_per_second: 2.5 } }')?.rate).toEqual({ perSecond: 2.5, burst: 3, by: { kind: 'address' } });
  expect(policyOf('{ rate_limit: { requests_per_second: 9, burst: 20, by: { header: X-Key } } }')?.rate).toEqual({
    perSecond: 9,
    burst: 20,
    by: { kind: 'header', name: 'X-Key' },
  });
});

test.each([
  ['{ rate_limit: { requests_per_second: 0 } }', 'traffic.rate_limit.requests_per_second: expected a number from 0.001 to 1000000'],
  ['{ rate_limit: { requests_per_second: 5e-324 } }', 'traffic.rate_limit.requests_per_second: expected a number from 0.001 to 1000000'],
  ['{ rate_limit: { requests_per_second: .inf } }', 'traffic.rate_limit.requests_per_second: expected a number from 0.001 to 1000000'],
  ['{ rate_limit: { requests_per_second: 1, by: user } }', 'traffic.rate_limit.by: expected address, service or a mapping'],
  ['{ concurrency: {} }', 'traffic.concurrency.in_flight: is missing'],
  ['{ timeout: 5s }', 'traffic.timeout: unknown key, did you mean "timeouts"?'],
  ['{ eject: { share: 0% } }', 'traffic.eject.share: expected a percentage above 0%'],
])('%s is refused', (traffic, message) => {
  expect(() => policyOf(traffic)).toThrow(message);
});

test('a service without a port has no traffic', () => {
  expect(() => policyOf('{}', 'replicas: 1')).toThrow('traffic: needs a port');
});
