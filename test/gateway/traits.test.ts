// What a route may ask for beyond weights: rules, stickiness, mirrors, limits, waking; over real sockets.
import { describe, expect, test } from 'vitest';
import type { RoutedService } from '../../src/model/route.ts';
import type { TrafficPolicy } from '../../src/model/traffic.ts';
import { aDeadPort, aGateway, aLatch, anUpstream, aService, ask, aTable, at, inFrontOf, policy, until } from './kit.ts';

/** A stable and a new release behind one gateway; `apply` puts the next table in force. */
async function twoReleases(varied: Partial<RoutedService> = {}, share = 0.5) {
  const stable = await anUpstream((_, response) => void response.end('stable'));
  const fresh = await anUpstream((_, response) => void response.end('new'));
  const { gateway, port } = await aGateway();
  let version = 0;
  const apply = (weight: number, more: Partial<RoutedService> = {}) =>
    gateway.apply(aTable(++version, [aService({ stable: [1 - weight, [at(stable.port)]], new: [weight, [at(fresh.port)]] }, more)]));
  await apply(share, varied);
  return { gateway, port, stable, fresh, apply };
}

const sticky = { kind: 'cookie', name: 'side', release: 'new', without: 'assign', maxAge: 3_600_000 } as const;

function cookieOf(answer: { readonly headers: Readonly<Record<string, unknown>> }): string | undefined {
  const [line] = (answer.headers['set-cookie'] as readonly string[] | undefined) ?? [];
  return line?.split(';')[0];
}

describe('C-26 sticky cookie', () => {
  test('a visitor is told a bucket once and stays on its side; a growing share takes others along and loses nobody; 0 % leaves nobody', async () => {
    const { port, apply, gateway } = await twoReleases({ sticky }, 0.3);
    const visitors = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const first = await ask(port);
        return { cookie: cookieOf(first) ?? '', side: first.body };
      }),
    );
    expect(new Set(visitors.map((one) => one.cookie)).size).toBe(60);
    const sides = () => Promise.all(visitors.map(async ({ cookie }) => (await ask(port, { headers: { cookie } })).body));
    expect(await sides()).toEqual(visitors.map((one) => one.side));
    const early = new Set(visitors.filter((one) => one.side === 'new').map((one) => one.cookie));
    expect(early.size).toBeGreaterThan(3);
    expect(early.size).toBeLessThan(40);

    await apply(0.7, { sticky });
    const later = await sides();
    for (const [index, { cookie }] of visitors.entries()) if (early.has(cookie)) expect(later[index]).toBe('new');
    expect(later.filter((side) => side === 'new').length).toBeGreaterThan(early.size);

    await apply(0, { sticky });
    expect(new Set(await sides())).toEqual(new Set(['stable']));
    expect(gateway.observe().services[0]?.byCookie).toBeGreaterThan(early.size);
  });

  test('where the application gives out the cookie, no cookie means stable, and we set none', async () => {
    const { port, apply } = await twoReleases({ sticky: { ...sticky, without: 'rest' } }, 0.5);
    const anonymous = await Promise.all(Array.from({ length: 20 }, () => ask(port)));
    expect(new Set(anonymous.map((one) => one.body))).toEqual(new Set(['stable']));
    expect(anonymous.map(cookieOf).filter(Boolean)).toEqual([]);
    const known = await Promise.all(Array.from({ length: 40 }, (_, account) => ask(port, { headers: { cookie: `side=${account}` } })));
    expect(new Set(known.map((one) => one.body))).toEqual(new Set(['stable', 'new']));
    await apply(0.5);
    expect(new Set(await Promise.all([ask(port), ask(port)]).then((both) => both.map((one) => one.body)))).toEqual(
      new Set(['stable', 'new']),
    );
  });

  test('a side whose instances are all gone is passed over, not waited for', async () => {
    const stable = await anUpstream((_, response) => void response.end('stable'));
    const { gateway, port } = await aGateway();
    await gateway.apply(aTable(1, [aService({ stable: [0.1, [at(stable.port)]], new: [0.9, []] }, { sticky })]));
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(port)));
    expect(new Set(answers.map((one) => one.body))).toEqual(new Set(['stable']));
  });
});

describe('C-26 rules', () => {
  const rules: RoutedService['rules'] = [
    { match: { kind: 'cookie', name: 'account', equals: ['7', '8'] }, release: 'new' },
    { match: { kind: 'header', name: 'X-Preview', like: 'team-*' }, release: 'new' },
    { match: { kind: 'header', name: 'X-Preview', equals: ['gone'] }, release: 'removed' },
  ];

  test('an allow-list and a header reach the new release at weight zero, and nobody else does; a rule without an upstream is passed over', async () => {
    const { port, gateway } = await twoReleases({ rules }, 0);
    const bodyOf = async (headers: Record<string, string>) => (await ask(port, { headers })).body;
    expect(await bodyOf({ cookie: 'account=7' })).toBe('new');
    expect(await bodyOf({ cookie: 'account=9' })).toBe('stable');
    expect(await bodyOf({ 'x-preview': 'team-blue' })).toBe('new');
    expect(await bodyOf({ 'x-preview': 'other' })).toBe('stable');
    expect(await bodyOf({ 'x-preview': 'gone' })).toBe('stable');
    expect(await bodyOf({})).toBe('stable');
    expect(gateway.observe().services[0]).toMatchObject({ byRule: 2, requests: 6 });
  });
});

