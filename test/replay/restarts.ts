// What follows when instances end by themselves: whose place is filled again, when, how often; and that a restart asked for goes no faster than is borne.
import { expect, it } from 'vitest';
import type { DeploymentSeen } from '../kit/house.ts';
import { until } from '../kit/until.ts';
import { aGate } from './gate.ts';
import type { App, Stage, Varied } from './stage.ts';
import type { Behaviour } from './witness.ts';

interface Seen {
  readonly environments: readonly {
    readonly drift: readonly { readonly subject: string; readonly state: string; readonly because?: string }[];
  }[];
}

/** An application whose instances end when a test says so, with an exit code. */
interface Ending {
  readonly behaviour: Behaviour;
  readonly varied: Varied;
  /** One instance ends; which one is nobody's choice. */
  end(app: App, code: number): Promise<unknown>;
}

/** A worker is told by the witness: the answer to its start says how it ends. */
function aWorker(): Ending {
  const alive: { readonly instance: string; readonly tell: () => void }[] = [];
  const codes = new Map<string, number>();
  return {
    behaviour: {
      hold: (what, { instance }) =>
        what === 'start' ? new Promise<void>((resolve) => void alive.push({ instance, tell: resolve })) : undefined,
      start: ({ instance }) => (codes.get(instance) === 0 ? 'done' : 'crash'),
    },
    varied: { port: undefined },
    end: async (_app, code) => {
      const one = alive.shift();
      if (one) codes.set(one.instance, code);
      one?.tell();
    },
  };
}

function aService(): Ending {
  return {
    behaviour: {},
    // A second try would end a second one.
    varied: { traffic: { retries: { attempts: 1 } } },
    end: (app, code) => {
      const before = app.heard('exit').length;
      // Whoever has just ended may still be asked for a moment.
      return until(
        async () => {
          await app.get(`/exit?code=${code}`).catch(() => undefined);
          return app.heard('exit').length;
        },
        (seen) => seen > before,
      );
    },
  };
}

const kinds = { service: aService, worker: aWorker } as const;

