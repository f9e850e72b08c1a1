// The HTTP surface over real sockets: routes from the catalogue, problems, credentials, limits, idempotency, pages.
import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodeError } from '../../src/base/errors.ts';
import type { TrafficObservation } from '../../src/model/route.ts';
import { localRequest } from '../../src/platform/local-socket.ts';
import type { Served } from './kit.ts';
import { goodToken, serve, writeToken } from './kit.ts';

const traffic: TrafficObservation = {
  version: 4,
  epoch: 'e',
  listening: { host: '127.0.0.1', port: 8080 },
  releases: [
    {
      service: 'shop/test/api',
      release: 'api@1',
      requests: 5,
      failures: 1,
      latency: [
        { atMost: 10, count: 3 },
        { atMost: 100, count: 2 },
      ],
    },
  ],
  inFlight: {},
  ejected: {},
  waiting: { 'shop/test/api': 3 },
  services: [
    {
      service: 'shop/test/api',
      requests: 9,
      inFlight: 2,
      held: 3,
      retries: 1,
      ejections: 0,
      overloaded: 0,
      rateLimited: 4,
      mirrored: 0,
      mirrorsSkipped: 0,
      byRule: 0,
      byCookie: 0,
    },
  ],
  mirrors: [],
};

let served: Served;
beforeAll(async () => {
  served = await serve({ traffic: async () => traffic });
});
afterAll(() => served.stop());

const bearer = { authorization: `Bearer ${goodToken}` };
const writer = { authorization: `Bearer ${writeToken}` };
const local = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
  const { status, text } = await localRequest({ socketPath: served.socket, method, path, body, signal: AbortSignal.timeout(5_000) });
  return { status, body: JSON.parse(text) };
};

const jsonOf = async (response: Response) => (await response.json()) as { readonly code: string; readonly status: number };

/** With headers that `fetch` would not let us set. */
function raw(headers: Record<string, string>, path = '/healthz', method = 'GET'): Promise<number> {
  const { hostname, port } = new URL(served.url);
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end();
  });
}

describe('calls', () => {
  it('reads by GET, with numbers out of the query', async () => {
    expect(await local('GET', '/v1/things.show?name=tea&limit=7')).toEqual({
      status: 200,
      body: { name: 'tea', limit: 7, who: expect.stringMatching(/^user:./) },
    });
  });

  it('writes by POST, and the same key once only', async () => {
    const ask = (key: string) =>
      new Promise<string>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'idempotency-key': key };
        const call = request({ socketPath: served.socket, method: 'POST', path: '/v1/things.make', headers }, async (response) => {
          resolve((await response.toArray()).join(''));
        });
        call.on('error', reject);
        call.end('{"name":"pot"}');
      });
    const first = await ask('k1');
    expect(await ask('k1')).toBe(first);
    expect(await ask('k2')).not.toBe(first);
    expect(served.witness.applied).toEqual(['pot', 'pot']);
  });

  it('takes an absent body as an empty input', async () => {
    const { status, body } = await local('POST', '/v1/things.make');
    expect([status, body.code]).toEqual([400, 'input_invalid']);
    expect(body.details.problems[0].field).toBe('name');
  });
});

describe('problems', () => {
  it('carries code, hint and details of the error', async () => {
    expect(await local('GET', '/v1/things.show?name=gone')).toEqual({
      status: 404,
      body: {
        type: 'urn:codectl:error:release_unknown',
        title: 'Not Found',
        status: 404,
        detail: 'There is no gone.',
        code: 'release_unknown',
        hint: 'Look elsewhere.',
        details: { near: ['here'] },
      },
    });
  });

  it('answers a defect with 500 and logs it', async () => {
    const { status, body } = await local('GET', '/v1/things.show?name=broken');
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(served.warnings).toContain('a request failed: a defect');
  });

  it('says which method a path takes', async () => {
    const response = await fetch(`${served.url}/v1/things.make`, { headers: bearer });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    expect((await jsonOf(response)).status).toBe(405);
  });

  it('answers 404 for what is not there', async () => {
    const { status, body } = await local('GET', '/v1/things.nothing');
    expect([status, body.code]).toEqual([404, 'operation_unknown']);
  });

  it.each([
    ['{"name":', 400, 'input_invalid'],
    ['{"__proto__":{"x":1},"name":"a"}', 400, 'input_invalid'],
    ['{"name":"a","name":"b"}', 400, 'input_invalid'],
    ['{"deep":' + '['.repeat(100_000), 400, 'input_invalid'],
    [JSON.stringify({ name: 'x'.repeat(3 * 2 ** 20) }), 413, 'too_large'],
  ])('refuses a body such as %.12s', async (text, status, code) => {
    const response = await fetch(`${served.url}/v1/things.make`, {
      method: 'POST',
      headers: { ...writer, 'content-type': 'application/json' },
      body: text,
    });
    expect([response.status, (await jsonOf(response)).code]).toEqual([status, code]);
  });

  it('refuses content types that it cannot read', async () => {
    const response = await fetch(`${served.url}/v1/things.make`, {
      method: 'POST',
      headers: { ...writer, 'content-type': 'text/plain' },
      body: '{"name":"a"}',
    });
    expect([response.status, (await jsonOf(response)).code]).toEqual([415, 'input_invalid']);
  });
});

