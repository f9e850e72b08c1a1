// What counts where releases are compared: requests that fell to a release by lot, and none that somebody sent there.
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Gateway } from '../../src/gateway/gateway.ts';
import { ReleaseMeter } from '../../src/gateway/routing/measure.ts';
import { Upstream } from '../../src/gateway/routing/upstream.ts';
import { Seat } from '../../src/gateway/serve/seat.ts';
import { openSeal } from '../../src/gateway/visitor-key.ts';
import type { RoutedService } from '../../src/model/route.ts';
import { aDeadPort, aGateway, anUpstream, aService, ask, aTable, at, policy, until } from './kit.ts';

/** A good and a bad release behind one gateway. */
async function goodAndBad(weight: number, varied: Partial<RoutedService>) {
  const good = await anUpstream((_, response) => void response.end('good'));
  const bad = await anUpstream((_, response) => void response.writeHead(500).end('bad'));
  const { gateway, port } = await aGateway();
  await gateway.apply(aTable(1, [aService({ good: [1 - weight, [at(good.port)]], bad: [weight, [at(bad.port)]] }, varied)]));
  const counted = (release: string) => {
    const { releases, chosen = [] } = gateway.observe();
    const [lot, apart] = [releases, chosen].map((all) => all.find((one) => one.release === release));
    return { lot: lot?.requests, failures: lot?.failures, apart: apart?.requests };
  };
  return { gateway, port, counted };
}

const sticky = { kind: 'cookie', name: 'side', release: 'bad', without: 'assign', maxAge: 3_600_000 } as const;

describe('requests that somebody sent to a release', () => {
  test('by a header or a cookie of a rule decide no verdict: they are counted apart, also when they fail', async () => {
    const rules: RoutedService['rules'] = [{ match: { kind: 'header', name: 'x-canary', equals: ['yes'] }, release: 'bad' }];
    const { port, counted } = await goodAndBad(0, { rules });
    for (let count = 0; count < 5; count++) expect((await ask(port, { headers: { 'x-canary': 'yes' } })).body).toBe('bad');
    expect((await ask(port)).body).toBe('good');
    expect(counted('bad')).toEqual({ lot: 0, failures: 0, apart: 5 });
    expect(counted('good')).toEqual({ lot: 1, failures: 0, apart: 0 });
  });

  test('a second try of such a request is counted apart as well', async () => {
    const rules: RoutedService['rules'] = [{ match: { kind: 'header', name: 'x-canary', equals: ['yes'] }, release: 'new' }];
    const upstream = await anUpstream();
    const { gateway, port } = await aGateway();
    const fresh = [at(await aDeadPort(), 'dead'), at(upstream.port)];
    await gateway.apply(aTable(1, [aService({ old: [1, [at(upstream.port, 'old')]], new: [0, fresh] }, { rules })]));
    for (let count = 0; count < 4; count++) expect((await ask(port, { headers: { 'x-canary': 'yes' } })).status).toBe(200);
    const { releases, chosen, services } = gateway.observe();
    expect(services[0]?.retries).toBeGreaterThan(0);
    expect(releases.every((one) => one.requests === 0)).toBe(true);
    expect(chosen?.find((one) => one.release === 'new')).toMatchObject({ requests: 4, failures: 0 });
  });

  test('a cookie that a client made up sends him nowhere: each of his requests is drawn anew, and answered with a cookie', async () => {
    const { port, gateway } = await goodAndBad(0.5, { sticky });
    const answers = [];
    for (let count = 0; count < 60; count++)
      answers.push(await ask(port, { headers: { cookie: 'side=aaaaaaaaaaaaaaaa.AAAAAAAAAAAAAAAA' } }));
    expect(new Set(answers.map((one) => one.body))).toEqual(new Set(['good', 'bad']));
    expect(new Set(answers.map((one) => one.headers['set-cookie']?.[0]?.split(';')[0])).size).toBe(60);
    expect(gateway.observe().releases.reduce((sum, one) => sum + one.requests, 0)).toBe(60);
  });
});

