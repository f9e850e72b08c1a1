// An application that describes paths beyond its own routes does not lead anybody there: another one may answer on the same host.
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { listening } from './holes.ts';
import { prove } from './prove.ts';

it('a document and a page that lead out of the routes are not followed', async () => {
  const asked: string[] = [];
  const away = ['/shop/../bank/pay', '/shop/%2e%2E/bank/pay', '/shop/..%2fbank/pay', '/shop/..\\bank/pay', '/bank/pay', '/shopping'];
  const operation = { get: {}, post: { requestBody: { content: { 'application/json': { schema: { properties: { a: {} } } } } } } };
  await using server = await listening(
    createServer(({ url = '' }, response) => {
      asked.push(url);
      if (url === '/shop/openapi.json')
        return response.end(
          JSON.stringify({ servers: [{ url: '/' }], paths: Object.fromEntries([...away, '/shop/order'].map((path) => [path, operation])) }),
        );
      response.setHeader('content-type', 'text/html');
      response.statusCode = url === '/shop' || url === '/shop/order' ? 200 : 404;
      response.end(away.map((path) => `<a href="${path}">x</a><form action="${path}"><input name="a"></form>`).join(''));
    }),
  );
  const { sites } = await prove(server.port, { mounts: ['/shop'], only: ['injection.sql'] });
  expect(sites[0]?.pages).toContain('GET /shop/order 200');
  expect(asked.filter((url) => !/^\/shop(?:[/?]|$)/.test(url))).toEqual([]);
  expect(asked.filter((url) => /\.\.|%2e%2e|bank/i.test(url))).toEqual([]);
});
