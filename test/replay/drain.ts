// Drain and connections, through whole deployments: who was let in is served, and nobody is let in to a place that closes.
import { get as httpGet } from 'node:http';
import { expect, it } from 'vitest';
import { openWebSocket } from '../gateway/websockets.ts';
import type { InstanceSeen } from '../kit/house.ts';
import type { Answer } from '../kit/http.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import type { Stage } from './stage.ts';
import type { Behaviour } from './witness.ts';

/** Past the gateway: an answer shows that the instance lives. */
function ask(instance: InstanceSeen | undefined): Promise<Answer> {
  const [address = '', port = ''] = instance?.address?.split(':') ?? [];
  return get({ host: address, address, port: Number(port), path: '/' });
}

/** An application that does not wait for its own requests: only a drain before SIGTERM saves them. */
export const atOnce: Behaviour = { onSigterm: () => 0 };

/** Longer than any test: what waits for it never ends. */
const forever = '10h';

export function drainTests(stage: () => Stage): void {
  it('R-01 a request in flight completes with 200 when its instance drains within the budget', async () => {
    const app = stage().app('r-01', atOnce);
    await app.ship('v1');
    const { answer } = await app.slowly(1_500);
    expect(await app.ship('v2')).toMatchObject({ outcome: 'succeeded' });
    expect(await answer).toMatchObject({ status: 200, body: 'slow', headers: { 'x-version': 'v1' } });
  });

  it('R-02 a request that outlasts the budget ends with 504 at the deadline, while its instance is still in its grace', async () => {
    const end = Promise.withResolvers<void>();
    const app = stage().app('r-02', { ...atOnce, hold: (what) => (what === 'sigterm' ? end.promise : undefined) });
    await app.ship('v1', { stop: { drain: '400ms', grace: '30m' } });
    const { answer } = await app.slowly(60_000);
    const [old] = (await app.service()).instances;
    const deployment = await app.start('v2');
    expect(await answer).toMatchObject({ status: 504, headers: { 'x-code-reason': 'drain_deadline' } });
    expect((await ask(old)).body).toBe('v1');
    end.resolve();
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
  });

  it('R-03 an idle instance is drained at once, however long it might take', async () => {
    const app = stage().app('r-03');
    await app.ship('v1', { stop: { drain: forever } });
    expect((await app.get()).body).toBe('v1');
    expect(await app.ship('v2', { stop: { drain: forever } })).toMatchObject({ outcome: 'succeeded' });
    expect(app.heard('done', 'v1')).toHaveLength(1);
  });

  it('R-04 a WebSocket is closed with 1001 and does not hold the drain', async () => {
    const app = stage().app('r-04');
    const varied = { routes: [{ host: '*', path: '/r-04' }], stop: { drain: forever } };
    await app.ship('v1', varied);
    const socket = await openWebSocket(stage().gateway.port, '/r-04/ws');
    const ended = app.ship('v2', varied);
    expect(await socket.closed).toBe(1001);
    expect(await ended).toMatchObject({ outcome: 'succeeded' });
  });

  it('R-05 events come one by one, and their stream ends cleanly when the drain is over', async () => {
    const end = Promise.withResolvers<void>();
    const app = stage().app('r-05', { ...atOnce, hold: (what) => (what === 'sigterm' ? end.promise : undefined) });
    await app.ship('v1', { stop: { drain: '3s', grace: '30m' } });
    let seen = '';
    const stream = new Promise<boolean>((resolve, reject) => {
      httpGet({ host: '127.0.0.1', port: stage().gateway.port, path: '/stream', headers: { host: app.host }, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', (text: string) => (seen += text));
        response.on('error', () => resolve(false));
        response.on('close', () => resolve(response.complete));
      }).on('error', reject);
    });
    await until(
      () => seen,
      (text) => text.split('\n\n').length > 3,
    );
    const before = seen.length;
    const [old] = (await app.service()).instances;
    const deployment = await app.start('v2');
    expect(await stream).toBe(true);
    expect((await ask(old)).body).toBe('v1');
    end.resolve();
    expect(seen.length).toBeGreaterThan(before);
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
  });

  it('R-10 SIGTERM comes right after the switch, before the drain time is over', async () => {
    const app = stage().app('r-10');
    await app.ship('v1', { stop: { drain: forever } });
    const deployment = await app.start('v2', { strategy: { bake: '30m' } });
    await app.hears('sigterm', 'v1');
    expect(await stage().house.call('deployments.get', { id: deployment.id })).not.toHaveProperty('outcome');
    await stage().house.call('deployments.abort', { id: deployment.id });
    await app.outcome(deployment);
  });

  it('R-10 a worker has its own budget to stop, which a shorter one of its neighbour does not cut', async () => {
    const app = stage().app('r-10-worker', {
      onSigterm: ({ service, version }) => (service === 'web' ? 'ignore' : version === 'v1' ? 2_500 : 600_000),
    });
    const services = (grace: string) => ({ web: { stop: { grace: '300ms' } }, worker: { port: undefined, stop: { grace } } });
    await app.ship('v1', {}, services('10m'));
    expect(await app.ship('v2', {}, services('300ms'))).toMatchObject({ outcome: 'succeeded' });
    expect(app.heard('done').map(({ service, version }) => `${service} ${version}`)).toEqual(['worker v1']);
    expect(await app.ship('v3', {}, services('300ms'))).toMatchObject({ outcome: 'succeeded' });
    expect(app.heard('done', 'v2')).toEqual([]);
  });

  it('R-11 nobody is routed to an instance in shutdown, also not over kept connections', async () => {
    const app = stage().app('r-11', atOnce);
    await app.ship('v1', { replicas: 3 });
    const load = app.load();
    for (const version of ['v2', 'v3']) expect(await app.ship(version, { replicas: 3 })).toMatchObject({ outcome: 'succeeded' });
    expect(await app.change('restart_plan')).toMatchObject({ outcome: 'succeeded' });
    await until(
      () => Object.values(load.versions).reduce((sum, one) => sum + one, 0),
      (answered) => answered > 100,
    );
    expect((await load.stop()).failures).toEqual([]);
  });

  it('R-12 scaling down drains those who go in the same way', async () => {
    const end = Promise.withResolvers<void>();
    const app = stage().app('r-12', { ...atOnce, hold: (what) => (what === 'slow' ? end.promise : undefined) });
    await app.ship('v1', { replicas: 3 });
    // Each of two gateway processes spreads what it has itself: of five requests one has at least three, and reaches all instances.
    const slow: Awaited<ReturnType<typeof app.slowly>>[] = [];
    while (slow.length < 5) slow.push(await app.slowly(1));
    const load = app.load();
    const scaled = app.change('scale_plan', { replicas: { web: 1 } });
    await until(
      async () => (await app.service()).replicas,
      (wanted) => wanted === 1,
    );
    end.resolve();
    expect(await scaled).toMatchObject({ outcome: 'succeeded' });
    const answers = await Promise.all(slow.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ headers }) => headers['x-instance'])).size).toBe(3);
    expect((await load.stop()).failures).toEqual([]);
    await app.hears('done', 'v1', 2);
  });
}
