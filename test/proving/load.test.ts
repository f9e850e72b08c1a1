// The generator of load on real servers: every request is accounted for, latencies count from when a request should have left, and what it could not keep it says.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { countOf, quantileOf } from '../../src/decide/prove/buckets.ts';
import type { Arrivals, PhaseExhibit } from '../../src/model/proving/load.ts';
import type { LoadPlan, LoadRequest } from '../../src/model/proving/scenario.ts';
import type { LoadGlance } from '../../src/proving/load/engine.ts';
import { openLoadEngine } from '../../src/proving/load/ours.ts';

const never = new AbortController().signal;
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const get: LoadRequest = { name: 'home', method: 'GET', path: '/', route: 'some.localhost' };

interface Told {
  readonly plan?: Partial<LoadPlan>;
  readonly lasts?: number;
  readonly signal?: AbortSignal;
  readonly live?: (glance: LoadGlance) => void;
}

async function load(port: number, arrivals: Arrivals, told: Told = {}): Promise<PhaseExhibit> {
  const engine = openLoadEngine({
    target: { host: '127.0.0.1', port },
    requests: [get],
    seed: 1,
    keepAlive: true,
    timeout: 600_000,
    workers: 1,
    connections: 2_000,
    ...told.plan,
  });
  try {
    return await engine.run({ name: 'test', arrivals, lasts: told.lasts ?? 1_000 }, told.signal ?? never, told.live);
  } finally {
    await engine.close();
  }
}

function addsUp(one: PhaseExhibit): void {
  expect(one.sent + one.dropped).toBe(one.offered);
  expect(one.succeeded + one.failed + one.timedOut + one.unanswered).toBe(one.sent);
  expect(countOf(one.latency)).toBe(one.succeeded);
  expect(countOf(one.service)).toBe(one.succeeded);
  const sum = (value: (window: PhaseExhibit['windows'][number]) => number) =>
    one.windows.reduce((total, window) => total + value(window), 0);
  expect(sum((window) => window.intended)).toBe(one.offered);
  expect(sum((window) => window.succeeded)).toBe(one.succeeded);
  expect(sum((window) => window.failed)).toBe(one.offered - one.succeeded);
  const slices = Object.values(one.byRequest);
  expect(slices.reduce((total, { succeeded, failed }) => total + succeeded + failed, 0)).toBe(one.sent - one.unanswered);
}