describe('raw content', () => {
  const put = (size: number) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = request(
        {
          socketPath: served.socket,
          method: 'POST',
          path: '/v1/things.put?name=a',
          headers: { 'content-type': 'application/octet-stream' },
        },
        async (response) => resolve({ status: response.statusCode ?? 0, text: (await response.toArray()).join('') }),
      );
      call.on('error', reject);
      call.end(Buffer.alloc(size));
    });

  it('is streamed in pieces', async () => {
    expect(await put(400_000)).toEqual({ status: 200, text: '{"bytes":400000}' });
    expect(served.witness.received.length).toBeGreaterThan(1);
  });

  it('is cut off at the limit of the operation', async () => {
    const { status, text } = await put(1_200_000);
    expect([status, JSON.parse(text).code]).toEqual([413, 'too_large']);
  });

  it('is refused in words also to who is still sending', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => put(30_000_000)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 413));
  });
});

describe('who is calling', () => {
  it('lets only the owner open the socket', async () => {
    expect((await stat(served.socket)).mode & 0o777).toBe(0o600);
  });

  it('asks for a token over TCP', async () => {
    const response = await fetch(`${served.url}/v1/things.show?name=a`);
    expect([response.status, response.headers.get('www-authenticate'), (await jsonOf(response)).code]).toEqual([
      401,
      'Bearer',
      'unauthenticated',
    ]);
    expect((await fetch(`${served.url}/v1/things.show?name=a`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    expect((await fetch(`${served.url}/v1/things.show?name=a`, { headers: bearer })).status).toBe(200);
  });

  it('tells apart what a token may', async () => {
    const response = await fetch(`${served.url}/v1/things.make`, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: '{"name":"denied"}',
    });
    expect([response.status, (await jsonOf(response)).code]).toEqual([403, 'denied']);
    expect(served.witness.applied).not.toContain('denied');
  });

  it.each([
    [{ host: 'evil.example' }, 403],
    [{ host: 'evil.example:80' }, 403],
    [{ host: '127.0.0.1.evil.example' }, 403],
    [{ host: 'localhost:1' }, 200],
    [{ host: '[::1]:1' }, 200],
    [{ host: 'localhost:1', origin: 'http://localhost:1' }, 200],
    [{ host: 'localhost:1', origin: 'http://evil.example' }, 403],
    [{ host: 'localhost:1', origin: 'null' }, 403],
  ])('answers %j with %i', async (headers, status) => {
    expect(await raw(headers as Record<string, string>)).toBe(status);
  });

  it.each(['0.0.0.0', '192.168.1.1', '::', 'example.org'])('refuses to listen on %s', async (host) => {
    await expect(served.surface.listenTcp(host, 0)).rejects.toMatchObject({
      code: 'settings_invalid',
      hint: expect.stringContaining('api_tls=own'),
    });
  });

  it('names the address that is taken', async () => {
    const { port } = new URL(served.url);
    await expect(served.surface.listenTcp('127.0.0.1', Number(port))).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });
});

describe('pages', () => {
  it('is alive and ready', async () => {
    expect(await local('GET', '/healthz')).toEqual({ status: 200, body: { status: 'alive', version: '1.2.3' } });
    expect((await local('GET', '/readyz')).status).toBe(200);
  });

  it('is not ready while the gateway does not answer, but alive and counting', async () => {
    const without = await serve({ traffic: () => Promise.reject(new CodeError('gateway_unavailable', 'No gateway.')) });
    try {
      const ready = await fetch(`${without.url}/readyz`);
      expect([ready.status, (await jsonOf(ready)).code]).toEqual([503, 'gateway_unavailable']);
      expect((await fetch(`${without.url}/healthz`)).status).toBe(200);
      const metrics = await (await fetch(`${without.url}/metrics`, { headers: bearer })).text();
      expect(metrics).toContain('codectl_info{version="1.2.3"} 1');
      expect(metrics).not.toContain('codectl_gateway_requests_total');
    } finally {
      await without.stop();
    }
  });

  it('counts calls by result, and what the gateway counted, in lines that Prometheus reads', async () => {
    await fetch(`${served.url}/v1/things.show?name=counted`, { headers: bearer });
    const response = await fetch(`${served.url}/metrics`, { headers: bearer });
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    expect(text).toMatch(/^codectl_operations_total\{operation="things.show",result="ok"\} [1-9]\d*$/m);
    expect(text).toMatch(/^codectl_operations_total\{operation="things.show",result="release_unknown"\} 1$/m);
    expect(text).toContain('codectl_gateway_rate_limited_total{service="shop/test/api"} 4\n');
    expect(text).toContain('codectl_gateway_waiting{service="shop/test/api"} 3\n');
    expect(text).toContain('codectl_gateway_requests_total{service="shop/test/api",release="api@1"} 5');
    expect(text).toContain('codectl_gateway_request_duration_seconds_bucket{service="shop/test/api",release="api@1",le="0.1"} 5');
    const line = /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? [0-9.e+-]+)$/;
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((one) => !line.test(one)),
    ).toEqual([]);
  });

  it('describes every operation in OpenAPI 3.1', async () => {
    const description = (await local('GET', '/v1/openapi.json')).body;
    expect(description.openapi).toBe('3.1.0');
    expect(Object.keys(description.paths)).toEqual(served.catalogue.map((one) => `/v1/${one.name}`));
    expect(description.paths['/v1/things.show'].get.parameters).toEqual([
      { name: 'name', in: 'query', required: true, schema: { type: 'string', maxLength: 20 } },
      {
        name: 'limit',
        in: 'query',
        required: false,
        description: 'How many',
        schema: expect.objectContaining({ type: 'integer', default: 5 }),
      },
    ]);
    expect(description.paths['/v1/things.make'].post.requestBody.content['application/json'].schema.required).toEqual(['name']);
    expect(Object.keys(description.paths['/v1/things.put'].post.requestBody.content)).toEqual(['application/octet-stream']);
    expect(Object.keys(description.paths['/v1/observe.events'].get.responses['200'].content)).toEqual([
      'text/event-stream',
      'application/x-ndjson',
    ]);
  });
});
