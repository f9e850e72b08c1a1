// Canary and blue-green on real instances behind a real gateway: who meets the new version, when, and how it goes back.
import { expect, it } from 'vitest';
import { because, inTime } from '../kit/deadlines.ts';
import type { DeploymentSeen } from '../kit/house.ts';
import { patience, until } from '../kit/until.ts';
import { aGate } from './gate.ts';
import type { App, Stage } from './stage.ts';

interface Stands extends DeploymentSeen {
  readonly services: readonly (DeploymentSeen['services'][number] & {
    readonly step?: { readonly number: number; readonly weight: number; readonly waits_for: string };
  })[];
}

const asked = { kind: 'canary', steps: [{ weight: '50%', pause: true }, '100%'] };

export function courseTests(stage: () => Stage): void {
  const say = <T = DeploymentSeen>(verb: string, id: string, more: Readonly<Record<string, unknown>> = {}) =>
    stage().house.call<T>(`deployments.${verb}`, { id, ...more });
  /** Waits until the deployment stands at a step. */
  const reaches = ({ id }: DeploymentSeen, number: number, waits: string) =>
    until(
      () => say<Stands>('get', id),
      ({ services: [one] }) => one?.step?.number === number && one.step.waits_for === waits,
      patience,
      50,
    );
  /** The table that follows from a step is in force a moment after the step was stored. */
  const answers = (ask: () => Promise<{ readonly body: string }>, body: string) =>
    until(ask, (answer) => answer.body === body, patience, 50);
  const begun = async (app: App, strategy: Readonly<Record<string, unknown>>, replicas = 2) => {
    await app.ship('v1', { replicas });
    const deployment = await app.start('v2', { replicas, strategy });
    await reaches(deployment, 1, 'people');
    return deployment;
  };

  it('C-01 half of the traffic, a pause, and then all of it by itself; nobody notices', async () => {
    const app = stage().app('c-01');
    await app.ship('v1', { replicas: 2 });
    const load = app.load();
    const strategy = { kind: 'canary', steps: [{ weight: '50%', pause: '1s' }, '100%'] };
    const ended = await app.ship('v2', { replicas: 2, strategy });
    expect(ended).toMatchObject({ outcome: 'succeeded' });
    await until(
      () => load.versions,
      ({ v2 = 0 }) => v2 > 0,
    );
    expect(await load.stop()).toMatchObject({ failures: [], versions: { v1: expect.any(Number), v2: expect.any(Number) } });
    const { instances, release } = await app.service();
    expect(instances.filter(({ state }) => state === 'running').every((one) => one.release === release)).toBe(true);
  });

  it('C-02 an abort gives the traffic back and takes the canary away; a retry begins at the first step', async () => {
    const app = stage().app('c-02');
    const deployment = await begun(app, asked);
    const load = app.load();
    await say('abort', deployment.id);
    expect((await app.outcome(deployment)).outcome).toBe('aborted');
    await app.hears('done', 'v2');
    expect((await load.stop()).failures).toEqual([]);
    const plan = await stage().house.call<{ plan_id: string }>('change.retry_plan', { deployment: deployment.id });
    const again = await app.apply(plan);
    const [at] = (await reaches(again, 1, 'people')).services;
    expect(at?.step?.weight).toBe(0.5);
    await say('promote', again.id);
    expect((await app.outcome(again)).outcome).toBe('succeeded');
  });

  it('C-03 promote --full skips what is left; an abort after it still goes back', async () => {
    const app = stage().app('c-03');
    const steps = [{ weight: '20%', pause: true }, { weight: '50%', pause: true }, '100%'];
    const deployment = await begun(app, { kind: 'canary', steps, bake: '30m' });
    await say('promote', deployment.id, { full: true });
    await until(
      async () => (await say<Stands>('get', deployment.id)).services[0]?.step?.weight,
      (weight) => weight === 1,
      patience,
      50,
    );
    await say('abort', deployment.id);
    expect((await app.outcome(deployment)).outcome).toBe('aborted');
    expect((await app.get()).body).toBe('v1');
  });

  it('C-07 a preview shows the new side before the switch, and is gone after an abort', async () => {
    const app = stage().app('c-07');
    const preview = { host: 'next-c-07.localhost' };
    const deployment = await begun(app, { kind: 'blue-green', promote: 'manual', warm: '0s', preview });
    const shown = () => app.get('/', { host: preview.host });
    await answers(shown, 'v2');
    expect((await app.get()).body).toBe('v1');
    await say('abort', deployment.id);
    expect((await app.outcome(deployment)).outcome).toBe('aborted');
    expect((await shown()).status).toBe(404);
    expect((await app.get()).body).toBe('v1');
  });

  it('C-08 what fails after a blue-green switch goes back to the old side, which is still up', async () => {
    const app = stage().app('c-08');
    await app.ship('v1', { replicas: 2 });
    const deployment = await app.start('v2', { replicas: 2, strategy: { kind: 'blue-green', warm: '30m' } });
    await until(
      () => app.get(),
      ({ body }) => body === 'v2',
      patience,
      50,
    );
    await app.get('/crash').catch(() => undefined);
    expect((await app.outcome(deployment)).outcome).toBe('rolled_back');
    expect((await app.get()).body).toBe('v1');
    expect(app.heard('start', 'v1')).toHaveLength(2);
  });

  it('C-17 a mirror comes before any share: the new version gets copies, and no answer of it is given to anybody', async () => {
    const app = stage().app('c-17');
    const steps = [{ mirror: '100%', pause: true }, '100%'];
    const deployment = await begun(app, { kind: 'canary', steps });
    await until(
      async () => {
        const { headers } = await app.get('/slow?ms=10');
        expect(headers['x-version']).toBe('v1');
        return app.heard('slow', 'v2').length;
      },
      (copies) => copies > 0,
      patience,
      50,
    );
    await say('abort', deployment.id);
    expect((await app.outcome(deployment)).outcome).toBe('aborted');
  });

  it('C-20 a canary whose further instances do not come up gets no further share; the old one serves', async () => {
    const app = stage().app('c-20', { health: ({ version, nth }) => (version !== 'v1' && nth > 1 ? 503 : 200) });
    await app.ship('v1', { replicas: 4 });
    const load = app.load();
    const strategy = { kind: 'canary', steps: [{ weight: '25%', pause: '200ms' }, '100%'] };
    const told = /(?:1 of 4|\d+ instances of) .*503/;
    const ended = await inTime((probe, version) => app.ship(version, { replicas: 4, strategy, probe }), because(told));
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringMatching(told) });
    const { failures, versions, requests } = await load.stop();
    expect(failures).toEqual([]);
    expect(requests - (versions['v1'] ?? 0)).toBeLessThan(requests / 2);
  });

  it('C-22 a changed variable alone is a new release, and takes the steps', async () => {
    const app = stage().app('c-22');
    const deployment = await begun(app, asked, 1);
    const [one] = deployment.services;
    expect(one?.to?.release).not.toBe((await app.service()).release);
    await say('abort', deployment.id);
    await app.outcome(deployment);
  });

  it('C-26 a visitor on the list meets the new version, everybody else the old one; after the end everybody does', async () => {
    const app = stage().app('c-26');
    const match = { cookie: 'tester', equals: ['eva'] };
    const deployment = await begun(app, { kind: 'canary', steps: [{ match, pause: true }, '100%'] });
    const eva = () => app.get('/', { cookie: 'tester=eva' });
    expect((await app.get()).body).toBe('v1');
    await answers(eva, 'v2');
    expect((await app.get()).body).toBe('v1');
    await say('abort', deployment.id);
    await app.outcome(deployment);
    expect((await eva()).body).toBe('v1');
  });

  it('C-19 a held deployment goes nowhere until it is resumed', async () => {
    const gate = aGate(({ version }) => version === 'v2');
    const app = stage().app('c-19', gate);
    await app.ship('v1', { replicas: 1 });
    const strategy = { kind: 'canary', steps: [{ weight: '50%', pause: '1s' }, '100%'] };
    const deployment = await app.start('v2', { strategy });
    await say('pause', deployment.id);
    gate.open();
    await app.asked('v2', 30);
    expect((await say('get', deployment.id)).outcome).toBeUndefined();
    await say('resume', deployment.id);
    expect((await app.outcome(deployment)).outcome).toBe('succeeded');
  });

  it('L-06 a newer version in the middle of a canary: the first one loses its traffic, and drains before it is stopped', async () => {
    const app = stage().app('l-06b');
    const first = await begun(app, asked);
    const newer = await app.start('v3', { replicas: 2, strategy: asked });
    await reaches(newer, 1, 'people');
    expect((await app.outcome(first)).outcome).toBe('superseded');
    await answers(() => app.get(), 'v3');
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await app.get()).body));
    expect(new Set(bodies)).toEqual(new Set(['v1', 'v3']));
    await app.hears('done', 'v2');
    await say('abort', newer.id);
    expect((await app.outcome(newer)).outcome).toBe('aborted');
  });
}
