// Targets from which nothing can be learnt: what was not tried is said to be not measured, and never passes.
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { expect, it } from 'vitest';
import { securityFigures } from '../../../src/decide/prove/figures/security.ts';
import { verdictOf } from '../../../src/decide/prove/security/verdict.ts';
import { probes } from '../../../src/proving/security/registry.ts';
import { holes, listening, serve } from './holes.ts';
import { found, prove } from './prove.ts';

const answering = (handle: RequestListener) => listening(createServer(handle));

it('a target that answers 200 to everything fails nothing and passes nothing that is about absent things', async () => {
  await using server = await answering((_, response) => response.end('welcome'));
  const { results, sites } = await prove(server.port);
  expect(sites[0]?.answersEverything).toBe(true);
  const blind = results.filter(({ because }) => because === 'the site answers 2xx to paths that nobody has').map(({ probe }) => probe);
  expect(blind).toEqual(probes.filter(({ needsNotFound }) => needsNotFound).map(({ id }) => id));
  expect(found(results)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:leaks|traversal|injection|smuggling)/)]));
});

it('a target that says 429 is not measured, and is waited for as it asks', async () => {
  await using server = await answering((_, response) => response.writeHead(429, { 'retry-after': '1' }).end());
  const { results, sites } = await prove(server.port);
  expect(new Set(results.map(({ word }) => word))).toEqual(new Set(['not_measured']));
  expect(sites[0]).toMatchObject({ requests: 3, untried: expect.stringContaining('rate-limited') });
});

it('a target that is down is not measured, and the trial is inconclusive', async () => {
  const server = await serve({});
  await server[Symbol.asyncDispose]();
  const outcome = await prove(server.port);
  expect(outcome.sites[0]?.untried).toContain('nobody answers (ECONNREFUSED)');
  expect(verdictOf(outcome, 'high')).toBe('inconclusive');
  expect(securityFigures({ 'security.json': outcome }).figures.map(({ id }) => id)).toEqual(['security.probes.not_measured']);
});

it('a target that says nothing is waited for so long, and then not measured', async () => {
  const silent = createTcpServer((socket) => socket.resume());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { sites } = await prove((silent.address() as AddressInfo).port, { patience: 50 });
  expect(sites[0]?.untried).toMatch(/no answer within 50 ms|nobody answers \(timeout\)/);
  silent.close();
});

it('a gateway without an instance behind it is not measured', async () => {
  await using server = await answering((_, response) => response.writeHead(503).end());
  expect((await prove(server.port)).sites[0]?.untried).toContain('no instance serves it');
});

it('what was found before the bound of requests was reached stays found, the rest is not measured', async () => {
  await using server = await serve(holes['headers.banner'] ?? {});
  const { results } = await prove(server.port, { mostRequests: 40 });
  expect(found(results)).toEqual(['headers.banner']);
  expect(results.find(({ probe }) => probe === 'injection.sql')?.because).toContain('the bound of 40 requests');
});

it('an interrupted trial keeps what it saw, says which probes were not tried, and passes nothing', async () => {
  await using server = await serve(holes['headers.banner'] ?? {});
  const ending = new AbortController();
  const outcome = await prove(server.port, {
    signal: ending.signal,
    progress: ({ probe }) => {
      if (probe === 'leaks.listing') ending.abort();
    },
  });
  expect(outcome.interrupted).toBe(true);
  expect(found(outcome.results)).toEqual(['headers.banner']);
  expect(outcome.results).toHaveLength(probes.length);
  expect(outcome.results.find(({ probe }) => probe === 'injection.sql')?.because).toBe('the trial was interrupted');
  expect(verdictOf(outcome, 'high')).toBe('interrupted');
  expect(verdictOf(outcome, 'low')).toBe('failed');
});

it('asks nothing beside the routes of the application, and nobody else', async () => {
  const asked: string[] = [];
  await using server = await answering((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    response.setHeader('content-type', 'text/html');
    response.end(
      '<a href="/other/secret">x</a><a href="http://elsewhere.invalid/shop/">y</a><a href="/shop/log-out">z</a><a href="/shop/more">m</a>',
    );
  });
  await prove(server.port, { mounts: ['/shop'], only: ['headers.csp', 'leaks.files', 'traversal.path'] });
  expect(asked).toContain('site.localhost /shop/more');
  expect(asked.filter((one) => !one.startsWith('site.localhost /shop'))).toEqual([]);
  expect(asked.filter((one) => /log-out|secret/.test(one))).toEqual([]);
});
