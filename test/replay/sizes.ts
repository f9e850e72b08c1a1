// How many of each side there are on the way, on real instances: previews, canaries that shrink the old side, rollbacks that are known.
import { expect, it } from 'vitest';
import type { DeploymentSeen } from '../kit/house.ts';
import { patience, until } from '../kit/until.ts';
import { aGate } from './gate.ts';
import type { App, Stage } from './stage.ts';

interface Standing extends DeploymentSeen {
  readonly services: readonly (DeploymentSeen['services'][number] & {
    readonly step?: { readonly number: number; readonly waits_for: string };
  })[];
}

export function sizeTests(stage: () => Stage): void {
  const say = <T = DeploymentSeen>(verb: string, { id }: Pick<DeploymentSeen, 'id'>, more: Readonly<Record<string, unknown>> = {}) =>
    stage().house.call<T>(`deployments.${verb}`, { id, ...more });
  const reaches = (deployment: DeploymentSeen, number: number, waits: string) =>
    until(
      () => say<Standing>('get', deployment),
      ({ services: [one] }) => one?.step?.number === number && one.step.waits_for === waits,
      patience,
      50,
    );
  /** Ready instances that live, of the release that is live and of all others. */
  const sides = async (app: App, old: string) => {
    const { instances } = await app.service();
    const ready = instances.filter((one) => one.state === 'running' && one.ready);
    const ofOld = ready.filter(({ release }) => release === old).length;
    return [ofOld, ready.length - ofOld] as const;
  };
  const become = (app: App, old: string, wanted: readonly [number, number]) =>
    until(
      () => sides(app, old),
      (seen) => String(seen) === String(wanted),
      patience,
      100,
    );

  it('C-09 a preview is looked at with one instance; nobody is switched before all of them are ready', async () => {
    const gate = aGate(({ version, nth }) => version === 'v2' && nth > 1);
    const app = stage().app('c-09', gate);
    await app.ship('v1', { replicas: 3 });
    const { release: old } = await app.service();
    const strategy = { kind: 'blue-green', promote: 'manual', warm: '0s', preview: { host: 'next-c-09.localhost', replicas: 1 } };
    const deployment = await app.start('v2', { replicas: 3, strategy });
    await reaches(deployment, 1, 'people');
    expect([await sides(app, old), app.heard('start', 'v2').length]).toEqual([[3, 1], 1]);
    const load = app.load();
    await say('promote', deployment);
    await app.hears('start', 'v2', 3);
    await app.asked('v2', 20);
    expect((await app.get()).body).toBe('v1');
    gate.open();
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    expect((await load.stop()).failures).toEqual([]);
    expect((await app.get()).body).toBe('v2');
  });

  it('C-11 a rollback to one of the last three releases takes no steps; one to an older release takes them all', async () => {
    const app = stage().app('c-11');
    await app.ship('v0');
    const strategy = { kind: 'canary', steps: [{ weight: '50%', pause: true }, '100%'] };
    const first = await app.start('v1', { strategy });
    await reaches(first, 1, 'people');
    await say('promote', first, { full: true });
    expect((await app.outcome(first)).outcome).toBe('succeeded');
    const number = String(first.id.split('-').at(-1));
    await app.ship('v2');
    // Nobody promotes it: with a step it would not come to its end.
    expect(await app.change('rollback_plan', { to: number })).toMatchObject({ outcome: 'succeeded' });
    expect((await app.get()).body).toBe('v1');
    for (const version of ['v3', 'v4', 'v5', 'v6', 'v7']) await app.ship(version);
    const plan = await stage().house.call<{ plan_id: string }>('change.rollback_plan', { ...app.scope, to: number });
    const back = await app.apply(plan);
    await reaches(back, 1, 'people');
    await say('abort', back);
    expect((await app.outcome(back)).outcome).toBe('aborted');
    expect((await app.get()).body).toBe('v7');
  });

  it('C-12 a dynamic old side shrinks with its share; after an abort the new one keeps what the old one cannot carry yet', async () => {
    const gate = aGate(({ version, nth }) => version === 'v1' && nth > 4);
    const app = stage().app('c-12', gate);
    await app.ship('v1', { replicas: 4 });
    const { release: old } = await app.service();
    const load = app.load();
    const steps = [{ weight: '25%', pause: true }, { weight: '75%', pause: true }, '100%'];
    const deployment = await app.start('v2', { replicas: 4, strategy: { kind: 'canary', dynamic: true, steps } });
    await reaches(deployment, 1, 'people');
    await become(app, old, [3, 1]);
    await say('promote', deployment);
    await reaches(deployment, 2, 'people');
    await become(app, old, [1, 3]);
    await say('abort', deployment);
    await app.hears('start', 'v1', 7);
    const before = load.versions['v2'] ?? 0;
    await until(
      () => load.versions['v2'] ?? 0,
      (answered) => answered > before + 20,
    );
    expect(await sides(app, old)).toEqual([1, 3]);
    gate.open();
    expect((await app.outcome(deployment)).outcome).toBe('aborted');
    await become(app, old, [4, 0]);
    expect((await load.stop()).failures).toEqual([]);
  });

  it('C-24 a canary of two with one of them missing goes no further, and goes on by itself when both are there', async () => {
    const gate = aGate(({ version, nth }) => version === 'v2' && nth > 1);
    const app = stage().app('c-24', gate);
    await app.ship('v1', { replicas: 4 });
    const load = app.load();
    const deployment = await app.start('v2', { replicas: 4, strategy: { kind: 'canary', steps: ['50%', '100%'] } });
    await app.hears('start', 'v2', 2);
    await app.asked('v2', 40);
    expect((await say<Standing>('get', deployment)).services[0]?.step).toMatchObject({ number: 1, waits_for: 'instances' });
    expect(load.versions['v2']).toBeUndefined();
    gate.open();
    expect((await app.outcome(deployment)).outcome).toBe('succeeded');
    expect((await load.stop()).failures).toEqual([]);
  });
}
