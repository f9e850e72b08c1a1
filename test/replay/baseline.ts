// A canary beside as much of the old release, on real instances under real requests: who gets how much, and how many there are.
import { expect, it } from 'vitest';
import type { DeploymentSeen } from '../kit/house.ts';
import { patience, until } from '../kit/until.ts';
import type { App, Stage } from './stage.ts';

interface Stands extends DeploymentSeen {
  readonly services: readonly (DeploymentSeen['services'][number] & {
    readonly step?: { readonly number: number; readonly waits_for: string };
  })[];
}

interface Listing {
  readonly endpoints: readonly { readonly instance: string; readonly share: number }[];
}

const requests = 1_500;
/** In standard deviations: wider is missed by chance less than once in a hundred million runs. */
const bound = 6;

export function baselineTests(stage: () => Stage): void {
  const say = <T = DeploymentSeen>(verb: string, { id }: Pick<DeploymentSeen, 'id'>) =>
    stage().house.call<T>(`deployments.${verb}`, { id });
  const stands = (deployment: DeploymentSeen, number: number) =>
    until(
      () => say<Stands>('get', deployment),
      ({ services: [one] }) => one?.step?.number === number && one.step.waits_for === 'people',
      patience,
      50,
    );

  /** Instances by what they are to the deployment; those of the old release that came with it are what the new one is compared with. */
  const sides = (app: App, before: ReadonlySet<string>) => (instance: string) => {
    if (before.has(instance)) return 'old';
    return app.heard('start', 'v2').some((one) => one.instance === instance) ? 'fresh' : 'beside';
  };

  /** Ready instances of each side. */
  const become = (app: App, sideOf: (instance: string) => string, wanted: Readonly<Record<string, number>>) =>
    until(
      async () => {
        const { instances } = await app.service();
        const ready = instances.filter((one) => one.state === 'running' && one.ready);
        return Object.fromEntries(Object.entries(Object.groupBy(ready, ({ id }) => sideOf(id))).map(([side, all]) => [side, all?.length]));
      },
      (seen) => ['old', 'beside', 'fresh'].every((side) => (seen[side] ?? 0) === (wanted[side] ?? 0)),
      patience,
      100,
    );

  /** Waits for the table that follows from a step: it is in force a moment after the step was stored. */
  const shared = (app: App, sideOf: (instance: string) => string, share: number) =>
    until(
      async () => {
        const { endpoints } = await stage().house.call<Listing>('endpoints.list', app.scope, 'GET');
        return endpoints.filter(({ instance }) => sideOf(instance) === 'fresh').reduce((sum, one) => sum + one.share, 0);
      },
      (seen) => Math.abs(seen - share) < 1e-6,
      patience,
      100,
    );

  /** Answers of each side to so many requests, none of which may fail. */
  const answered = async (app: App, sideOf: (instance: string) => string) => {
    const counts = { old: 0, beside: 0, fresh: 0 };
    for (let asked = 0; asked < requests; asked += 10) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => app.get()));
      for (const { status, headers } of answers) {
        expect(status).toBe(200);
        counts[sideOf(String(headers['x-instance'])) as keyof typeof counts] += 1;
      }
    }
    return counts;
  };
  const near = (count: number, share: number) =>
    expect(Math.abs(count - requests * share), `${count} of ${requests}, ${share} expected`).toBeLessThanOrEqual(
      bound * Math.sqrt(requests * share * (1 - share)),
    );

  it('an equal baseline has as many young instances of the old release as the canary has, and the same share; the rest goes to the old ones', async () => {
    const app = stage().app('baseline');
    const analysis = { errors: { worse_by: '5%' }, at_most: '2h', baseline: 'equal' };
    const steps = [{ weight: '25%', pause: true }, { weight: '50%', pause: true }, '100%'];
    await app.ship('v1', { replicas: 4 });
    const before = new Set((await app.service()).instances.map(({ id }) => id));
    const sideOf = sides(app, before);
    const deployment = await app.start('v2', { replicas: 4, strategy: { kind: 'canary', steps, analysis } });

    await stands(deployment, 1);
    await become(app, sideOf, { old: 4, beside: 1, fresh: 1 });
    await shared(app, sideOf, 0.25);
    const quarter = await answered(app, sideOf);
    near(quarter.fresh, 0.25);
    near(quarter.beside, 0.25);
    near(quarter.old, 0.5);

    await say('promote', deployment);
    await stands(deployment, 2);
    await become(app, sideOf, { old: 4, beside: 2, fresh: 2 });
    await shared(app, sideOf, 0.5);
    const half = await answered(app, sideOf);
    near(half.fresh, 0.5);
    near(half.beside, 0.5);

    await say('promote', deployment);
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    await become(app, sideOf, { fresh: 4 });
    expect((await app.get()).body).toBe('v2');
  });
}
