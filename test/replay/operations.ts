// What is left to look at, and what is not: the audit, the events of a deployment, and an application that was removed.
import { expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import { until } from '../kit/until.ts';
import type { Stage } from './stage.ts';

interface AuditRecord {
  readonly at: string;
  readonly phase: string;
  readonly call: string;
  readonly principal: string;
  readonly operation: string;
  readonly subject: Readonly<Record<string, unknown>>;
}

interface Told {
  readonly kind: string;
  readonly at: string | number;
  readonly message: string;
}

export function operationTests(stage: () => Stage): void {
  const run = (...args: readonly string[]) => cli([...args, '--home', stage().house.home], stage().house.root);

  it('O-09 of many deployments the last ten and what is live can be gone back to; older ones cannot, and nothing of them runs', async () => {
    const app = stage().app('o-09');
    const numbers: string[] = [];
    for (let nth = 1; nth <= 13; nth += 1) numbers.push(String((await app.ship(`v${nth}`)).id.split('-').at(-1)));
    const { instances, release } = await app.service();
    expect(instances.map((one) => one.release)).toEqual([release]);
    expect((await app.get()).body).toBe('v13');
    for (const gone of numbers.slice(0, 2))
      await expect(app.change('rollback_plan', { to: gone })).rejects.toMatchObject({ code: 'release_unknown' });
    expect(await app.change('rollback_plan', { to: String(numbers[2]) })).toMatchObject({ outcome: 'succeeded' });
    expect((await app.get()).body).toBe('v3');
    // What was tried stays in the history, whether or not one can go back to it.
    expect(await app.deployments()).toHaveLength(14);
  });

  it('O-10 the audit lists two deployments and a rollback in order, by whom, when, and each intent with its outcome', async () => {
    const app = stage().app('o-10');
    const { house } = stage();
    const plans: string[] = [];
    for (const make of [
      () => app.plan(app.manifest('v1')),
      () => app.plan(app.manifest('v2')),
      () => house.call<{ plan_id: string }>('change.rollback_plan', app.scope),
    ]) {
      const plan = await make();
      plans.push(plan.plan_id);
      expect(await app.outcome(await app.apply(plan))).toMatchObject({ outcome: 'succeeded' });
    }
    const { records } = await house.call<{ records: readonly AuditRecord[] }>('audit.show', { limit: 1000 });
    const applied = records.filter(({ operation, phase }) => operation === 'change.apply' && phase === 'intent');
    const ours = applied.filter(({ subject }) => plans.includes(String(subject['plan_id'])));
    expect(ours.map(({ subject }) => subject['plan_id'])).toEqual(plans);
    for (const intent of ours) {
      expect(intent).toMatchObject({ principal: expect.stringMatching(/^user:\S+$/), at: expect.stringMatching(/^\d{4}-.*Z$/) });
      const outcome = records.find(({ call, phase }) => call === intent.call && phase === 'outcome');
      expect(outcome).toMatchObject({ result: 'ok', principal: intent.principal });
    }
    const shown = await run('history', '--app', app.name, '--env', 'test');
    expect(shown.stdout).toMatch(/3 [^\n]*rollback[^\n]*\n[^\n]*2 [^\n]*\n[^\n]*1 /);
    expect(await house.call('audit.verify')).toMatchObject({ ok: true });
  });

  it('O-11 of a removed application nothing remains, and the gateway goes on for the others', async () => {
    const [gone, stays] = [stage().app('o-11-gone'), stage().app('o-11')];
    await Promise.all([gone.ship('v1', { replicas: 2 }), stays.ship('v1')]);
    const ids = new Set((await gone.service()).instances.map(({ id }) => id));
    expect(await stage().runtime.living()).toEqual(expect.arrayContaining([...ids]));
    const load = stays.load();
    expect(await gone.change('remove_plan')).toMatchObject({ outcome: 'succeeded' });
    expect((await gone.get()).status).toBe(404);
    expect(await gone.routed()).toEqual([]);
    await until(
      async () => (await stage().runtime.living()).filter((id) => ids.has(id)),
      (left) => left.length === 0,
    );
    await expect(gone.service()).rejects.toThrow('no service');
    expect((await run('status')).stdout).not.toContain('o-11-gone');
    expect((await load.stop()).failures).toEqual([]);
    expect((await stays.get()).body).toBe('v1');
  });

  it('O-12 the events of a deployment have one start and one end, first and last, with the outcome', async () => {
    const app = stage().app('o-12', { health: ({ version }) => (version === 'v2' ? 503 : 200) });
    const good = await app.ship('v1');
    const bad = await app.ship('v2', { probe: { deadline: '6s' } });
    for (const [{ id }, outcome] of [
      [good, 'succeeded'],
      [bad, 'rolled_back'],
    ] as const) {
      const { stdout } = await run('events', '--json', '--deployment', id);
      const events = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Told] : []));
      const ends = events.filter(({ kind }) => kind === 'deployment.started' || kind === 'deployment.ended');
      expect(ends.map(({ kind }) => kind)).toEqual(['deployment.started', 'deployment.ended']);
      expect([events.indexOf(ends[0] as Told), events.indexOf(ends[1] as Told)]).toEqual([0, events.length - 1]);
      expect(ends[1]?.message).toContain(outcome);
    }
  });
}
