// What sources answer, on a real HTTP server: one number is a value, everything else a failure with its reason.
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outboundTo } from '../../platform/guard/network/outbound.ts';
import { readPrometheus } from './prometheus/prometheus.ts';
import { readWebhook } from './webhook/webhook.ts';

let server: Server;
let url = '';
let asked = '';
const { signal } = new AbortController();
const answers: Record<string, readonly [number, string]> = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    asked = request.url ?? '';
    const { searchParams, pathname } = new URL(asked, 'http://it');
    const [status, text] = answers[searchParams.get('query') ?? pathname] ?? [404, 'nothing here'];
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const vector = (...values: readonly string[]) =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) } });

it.each([
  ['one sample', [200, vector('42.5')], { kind: 'value', value: 42.5 }],
  ['a scalar', [200, '{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}'], { kind: 'value', value: 7 }],
  ['an unknown metric', [200, vector()], { kind: 'failed', because: 'the query gives no value' }],
  ['several series', [200, vector('1', '2')], { kind: 'failed', because: 'the query gives 2 values, expected one: use sum(…)' }],
  ['NaN', [200, vector('NaN')], { kind: 'failed', because: 'the query gives no finite number' }],
  ['a wrong query', [400, '{"status":"error","error":"parse error"}'], { kind: 'failed', because: 'Prometheus answered 400: parse error' }],
  ['nothing', [200, '{"status":"success","data":null}'], { kind: 'failed', because: 'the query gives no value' }],
  ['no list', [200, '{"status":"success","data":{"result":{}}}'], { kind: 'failed', because: 'the query gives no value' }],
  [
    'a wall of text',
    [400, JSON.stringify({ status: 'error', error: 'e'.repeat(9_000) })],
    { kind: 'failed', because: `Prometheus answered 400: ${'e'.repeat(200)}` },
  ],
  ['no Prometheus', [200, '<html>'], { kind: 'failed', because: 'Prometheus answered 200' }],
] as const)('Prometheus: %s', async (name, answer, expected) => {
  answers[name] = answer;
  expect(await readPrometheus({ url: `${url}/`, query: name }, outboundTo([]), signal)).toEqual(expected);
  expect(asked).toMatch(/^\/api\/v1\/query\?query=/);
});

it.each([
  ['/number', [200, '12\n'], { kind: 'value', value: 12 }],
  ['/object', [200, '{"value":3}'], { kind: 'value', value: 3 }],
  ['/text', [200, '12 jobs'], { kind: 'failed', because: 'the webhook answered without a number' }],
  ['/empty', [200, ''], { kind: 'failed', because: 'the webhook answered without a number' }],
  ['/broken', [500, '1'], { kind: 'failed', because: 'the webhook answered 500' }],
  ['/long', [200, ' '.repeat(70_000)], { kind: 'failed', because: 'the webhook does not answer: longer than 65536 bytes' }],
] as const)('a webhook: %s', async (path, answer, expected) => {
  answers[path] = answer;
  expect(await readWebhook({ url: `${url}${path}` }, outboundTo([]), signal)).toEqual(expected);
});

it('says what broke when nobody listens', async () => {
  const nobody = 'http://127.0.0.1:1';
  expect(await readWebhook({ url: nobody }, outboundTo([]), signal)).toEqual({
    kind: 'failed',
    because: expect.stringMatching(/^the webhook does not answer: /),
  });
  expect(await readPrometheus({ url: nobody, query: 'x' }, outboundTo([]), signal)).toEqual({
    kind: 'failed',
    because: expect.stringMatching(/^Prometheus does not answer: /),
  });
});