describe('the generator of load', () => {
  it('sends each request of a schedule once, however many processes share it', async () => {
    let seen = 0;
    const port = await listen((_, response) => {
      seen += 1;
      response.end('here');
    });
    const constant = await load(port, { kind: 'constant', rate: 200 }, { plan: { workers: 2 } });
    expect(constant).toMatchObject({ offered: 200, sent: 200, succeeded: 200, failed: 0, statuses: { 200: 200 }, lasted: 1_000 });
    expect(seen).toBe(200);
    addsUp(constant);
    const one = await load(port, { kind: 'poisson', rate: 150 });
    const two = await load(port, { kind: 'poisson', rate: 150 }, { plan: { workers: 2 } });
    expect(two.offered).toBe(one.offered);
    expect(two.windows.map((window) => window.intended)).toEqual(one.windows.map((window) => window.intended));
  });

  it('counts each kind of failure by its name, and answers by route, release and instance', async () => {
    const port = await listen((request, response) => {
      if (request.url === '/broken') return void response.writeHead(503, { 'x-code-reason': 'no_upstream' }).end();
      if (request.url === '/cut') return void request.socket.destroy();
      response.writeHead(200, { 'x-code-release': 'v2', 'x-code-instance': 'a1' }).end('fine');
    });
    const ask = (name: string): LoadRequest => ({ ...get, name, path: `/${name}` });
    const wrong: LoadRequest = { ...ask('wrong'), checks: [{ kind: 'contains', text: 'gold' }] };
    const requests: LoadPlan['requests'] = [ask('fine'), ask('broken'), ask('cut'), wrong];
    const found = await load(port, { kind: 'constant', rate: 200 }, { plan: { requests } });
    addsUp(found);
    const { fine, broken, cut, wrong: unlike } = found.byRequest;
    expect(fine).toMatchObject({ failed: 0 });
    expect(found.succeeded).toBe(fine?.succeeded);
    expect(found.failures).toEqual({
      '503 no_upstream': broken?.failed,
      ECONNRESET: cut?.failed,
      'check: the body has no "gold"': unlike?.failed,
    });
    expect(found.byRelease).toMatchObject({ v2: { succeeded: fine?.succeeded, failed: unlike?.failed } });
    expect(Object.keys(found.byInstance)).toEqual(['a1']);
  });

  it('counts a stall of the server from when each request should have left', async () => {
    const held: (() => void)[] = [];
    let stalls = true;
    const port = await listen((_, response) => {
      if (stalls) held.push(() => response.end());
      else response.end();
    });
    // Everything of the first half waits until the second half has begun, by the generator's own account.
    const release = ({ at }: LoadGlance) => {
      if (at < 500) return;
      stalls = false;
      for (const answer of held.splice(0)) answer();
    };
    const found = await load(port, { kind: 'constant', rate: 100 }, { live: release });
    expect(found).toMatchObject({ offered: 100, succeeded: 100 });
    addsUp(found);
    // What should have left first has waited for half a second at least; a closed loop would have shown one such request.
    expect(quantileOf(found.latency, 0.95)).toBeGreaterThan(400_000);
    expect(found.windows[0]?.inFlight).toBeGreaterThan(0);
  });

  it('gives up on what is not answered in time, and says so of a target that is not there', async () => {
    const silent = await listen(() => undefined);
    const slow = await load(silent, { kind: 'constant', rate: 20 }, { plan: { timeout: 50 } });
    expect(slow).toMatchObject({ offered: 20, timedOut: 20, succeeded: 0, failures: { timeout: 20 } });
    addsUp(slow);
    const gone = createTcpServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const refused = await load(port, { kind: 'constant', rate: 20 });
    expect(refused).toMatchObject({ offered: 20, failed: 20, failures: { ECONNREFUSED: 20 } });
    addsUp(refused);
  });

  it('is not believed when it had no connection to send by', async () => {
    const silent = await listen(() => undefined);
    const found = await load(silent, { kind: 'constant', rate: 50 }, { plan: { connections: 5, timeout: 2_000 } });
    expect(found.dropped).toBeGreaterThan(0);
    expect(found.generator).toMatchObject({ kept: false, because: expect.stringContaining('all 5 in use') });
    addsUp(found);
  });

  it('stops at once when it is told to, with what there is', async () => {
    const silent = await listen(() => undefined);
    const ended = new AbortController();
    const live = ({ offered }: LoadGlance) => void (offered > 3 && ended.abort());
    const found = await load(silent, { kind: 'constant', rate: 20 }, { lasts: 600_000, signal: ended.signal, live });
    expect(found.unanswered).toBe(found.sent);
    expect(found.sent).toBeGreaterThan(3);
    expect(found.lasted).toBeLessThan(600_000);
    addsUp(found);
  });

  it('has as many users as it was told, each waiting for its answer and thinking before it asks again', async () => {
    let [now, most] = [0, 0];
    const port = await listen((_, response) => {
      now += 1;
      most = Math.max(most, now);
      setImmediate(() => {
        now -= 1;
        response.end();
      });
    });
    const busy = await load(port, { kind: 'users', users: 3, think: 0 });
    expect(most).toBeLessThanOrEqual(3);
    expect(busy.succeeded).toBeGreaterThan(10);
    addsUp(busy);
    const thinking = await load(port, { kind: 'users', users: 6, think: 400 }, { plan: { workers: 2 } });
    addsUp(thinking);
    // Each begins once, and cannot have asked more often than its thoughts let it.
    expect(thinking.offered).toBeGreaterThanOrEqual(6);
    expect(thinking.offered).toBeLessThanOrEqual(18);
  });
});