export function restartTests(stage: () => Stage): void {
  const drift = async (app: App) => (await stage().house.call<Seen>('apps.status', app.scope)).environments[0]?.drift ?? [];
  /** Waits until so many places are told to stay empty. */
  const left = (app: App, count: number) =>
    until(
      async () => (await drift(app)).filter(({ state }) => state === 'refused'),
      (found) => found.length === count,
    );
  const ready = (app: App, count: number) => app.becomes((seen) => seen.ready === count);
  const live = async (ending: Ending, name: string, replicas: number, restart?: object) => {
    const app = stage().app(name, ending.behaviour);
    expect(await app.ship('v1', { ...ending.varied, replicas, ...(restart && { restart }) })).toMatchObject({ outcome: 'succeeded' });
    await app.hears('start', 'v1', replicas);
    return app;
  };

  for (const kind of ['service', 'worker'] as const) {
    it(`O-03 condition any: a ${kind} that ends is replaced, whatever its exit code`, async () => {
      const ending = kinds[kind]();
      const app = await live(ending, `o-03-any-${kind}`, 1);
      await ending.end(app, 0);
      await app.hears('start', 'v1', 2);
      await ready(app, 1);
      await ending.end(app, 3);
      await app.hears('start', 'v1', 3);
      await ready(app, 1);
    });

    it(`O-03 condition on-failure: a ${kind} that failed is replaced; one that is done is not, until a restart is asked for`, async () => {
      const ending = kinds[kind]();
      const app = await live(ending, `o-03-fail-${kind}`, 2, { condition: 'on-failure' });
      await ending.end(app, 0);
      const [told] = await left(app, 1);
      expect(told?.because).toContain('restart.condition is on-failure');
      await ready(app, 1);
      await ending.end(app, 3);
      // Both places were empty then: one start more, and no other.
      await app.hears('start', 'v1', 3);
      await ready(app, 1);
      expect(app.heard('start')).toHaveLength(3);
      expect(await app.change('restart_plan')).toMatchObject({ outcome: 'succeeded' });
      await ready(app, 2);
      expect(await left(app, 0)).toEqual([]);
    });

    it(`O-03 condition none: no ${kind} is replaced; a first end while it is deployed fails the deployment`, async () => {
      const ending = kinds[kind]();
      const app = await live(ending, `o-03-none-${kind}`, 2, { condition: 'none' });
      await ending.end(app, 3);
      await ready(app, 1);
      await ending.end(app, 0);
      await left(app, 2);
      expect(await app.service()).toMatchObject({ ready: 0, state: 'down' });
      expect(app.heard('start')).toHaveLength(2);

      app.behave({ start: ({ version }) => (version === 'v2' ? 'crash' : 'serve') });
      // A worker is ready as soon as it runs: it ends while it is watched.
      const strategy = { bake: '30m' };
      const ended = await app.ship('v2', { ...ending.varied, replicas: 1, strategy, restart: { condition: 'none' } });
      expect(ended).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining('exited with code 3') });
      expect(app.heard('start', 'v2')).toHaveLength(1);
      // Going back fills every place.
      expect(await app.service()).toMatchObject({ ready: 2 });
    });

    it(`O-03 attempts: a ${kind} is replaced so many times within the window, and the status says when it goes on`, async () => {
      const ending = kinds[kind]();
      const restart = { attempts: 2, window: '24h', delay: '10ms', max_delay: '10ms' };
      const app = await live(ending, `o-03-attempts-${kind}`, 1, restart);
      for (const nth of [2, 3]) {
        await ending.end(app, 3);
        await app.hears('start', 'v1', nth);
        await ready(app, 1);
      }
      await ending.end(app, 3);
      const told = await until(
        async () => (await drift(app)).find(({ because }) => because?.includes('restart.attempts')),
        (found) => found !== undefined,
      );
      expect(told?.because).toMatch(/restart\.attempts \(2\) are used up; the next start is in 23h/);
      expect(app.heard('start')).toHaveLength(3);
      expect(await app.change('restart_plan')).toMatchObject({ outcome: 'succeeded' });
      await app.hears('start', 'v1', 4);
      expect(app.heard('start')).toHaveLength(4);
    });
  }

  it('O-04 O-03 each start waits twice as long as the one before, from the delay on; a long one is told in the status', async () => {
    const starts: number[] = [];
    const crashesUpTo = 4;
    const app = stage().app('o-04', {
      // Whoever starts waits for the answer, so it has not ended before this moment.
      hold: (what) => {
        if (what === 'start') starts.push(Date.now());
        return undefined;
      },
      start: ({ version, nth }) => (version === 'v1' && nth > 1 && nth <= 1 + crashesUpTo ? 'crash' : 'serve'),
    });
    const { end, varied } = aService();
    const pace = (delay: string) => ({ ...varied, restart: { delay, max_delay: '24h' } });
    await app.ship('v1', pace('100ms'));
    const endedAt = Date.now();
    await end(app, 3);
    await app.hears('start', 'v1', 2 + crashesUpTo);
    const begun = [endedAt, ...starts.slice(1)];
    const waits = begun.slice(1).map((at, index) => at - (begun[index] ?? at));
    // Clocks of files are a little coarser than ours.
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(100 * 2 ** index - 10);

    await app.ship('v2', pace('12h'));
    await end(app, 3);
    const told = await until(
      async () => (await drift(app)).find(({ state, because }) => state === 'repairing' && because?.includes('next start')),
      (found) => found !== undefined,
    );
    expect(told?.because).toMatch(/the next start is in (12h|11h)/);
    expect(app.heard('start', 'v2')).toHaveLength(1);
  });

  it('O-06 a restart of all instances stands still where it would go below the floor, and goes on when that is over', async () => {
    let shut = false;
    const gate = aGate(({ nth }) => shut && nth > 3);
    const app = stage().app('o-06', gate);
    await app.ship('v1', { replicas: 3 });
    const load = app.load();
    shut = true;
    const plan = await stage().house.call<{ plan_id: string }>('change.restart_plan', app.scope);
    const restart = await app.apply(plan);
    await app.hears('start', 'v1', 4);
    await app.asked('v1', 40);
    const { outcome } = await stage().house.call<DeploymentSeen>('deployments.get', { id: restart.id });
    expect([outcome, app.heard('sigterm').length, app.heard('start').length]).toEqual([undefined, 0, 4]);
    expect(await app.service()).toMatchObject({ replicas: 3 });
    gate.open();
    expect(await app.outcome(restart)).toMatchObject({ outcome: 'succeeded' });
    expect([app.heard('start').length, app.heard('done').length]).toEqual([6, 3]);
    expect((await load.stop()).failures).toEqual([]);
  });
}
