// Gate and switch: no traffic before health, no loss when health never comes.
import { expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import { because, inTime } from '../kit/deadlines.ts';
import { patience, until } from '../kit/until.ts';
import type { ProbeWords } from './runtime.ts';
import { ownWords } from './runtime.ts';
import type { Stage } from './stage.ts';
import type { Who } from './witness.ts';

/** Health that is bad until the test says otherwise. */
export function aGate(concerns: (who: Who) => boolean = () => true) {
  let open = false;
  return { health: (who: Who) => (open || !concerns(who) ? 200 : 503), open: () => void (open = true) };
}

async function idOf(plan: Promise<{ readonly plan_id: string }>): Promise<{ readonly plan_id: string }> {
  return { plan_id: (await plan).plan_id };
}

export function gateTests(stage: () => Stage): void {
  const words = (): ProbeWords => stage().runtime.words ?? ownWords;

  it('D-01 D-10 a new version that is never healthy costs no request, is stopped, and its last words are told', async () => {
    const app = stage().app('d-01', { health: ({ version }) => (version === 'v2' ? 503 : 200) });
    await app.ship('v1', { replicas: 2 });
    const load = app.load();
    const ended = await inTime((probe) => app.ship('v2', { replicas: 2, probe }), because(new RegExp(words().answered(503))));
    const { failures, versions } = await load.stop();
    expect([failures, Object.keys(versions)]).toEqual([[], ['v1']]);
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining(words().answered(503)) });
    expect(ended.last_log).toContain('v2 listens');
    await app.hears('done', 'v2');
    await app.becomes(({ instances }) => instances.length === 2);
  });

  it('D-02 a first version that is never healthy fails and has no route', async () => {
    const app = stage().app('d-02', { health: () => 503 });
    const deployment = await app.start('v1', { probe: { deadline: '8s' } });
    const meanwhile: number[] = [];
    const ended = await until(
      async () => {
        meanwhile.push((await app.get()).status);
        return stage().house.call<typeof deployment>('deployments.get', { id: deployment.id });
      },
      ({ outcome }) => outcome !== undefined,
      patience,
      100,
    );
    expect(ended).toMatchObject({ outcome: 'failed' });
    expect([...new Set(meanwhile), (await app.get()).status]).toEqual([404, 404]);
  });

  it('D-11 without checks a version is live at once, whatever its health, and is recorded as unchecked everywhere', async () => {
    const app = stage().app('d-11', { health: ({ version }) => (version === 'v2' ? 503 : 200) });
    await app.ship('v1');
    const { house } = stage();
    const run = (...args: readonly string[]) => cli([...args, '--home', house.home], house.root);
    const shipped = await run('deploy', '--yes', '--unchecked', '-f', await app.file('v2', { strategy: { bake: '1h' } }));
    expect(shipped).toMatchObject({ code: 0, stdout: expect.stringContaining('goes live without checks') });
    // Its health is asked for, and goes on saying no.
    await app.asked('v2', 5);
    expect((await app.get()).body).toBe('v2');
    const [newest, before] = await app.deployments();
    expect([newest, before]).toMatchObject([{ outcome: 'succeeded', unchecked: ['web'] }, { outcome: 'succeeded' }]);
    expect(before).not.toHaveProperty('unchecked');
    const where = ['--app', app.name, '--env', 'test'];
    expect((await run('history', ...where)).stdout).toContain('succeeded, unchecked');
    expect((await run('status', ...where)).stdout).toContain('web: went live without checks');
    expect((await run('events', '--deployment', newest?.id ?? '')).stdout).toMatch(/started without checks by/);
    const { records } = await house.call<{ records: readonly object[] }>('audit.show', { limit: 1000 });
    expect(JSON.stringify(records)).toContain('"unchecked":["web"]');
    expect(await app.ship('v3')).toMatchObject({ outcome: 'succeeded' });
    expect((await run('status', ...where)).stdout).not.toContain('without checks');
  });

  it('D-12 with checks disabled the old one is stopped before the new one starts, and the plan tells the downtime', async () => {
    const app = stage().app('d-12', { health: () => 503 });
    const unprobed = { probe: 'none', stop: { drain: '1s', grace: '58s' } } as const;
    expect(await app.ship('v1', unprobed)).toMatchObject({ outcome: 'succeeded' });
    const answers = (version: string) =>
      until(
        () => app.get(),
        ({ body }) => body === version,
      );
    await answers('v1');
    const plan = await stage().house.call<{ warnings: readonly string[] }>(
      'change.show',
      await idOf(app.plan(app.manifest('v2', unprobed))),
    );
    expect(plan.warnings).toContainEqual(
      expect.stringMatching(/web has no checks .* the old instances stop before the new ones start, and nobody answers for up to 59s/),
    );
    expect(await app.ship('v2', unprobed)).toMatchObject({ outcome: 'succeeded' });
    await answers('v2');
    const story = stage().witness.heard.filter((one) => one.app === app.name && (one.what === 'done' || one.what === 'start'));
    expect(story.map(({ what, version }) => `${what} ${version}`)).toEqual(['start v1', 'done v1', 'start v2']);
    await app.becomes(({ ready, state }) => ready === 1 && state === 'healthy');
  });

  it('D-03 of two new targets one is unhealthy: not switched; both healthy: switched', async () => {
    const gate = aGate(({ nth }) => nth === 2);
    const app = stage().app('d-03', gate);
    const deployment = await app.start('v1', { replicas: 2 });
    await app.becomes(({ ready }) => ready === 1);
    await app.asked('v1', 5);
    expect((await app.get()).status).toBe(404);
    gate.open();
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    expect((await app.get()).body).toBe('v1');
  });

  it('D-04 D-05 no request reaches the new version before its health, and none the old one after the switch', async () => {
    const gate = aGate(({ version }) => version === 'v2');
    const app = stage().app('d-04', gate);
    await app.ship('v1', { replicas: 2 });
    const load = app.load();
    const deployment = await app.start('v2', { replicas: 2 });
    await app.asked('v2', 5);
    expect(Object.keys(load.versions)).toEqual(['v1']);
    // The gateway leaves alone what refused its connections: that nothing came through is not enough.
    expect(await app.routed()).toEqual([(await app.service()).release]);
    gate.open();
    expect(await app.outcome(deployment)).toMatchObject({ outcome: 'succeeded' });
    const after = app.load();
    await until(
      () => after.versions['v2'] ?? 0,
      (count) => count > 20,
    );
    expect(await after.stop()).toMatchObject({ failures: [], versions: { v2: expect.any(Number) } });
    expect(Object.keys(after.versions)).toEqual(['v2']);
    expect((await load.stop()).failures).toEqual([]);
  });

  it('D-07 a host that belongs to another application is refused, and accepted once that is removed', async () => {
    const owner = stage().app('d-07-owner');
    await owner.ship('v1');
    const other = stage().app('d-07');
    const varied = { routes: [{ host: owner.host }] };
    await expect(other.start('v1', varied)).rejects.toMatchObject({
      code: 'route_taken',
      message: expect.stringContaining('d-07-owner/test/web'),
    });
    await owner.change('remove_plan');
    expect(await other.ship('v1', varied)).toMatchObject({ outcome: 'succeeded' });
    expect((await owner.get()).body).toBe('v1');
  });

  it('D-08 dependents wait for the first healthy primary; when it fails they are never started, and it is said why', async () => {
    const app = stage().app('d-08', { health: ({ service, version }) => (service === 'api' && version === 'v1' ? 503 : 200) });
    const services = (probe = {}) => ({ api: { routes: [], probe }, web: { needs: ['api'] } });
    const reason = /^api: (?:0 of 1|\d+ instances of) .*503/;
    const failed = await inTime((probe) => app.ship('v1', {}, services(probe)), because(reason));
    expect(failed).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(reason) });
    expect(app.heard('start').map(({ service }) => service)).not.toContain('web');
    expect(await app.ship('v2', {}, services())).toMatchObject({ outcome: 'succeeded' });
    const order = stage().witness.heard.filter((one) => one.app === 'd-08' && one.version === 'v2' && one.what !== 'slow');
    expect(order.map(({ service, what }) => `${service} ${what}`)).toEqual(['api start', 'api healthy', 'web start', 'web healthy']);
  });

  it('D-09 a wrong listening port is named beside the one that was expected', async () => {
    const app = stage().app('d-09', { start: () => 'elsewhere' });
    const told = /expected=(\d+) actual=(?!\1)\d+/;
    expect((await inTime((probe) => app.ship('v1', { probe }), because(told))).reason).toMatch(told);
  });

  for (const status of [301, 302, 404])
    it(`D-10 health that answers ${status} is not health, and the reason says so`, async () => {
      const app = stage().app(`d-10-${status}`, { health: () => status });
      const told = new RegExp(words().answered(status));
      const ended = await inTime((probe) => app.ship('v1', { probe }), because(told));
      expect(ended).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(told) });
    });

  it('D-18 being watched for longer than the progress deadline is no failure', async () => {
    const app = stage().app('d-18');
    const watched = { '6s': '7s', '30s': '31s', '150s': '151s' } as const;
    const ended = await inTime(
      (probe) => app.ship('v1', { probe, strategy: { bake: watched[probe.deadline] } }),
      ({ outcome }) => outcome === 'succeeded',
    );
    expect(ended).toMatchObject({ outcome: 'succeeded' });
  });

  it('D-21 a version that was started but never listens is no success, and the wait for it ends', async () => {
    const app = stage().app('d-21', { start: () => 'mute' });
    const ended = await inTime((probe) => app.ship('v1', { probe }), because(new RegExp(words().deaf)));
    expect(ended).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(words().deaf) });
  });

  it('D-23 a health question that is never answered meets the deadline', async () => {
    const app = stage().app('d-23', { health: ({ version }) => (version === 'v1' ? 200 : new Promise<number>(() => undefined)) });
    await app.ship('v1');
    const told = new RegExp(`within \\d+s .*${words().silent}`);
    const ended = await inTime((probe) => app.ship('v2', { probe: { ...probe, timeout: '200ms' } }), because(told));
    expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringMatching(told) });
    expect((await app.get()).body).toBe('v1');
  });
}