describe('C-17 mirror', () => {
  test('a share of the safe requests is copied before the release has any weight, marked, counted apart, and its answers are thrown away', async () => {
    const { port, stable, gateway, apply } = await twoReleases({}, 0);
    const headers: unknown[] = [];
    const copy = await anUpstream((incoming, response) => {
      headers.push(incoming.headers['x-mirror']);
      response.writeHead(500).end('broken');
    });
    const mirror = { release: 'new', share: 0.5, atMost: 10 };
    await apply(0, {
      mirror,
      releases: [
        { release: 'stable', weight: 1, upstreams: [at(stable.port)] },
        { release: 'new', weight: 0, upstreams: [at(copy.port)] },
      ],
    });
    for (let count = 0; count < 10; count++) expect(await ask(port, { path: `/${count}` })).toMatchObject({ status: 200, body: 'stable' });
    for (let count = 0; count < 4; count++) await ask(port, { method: 'POST', path: '/write', body: 'x' });
    const [mirrored] = await until(
      'the copies',
      () => gateway.observe().mirrors,
      (all) => all[0]?.requests === 5,
    );
    expect(mirrored).toMatchObject({ release: 'new', requests: 5, failures: 5 });
    expect(copy.seen.every((line) => line.startsWith('GET /'))).toBe(true);
    expect(headers).toEqual(Array.from({ length: 5 }, () => '1'));
    const { releases, services } = gateway.observe();
    expect(releases.find((one) => one.release === 'new')).toMatchObject({ requests: 0, failures: 0 });
    expect(services[0]).toMatchObject({ mirrored: 5, mirrorsSkipped: 0, inFlight: 0 });
  });

  test('a mirror that does not answer delays nobody and holds at most so many copies; nothing waits for it at the end', async () => {
    const { port, stable, gateway, apply } = await twoReleases({}, 0);
    const hung = await anUpstream(() => undefined);
    const releases = [
      { release: 'stable', weight: 1, upstreams: [at(stable.port)] },
      { release: 'new', weight: 0, upstreams: [at(hung.port)] },
    ];
    await apply(0, { mirror: { release: 'new', share: 1, atMost: 2 }, releases });
    for (let count = 0; count < 6; count++) expect((await ask(port)).body).toBe('stable');
    expect(gateway.observe().services[0]).toMatchObject({ mirrored: 2, mirrorsSkipped: 4 });
    await apply(0, { releases: releases.slice(0, 1) });
    expect(gateway.observe().inFlight).toEqual({});
  });

  test('a mirror that nobody listens at, or that speaks no HTTP, is counted as failing', async () => {
    const { port, stable, gateway, apply } = await twoReleases({}, 0);
    const releases = [
      { release: 'stable', weight: 1, upstreams: [at(stable.port)] },
      { release: 'new', weight: 0, upstreams: [at(await aDeadPort())] },
    ];
    await apply(0, { mirror: { release: 'new', share: 1, atMost: 2 }, releases });
    expect((await ask(port)).body).toBe('stable');
    await until(
      'the failure',
      () => gateway.observe().mirrors[0],
      (one) => one?.failures === 1,
    );
    expect(gateway.observe().releases.find((one) => one.release === 'new')?.failures).toBe(0);
  });
});

describe('limits', () => {
  const limited = (limit: NonNullable<TrafficPolicy['limit']>) => ({ policy: { ...policy, limit } });

  test('no instance gets more than it may; who waits is served in order as places come free, and one too many is refused at once', async () => {
    const latches = [aLatch(), aLatch(), aLatch()];
    let busy = 0;
    let most = 0;
    const slow = await anUpstream(async (incoming, response) => {
      most = Math.max(most, ++busy);
      await latches[Number(incoming.url?.slice(1))]?.opened;
      busy--;
      response.end(incoming.url);
    });
    const { gateway, port } = await inFrontOf([at(slow.port)], limited({ inFlight: 1, queue: 2, wait: 20_000 }));
    const first = ask(port, { path: '/0' });
    await until(
      'the first',
      () => slow.seen.length,
      (seen) => seen === 1,
    );
    const second = ask(port, { path: '/1' });
    await until(
      'the second waits',
      () => gateway.observe().services[0]?.held,
      (held) => held === 1,
    );
    const third = ask(port, { path: '/2' });
    await until(
      'the third waits',
      () => gateway.observe().services[0]?.held,
      (held) => held === 2,
    );
    expect(await ask(port)).toMatchObject({ status: 503, reason: 'overloaded', headers: { 'retry-after': '1' } });
    latches[2]?.open();
    latches[0]?.open();
    expect((await first).body).toBe('/0');
    await until(
      'the second is served',
      () => slow.seen.length,
      (seen) => seen === 2,
    );
    expect(slow.seen).toEqual(['GET /0', 'GET /1']);
    latches[1]?.open();
    expect([(await second).body, (await third).body, most]).toEqual(['/1', '/2', 1]);
    expect(gateway.observe()).toMatchObject({ waiting: {}, inFlight: {} });
    expect(gateway.observe().services[0]).toMatchObject({ requests: 4, overloaded: 1, inFlight: 0 });
  });

  test('whoever waited long enough is told so; whoever goes away leaves the queue', async () => {
    const latch = aLatch();
    const slow = await anUpstream((_, response) => void latch.opened.then(() => response.end('ok')));
    const { gateway, port } = await inFrontOf([at(slow.port)], limited({ inFlight: 1, queue: 1, wait: 60 }));
    const first = ask(port);
    await until(
      'the first',
      () => slow.seen.length,
      (seen) => seen === 1,
    );
    expect(await ask(port)).toMatchObject({ status: 503, reason: 'overloaded' });
    expect(await ask(port)).toMatchObject({ status: 503, reason: 'overloaded' });
    latch.open();
    expect((await first).status).toBe(200);
    expect((await ask(port)).status).toBe(200);
    expect(gateway.observe().services[0]).toMatchObject({ overloaded: 2 });
  });
});