describe('the key of visitors', () => {
  test('is made once for its owner alone, is the same for processes that come at once, and after a restart; a damaged one is made anew', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'visitors-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'visitor-key');
    const seals = await Promise.all(Array.from({ length: 8 }, () => openSeal(file)));
    const { cookie } = (seals[0] ?? (await openSeal(file))).make('a/b/c');
    for (const seal of [...seals, await openSeal(file)]) expect(seal.read('a/b/c', cookie)?.cookie).toBe(cookie);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['visitor-key']);
    await writeFile(file, 'torn');
    const [anew, other] = await Promise.all([openSeal(file), openSeal(file)]);
    expect(other.read('a/b/c', anew.make('a/b/c').cookie)).toBeDefined();
    expect(anew.read('a/b/c', cookie)).toBeUndefined();
    expect((await openSeal(file)).read('a/b/c', anew.make('a/b/c').cookie)).toBeDefined();
  });

  test('a visitor keeps his side at another process of the same gateway', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'visitors-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const upstreams = await Promise.all(['old', 'bad'].map((name) => anUpstream((_, response) => void response.end(name))));
    const table = aTable(1, [
      aService({ old: [0.5, [at(upstreams[0]?.port ?? 0)]], bad: [0.5, [at(upstreams[1]?.port ?? 0)]] }, { sticky }),
    ]);
    const processes = await Promise.all(
      Array.from({ length: 2 }, async () => {
        const gateway = new Gateway({ keep: async () => {}, seal: await openSeal(join(directory, 'visitor-key')) });
        onTestFinished(() => gateway.stop(AbortSignal.abort()));
        await gateway.apply(table);
        return gateway.listen({ host: '127.0.0.1', port: 0 });
      }),
    );
    const [one, other] = processes.map(({ port }) => port);
    for (let visitor = 0; visitor < 12; visitor++) {
      const first = await ask(one ?? 0);
      const again = await ask(other ?? 0, { headers: { cookie: first.headers['set-cookie']?.[0]?.split(';')[0] ?? '' } });
      expect(again).toMatchObject({ body: first.body });
      expect(again.headers['set-cookie']).toBeUndefined();
    }
  });
});

describe('the lot', () => {
  const turns = async (lot: true | undefined) => {
    const { port } = await goodAndBad(0.5, { ...(lot && { lot }) });
    const sides: string[] = [];
    for (let count = 0; count < 200; count++) sides.push((await ask(port)).body);
    return sides;
  };

  test('while releases are compared nobody can tell whose turn is next, and each has about its share', async () => {
    const sides = await turns(true);
    const changes = sides.filter((side, index) => side !== sides[index - 1]).length;
    expect(changes).toBeLessThan(170);
    expect(changes).toBeGreaterThan(30);
    const bad = sides.filter((side) => side === 'bad').length;
    expect(bad).toBeGreaterThan(50);
    expect(bad).toBeLessThan(150);
  });

  test('otherwise shares are exact, turn by turn', async () => {
    const sides = await turns(undefined);
    expect(sides.every((side, index) => index === 0 || side !== sides[index - 1])).toBe(true);
  });
});

describe('a client who does not read', () => {
  test('is not the fault of the release whose answer he asked for', async () => {
    // Larger than what the sockets on the way take.
    const upstream = await anUpstream((_, response) => void response.end(Buffer.alloc(64 * 1024 * 1024)));
    const { gateway, port } = await aGateway();
    const hasty = { ...policy, idleTimeout: 100 };
    await gateway.apply(aTable(1, [aService({ v1: [1, [at(upstream.port)]] }, { policy: hasty })]));
    const client = connect({ port, host: '127.0.0.1' });
    onTestFinished(() => void client.destroy());
    client.on('error', () => undefined);
    client.pause();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [release] = await until(
      'the end of the request',
      () => gateway.observe().releases,
      (all) => all[0]?.requests === 1,
    );
    expect(release).toMatchObject({ requests: 1, failures: 0 });
  });

  test('does not make it slow: the time in which he was waited for is not counted', () => {
    const upstream = new Upstream({ instance: 'i', host: '127.0.0.1', port: 1 });
    const meter = new ReleaseMeter('s', 'r');
    const seat = new Seat(1_000);
    seat.target = { upstream, meter, release: { name: 'r', weight: 1, current: 0, start: 0, targets: [] } };
    seat.stall(1_010);
    seat.stall(1_500);
    seat.goOn(9_010);
    seat.stall(9_020);
    seat.leave(false, 60_000);
    expect(meter.read().latency).toEqual([{ atMost: 20.5, count: 1 }]);
  });
});
