// Sizes that follow the load, on real instances: to nothing and back, sources that fail, holds, and releases that change meanwhile.
import { expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import { until } from '../kit/until.ts';
import { aGate } from './gate.ts';
import type { Says } from './sources.ts';
import { Source } from './sources.ts';
import type { App, Stage } from './stage.ts';

interface Told {
  readonly kind: string;
  readonly message: string;
}

const pace = { window: '0s', rates: [{ instances: 4, per: '100ms' }] };
const often = { every: '50ms', up: pace, down: pace };

/** A queue whose length the test says, and that knows how often it was asked. */
async function aQueue(stage: Stage, length: Says) {
  const queue = { length, asked: 0 };
  const source = await Source.open(() => {
    queue.asked += 1;
    return queue.length;
  });
  stage.closing.push(() => source.close());
  const targets = { queue: { webhook: { url: `${source.url}/value` }, target: 10 } };
  const askedAgain = async () => {
    const before = queue.asked;
    await until(
      () => queue.asked,
      (seen) => seen >= before + 10,
    );
  };
  return { queue, targets, askedAgain };
}

export function scalingTests(stage: () => Stage): void {
  const isOf = (app: App, size: number) =>
    app.becomes(({ replicas, ready, instances }) => replicas === size && ready === size && instances.length === size);
  const hold = (app: App, verb: 'pause' | 'resume', how = {}) =>
    stage().house.call(`scale.${verb}`, { ...app.scope, service: 'web', ...how });
  /** What was decided about its size, in words. */
  const decisions = async (app: App) => {
    const { home, root } = stage().house;
    const { stdout } = await cli(['events', '--json', '--app', app.name, '--home', home], root);
    const told = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Told] : []));
    return told.filter(({ kind }) => kind === 'service.scaled').map(({ message }) => message);
  };

  it('O-07 it goes to nothing when nothing is asked; the first request is held until one is up, and answered', async () => {
    const app = stage().app('o-07');
    await app.ship('v1', { scale: { ...often, min: 0, max: 2, targets: { concurrency: 10 }, zero: { after: '200ms' } } });
    await isOf(app, 0);
    expect((await app.get()).body).toBe('v1');
    expect(await decisions(app)).toContain('web goes from 0 to 1: a request waits for it');
    await isOf(app, 0);
  });

  it('O-07 at size nothing a new release has to become ready all the same, goes again, and answers who wakes it', async () => {
    const gate = aGate(({ version }) => version === 'v2');
    const app = stage().app('o-07-new', gate);
    const scale = { ...often, min: 0, max: 2, targets: { concurrency: 10 }, zero: { after: '200ms' } };
    await app.ship('v1', { scale });
    await isOf(app, 0);
    const deployment = await app.start('v2', { scale });
    await app.asked('v2');
    expect((await app.deployments())[0]?.outcome).toBeUndefined();
    gate.open();
    expect((await app.outcome(deployment)).outcome).toBe('succeeded');
    await isOf(app, 0);
    expect(app.heard('start', 'v2')).toHaveLength(1);
    expect((await app.get()).body).toBe('v2');
  });

  it('O-07 a source that fails keeps the size, a hold is honoured, another pace takes effect, and without a scale the manifest says', async () => {
    const app = stage().app('o-07-queue');
    const { queue, targets, askedAgain } = await aQueue(stage(), 25);
    const scale = { ...often, min: 1, max: 4, targets };
    await app.ship('v1', { scale });
    await isOf(app, 3);
    queue.length = 'fail';
    await askedAgain();
    expect((await app.service()).replicas).toBe(3);
    await hold(app, 'pause', { at: 2 });
    queue.length = 35;
    await isOf(app, 2);
    await askedAgain();
    expect((await app.service()).replicas).toBe(2);
    await hold(app, 'resume');
    await isOf(app, 4);
    await app.ship('v2', { scale: { ...scale, down: { ...pace, window: '1h' } } });
    queue.length = 5;
    await askedAgain();
    expect((await app.service()).replicas).toBe(4);
    await app.ship('v3', { scale });
    await isOf(app, 1);
    await app.ship('v4', { replicas: 2 });
    await isOf(app, 2);
  });

  it('O-08 nobody more comes of a rolling update at idle load', async () => {
    const app = stage().app('o-08');
    const varied = { replicas: 2, scale: { ...often, min: 2, max: 4, targets: { requests_per_second: 1_000 } } };
    await app.ship('v1', varied);
    const load = app.load();
    const deployment = await app.start('v2', varied);
    let most = 0;
    await until(
      async () => {
        most = Math.max(most, (await app.service()).instances.filter(({ state }) => state === 'running').length);
        return (await app.deployments()).find(({ id }) => id === deployment.id)?.outcome;
      },
      (outcome) => outcome === 'succeeded',
    );
    expect((await load.stop()).failures).toEqual([]);
    expect([app.heard('start', 'v2').length, await decisions(app)]).toEqual([2, []]);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('O-08 a version that crashes in a loop never drives the size up', async () => {
    const app = stage().app('o-08-loop', { start: ({ version }) => (version === 'v2' ? 'crash' : 'serve') });
    const { targets, askedAgain } = await aQueue(stage(), 15);
    const varied = { scale: { ...often, min: 1, max: 4, targets } };
    await app.ship('v1', varied);
    await isOf(app, 2);
    const before = await decisions(app);
    expect(await app.ship('v2', varied)).toMatchObject({ outcome: 'rolled_back' });
    await askedAgain();
    await isOf(app, 2);
    expect(await decisions(app)).toEqual(before);
  });
}