describe('rate limit', () => {
  test('what is above the rate gets 429 and when to come back; another asker is not touched, and a new table forgives nothing', async () => {
    const upstream = await anUpstream();
    const rate = { perSecond: 0.01, burst: 2, by: { kind: 'header', name: 'X-Key' } } as const;
    const { gateway, port } = await inFrontOf([at(upstream.port)], { policy: { ...policy, rate } });
    const asking = (key: string) => ask(port, { headers: { 'x-key': key } });
    expect([(await asking('a')).status, (await asking('a')).status]).toEqual([200, 200]);
    const refused = await asking('a');
    expect(refused).toMatchObject({ status: 429, reason: 'rate_limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(90);
    expect((await asking('b')).status).toBe(200);
    await gateway.apply(aTable(2, [aService({ v2: [1, [at(upstream.port)]] }, { policy: { ...policy, rate } })]));
    expect((await asking('a')).status).toBe(429);
    expect(gateway.observe().services[0]).toMatchObject({ requests: 5, rateLimited: 2 });
  });
});

describe('retries and ejection by policy', () => {
  test('with one attempt a dead instance is not passed over, and it is never ejected where that is switched off', async () => {
    const alive = await anUpstream();
    const varied = {
      policy: { ...policy, retries: { attempts: 1, share: 0.2 }, eject: { failures: 0, time: 1_000, longest: 1_000, share: 1 } },
    };
    const { gateway, port } = await inFrontOf([at(await aDeadPort(), 'dead'), at(alive.port)], varied);
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await ask(port)).status));
    expect(new Set(statuses)).toEqual(new Set([200, 502]));
    expect(gateway.observe()).toMatchObject({ ejected: {} });
    expect(gateway.observe().services[0]).toMatchObject({ retries: 0, ejections: 0 });
  });

  test('no more than the share of instances is out at once', async () => {
    const alive = await anUpstream();
    const dead = await Promise.all(['d1', 'd2', 'd3'].map(async (name) => at(await aDeadPort(), name)));
    const varied = {
      policy: { ...policy, eject: { failures: 1, time: 60_000, longest: 60_000, share: 0.5 } },
    };
    const { gateway, port } = await inFrontOf([...dead, at(alive.port)], varied);
    for (let count = 0; count < 12; count++) await ask(port);
    expect(Object.keys(gateway.observe().ejected)).toHaveLength(2);
    expect(gateway.observe().services[0]).toMatchObject({ ejections: 2 });
  });
});

describe('scaled to nothing', () => {
  test('the first request is told of at once, waits, and is answered as soon as an instance is there; one too many is refused', async () => {
    const { gateway, port } = await aGateway();
    const varied = { policy: { ...policy, wake: { hold: 20_000, most: 2 } } };
    await gateway.apply(aTable(1, [aService({ v1: [1, []] }, varied)]));
    const told: string[] = [];
    const stop = gateway.onWaiting((service) => told.push(service));
    const waiting = [ask(port), ask(port)];
    await until(
      'both wait',
      () => gateway.observe().waiting,
      (all) => all['shop/test/web'] === 2,
    );
    expect(told).toEqual(['shop/test/web']);
    expect(await ask(port)).toMatchObject({ status: 503, reason: 'too_many_waiting', headers: { 'retry-after': '1' } });
    const upstream = await anUpstream();
    await gateway.apply(aTable(2, [aService({ v1: [1, [at(upstream.port)]] }, varied)]));
    expect((await Promise.all(waiting)).map((one) => one.status)).toEqual([200, 200]);
    expect(gateway.observe()).toMatchObject({ waiting: {} });
    expect(gateway.observe().services[0]).toMatchObject({ requests: 3, held: 2 });
    stop();
  });
});
