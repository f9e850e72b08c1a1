// Canaries that are judged, on the real daemon, gateway and store: by what users were answered, and by what other systems say.
import { expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import type { DeploymentSeen } from '../kit/house.ts';
import { patience, until } from '../kit/until.ts';
import type { Says } from './sources.ts';
import { Source } from './sources.ts';
import type { App, Stage } from './stage.ts';

interface Judged extends DeploymentSeen {
  readonly services: readonly (DeploymentSeen['services'][number] & {
    readonly step?: { readonly number: number; readonly waits_for: string };
  })[];
}

/** Nothing of it is over before a verdict is there. */
const patient = { confidence: '90%', at_most: '2h', step_at_most: '2h' };
const broken = { env: { BROKEN: 'yes' } };

export function analysisTests(stage: () => Stage): void {
  const canary = (analysis: object, steps: readonly unknown[] = ['50%', '100%']) => ({
    kind: 'canary',
    steps,
    analysis: { ...patient, ...analysis },
  });
  const run = (...args: readonly string[]) => cli([...args, '--home', stage().house.home], stage().house.root);
  const source = async (says: (release: string) => Says) => {
    const opened = await Source.open(says);
    stage().closing.push(() => opened.close());
    return opened;
  };
  const under = (app: App) => {
    const load = app.load();
    stage().closing.push(() => load.stop());
    return load;
  };
  const told = async ({ id }: DeploymentSeen, kind: string) => {
    const { stdout } = await run('events', '--json', '--deployment', id);
    const events = stdout
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as { kind: string; message: string }] : []));
    return events.filter((one) => one.kind === kind).map(({ message }) => message);
  };
  /** Ships v1 and then v2 under load, judged so; the values of `says` are of the new release or of the old one. */
  const shipped = async (
    name: string,
    says: (side: 'new' | 'old') => Says,
    metrics: (from: Source) => readonly object[],
    analysis = {},
  ) => {
    const app = stage().app(name);
    await app.ship('v1');
    const { release } = await app.service();
    const from = await source((asked) => says(asked === release ? 'old' : 'new'));
    const load = under(app);
    const ended = await app.ship('v2', { strategy: canary({ metrics: metrics(from), ...analysis }) });
    return { app, ended, load: await load.stop() };
  };

  it('C-05 a step goes on only after a pass of its own: without requests it stays where it is', async () => {
    const app = stage().app('c-05');
    await app.ship('v1');
    const deployment = await app.start('v2', { strategy: canary({ errors: { worse_by: '30%' } }, ['50%', '75%', '100%']) });
    const seen = () => stage().house.call<Judged>('deployments.get', { id: deployment.id });
    const standing = await until(seen, ({ services: [one] }) => one?.step?.waits_for === 'verdict', patience, 50);
    await app.asked('v2', 40);
    expect((await seen()).services[0]?.step).toEqual(standing.services[0]?.step);
    under(app);
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    const judged = (await told(deployment, 'service.step')).filter((one) => one.endsWith('is judged'));
    expect(judged.map((one) => /step \d/.exec(one)?.[0])).toEqual(['step 1', 'step 2']);
    expect((await run('deploy', '--analysis-only', deployment.id)).code).toBe(0);
  });

  it('C-15 C-04 nothing measured is never a pass: without a request it ends as inconclusive, and the old version has all of it', async () => {
    const app = stage().app('c-15');
    await app.ship('v1');
    const file = await app.file('v2', { strategy: canary({ errors: { worse_by: '5%' }, at_most: '3s' }) });
    const ran = await run('deploy', '--yes', '-f', file);
    expect(ran).toMatchObject({ code: 5, stdout: expect.stringContaining('inconclusive') });
    expect((await app.get()).body).toBe('v1');
  });

  it('C-18 too many failures: the traffic goes back, the reason is in numbers, a hook is told; and the evidence can be judged otherwise', async () => {
    const app = stage().app('c-18');
    await app.ship('v1', { replicas: 2 });
    const pager = await source(() => 'nothing');
    const load = under(app);
    const hooks = { on_failure: [{ webhook: `${pager.url}/failed`, deadline: '10m' }] };
    const strategy = canary({ errors: { worse_by: '5%' } }, ['20%', '100%']);
    const ended = await app.ship('v2', { replicas: 2, strategy, hooks, ...broken });
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringMatching(/errors: .*\d/) });
    const [alert] = await until(
      () => pager.told,
      (all) => all.length > 0,
    );
    expect(alert).toMatchObject({ type: 'deployment.on_failure', data: { outcome: 'rolled_back' } });
    const before = load.versions['v1'] ?? 0;
    await until(
      () => load.versions['v1'] ?? 0,
      (count) => count > before + 20,
    );
    const { failures } = await load.stop();
    expect(new Set(failures)).toEqual(new Set(['500 v2']));
    expect((await app.get()).body).toBe('v1');

    const judge = (...thresholds: readonly string[]) => run('deploy', '--analysis-only', ended.id, ...thresholds);
    expect(await judge()).toMatchObject({ code: 3, stdout: expect.stringContaining('web: fail') });
    expect((await judge('--errors', '99%')).code).not.toBe(3);
    expect((await app.deployments()).map(({ outcome }) => outcome)).toEqual(['rolled_back', 'succeeded']);
  });

  it('C-18 A Prometheus that finds the new release worse turns it round; other thresholds are tried on the same evidence', async () => {
    const { app, ended, load } = await shipped(
      'c-18-lag',
      (side) => (side === 'new' ? 80 : 50) + Math.random(),
      (from) => [{ ...from.prometheus('lag'), worse_by: '10%' }],
    );
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining("lag: the new release's") });
    expect(load.failures).toEqual([]);
    expect((await app.get()).body).toBe('v1');
    expect((await run('deploy', '--analysis-only', ended.id)).code).toBe(3);
    // As sure as that it cannot be after so few values.
    expect((await run('deploy', '--analysis-only', ended.id, '--confidence', '99.9999999%')).code).toBe(5);
  });

  it('C-06 of two metrics one fails: the deployment goes back, and neither is asked for any more', async () => {
    let asked = 0;
    const { app, ended, load } = await shipped(
      'c-06',
      (side) => {
        asked += 1;
        return (side === 'new' ? 80 : 50) + Math.random();
      },
      (from) => [
        { ...from.prometheus('lag'), worse_by: '10%' },
        { ...from.webhook('queue'), margin: 1_000 },
      ],
    );
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining("lag: the new release's") });
    expect(load.failures).toEqual([]);
    const before = asked;
    await app.asked('v1', 40);
    // A question may have been on its way; twenty a second would be many more.
    expect(asked - before).toBeLessThan(5);
  });

  it('C-05 goes on when Prometheus and a webhook find both releases alike', async () => {
    const { ended, load } = await shipped(
      'c-05-alike',
      () => 50 + Math.random(),
      (from) => [
        { ...from.prometheus('lag'), worse_by: '30%' },
        { ...from.webhook('queue'), margin: 10 },
      ],
    );
    expect(ended).toMatchObject({ outcome: 'succeeded' });
    expect(load.failures).toEqual([]);
    expect((await run('deploy', '--analysis-only', ended.id)).code).toBe(0);
  });

  for (const [says, because] of [
    ['hang', /does not answer/],
    ['fail', /answered 500/],
    ['nothing', /without a number/],
  ] as const)
    it(`C-15 C-23 a source that says ${says} is never a pass: it ends as inconclusive with its name, whatever the traffic shows`, async () => {
      const { app, ended, load } = await shipped(
        `c-15-${says}`,
        () => says,
        (from) => [{ ...from.webhook('queue'), worse_by: '10%' }],
        { errors: { worse_by: '50%' }, at_most: '15s' },
      );
      expect(ended).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('queue: not measured') });
      expect(ended.reason).toMatch(because);
      expect(load.failures).toEqual([]);
      expect((await app.get()).body).toBe('v1');
    });
}
