// A new release that nobody wants at this moment: one instance of it shows that it becomes ready, and goes before the deployment has succeeded.
import { describe, expect, it } from 'vitest';
import { blueGreen, canary } from '../../../test/kit/drive.ts';
import { aDeployment, anInstance, aRollout, aService, aTarget } from '../../../test/kit/specs.ts';
import type { Deployment, ServiceRollout, Sizes } from '../../model/deployment.ts';
import { revisionOf } from '../../model/deployment.ts';
import type { Instance } from '../../model/instance.ts';
import type { Strategy } from '../../model/rollout/strategy.ts';
import { resizeDeployment } from '../scale/resize.ts';
import { decideRollout, resumeRollout } from './decide.ts';

const rolling: Strategy = { kind: 'rolling', surge: 1, unavailable: 0, bake: 10_000 };
const pace = { window: 0, rates: [] };
const scale = { min: 0, max: 9, targets: { cpu: 0.7 }, every: 1_000, tolerance: 0.1, up: pace, down: pace, schedule: [], zeroAfter: 0 };
const spec = aService({ replicas: 0, strategy: rolling, scale });
const old = aTarget(spec, 'v1');
const fresh = aTarget(spec, 'v2');
const [oldName, freshName] = [revisionOf(old), revisionOf(fresh)];

/** A deployment, and a world in which every instance that is decided is there, and ready if its revision works, one second later. */
class Idle {
  deployment: Deployment;
  now = 0;
  /** What was decided, in order, without repetitions. */
  readonly history: Sizes[] = [];
  /** What runs, and what is on its way out. */
  instances: readonly Instance[] = [];
  readonly #broken: ReadonlySet<string>;

  constructor(rollout: Partial<ServiceRollout> = {}, broken: readonly string[] = []) {
    this.deployment = aDeployment([aRollout(old, fresh, rollout)]);
    this.#broken = new Set(broken);
  }

  get sizes(): Sizes {
    return this.deployment.services[0]?.sizes ?? {};
  }

  get stage() {
    return this.deployment.services[0]?.stage;
  }

  step(extra: readonly Instance[] = []): this {
    const { deployment } = decideRollout(this.deployment, { instances: [...this.instances, ...extra] }, this.now);
    const before = this.sizes;
    this.deployment = deployment;
    if (JSON.stringify(this.sizes) !== JSON.stringify(this.history.at(-1))) this.history.push(this.sizes);
    // Whoever leaves is still there at the next look, draining.
    const leaving = Object.entries(before).flatMap(([one, size]) => this.#some(one, size - (this.sizes[one] ?? 0), { state: 'draining' }));
    this.instances = [...Object.entries(this.sizes).flatMap(([one, size]) => this.#some(one, size, {})), ...leaving];
    this.now += 1_000;
    return this;
  }

  until(condition: () => boolean): this {
    for (let steps = 0; !condition(); steps += 1) {
      if (steps > 300) throw new Error(`it does not come to that: ${JSON.stringify(this.deployment)}`);
      this.step();
    }
    return this;
  }

  end(): Deployment {
    return this.until(() => this.deployment.outcome !== undefined).deployment;
  }

  #some(revision: string, count: number, varied: Partial<Instance>): readonly Instance[] {
    const ready = this.#broken.has(revision) ? { ready: false, readyAt: undefined, unreadyBecause: 'GET /healthz answered 503' } : {};
    return Array.from({ length: Math.max(0, count) }, () => anInstance(revision, { startedAt: this.now, ...ready, ...varied }));
  }
}

const strategies: readonly Strategy[] = [
  rolling,
  canary([{ weight: 0.5, pause: 60_000 }, { weight: 1 }]),
  blueGreen({ promote: 'manual' }),
];

describe('a deployment of what nobody wants at this moment', () => {
  it.each(strategies)('shows one instance, watches it, and has succeeded when that is gone ($kind)', (strategy) => {
    for (const from of [undefined, old, { ...old, replicas: 3 }]) {
      const to = { ...fresh, spec: { ...spec, strategy } };
      const drive = new Idle({ to, from, sizes: from ? { [oldName]: from.replicas } : {} });
      const { outcome, endedAt = 0 } = drive.end();
      expect(outcome).toBe('succeeded');
      expect(drive.history.map((one) => one[freshName] ?? 0)).toEqual(expect.arrayContaining([1]));
      expect(Math.max(...drive.history.map((one) => one[freshName] ?? 0))).toBe(1);
      expect(drive.sizes).toEqual({ [freshName]: 0 });
      expect(drive.instances).toEqual([]);
      expect(endedAt).toBeGreaterThanOrEqual(strategy.bake);
    }
  });

  it('fails where it never becomes ready, and leaves nothing of it', () => {
    for (const [from, outcome] of [
      [undefined, 'failed'],
      [old, 'rolled_back'],
    ] as const) {
      const drive = new Idle({ from, sizes: from ? { [oldName]: 0 } : {} }, [freshName]);
      expect(drive.end()).toMatchObject({ outcome, reason: expect.stringMatching(/0 of 1 instances of .* 503/) });
      expect(drive.sizes[freshName] ?? 0).toBe(0);
    }
  });

  it('fails when the one that is watched ends, or stops being ready', () => {
    const crashing = new Idle();
    crashing.until(() => crashing.stage === 'baking').step();
    const exit = { requested: false, code: 1, at: crashing.now };
    crashing.step([anInstance(freshName, { state: 'exited', ready: false, startedAt: 1, exit })]);
    expect(crashing.deployment).toMatchObject({ direction: 'reverting', reason: expect.stringContaining('ended during the bake window') });
    const falling = new Idle();
    falling.until(() => falling.stage === 'baking');
    falling.instances = falling.instances.map((one) => ({ ...one, ready: false }));
    expect(falling.step().deployment).toMatchObject({ direction: 'reverting', reason: expect.stringContaining('0 of 1 instances') });
  });

  it('goes back when it is aborted while one is shown', () => {
    const drive = new Idle();
    drive.step().step();
    expect(drive.sizes[freshName]).toBe(1);
    drive.deployment = { ...drive.deployment, abortRequested: { by: 'user:eva', at: drive.now } };
    expect(drive.end().outcome).toBe('aborted');
    expect(drive.sizes).toEqual({ [oldName]: 0 });
  });

  it('starts nobody anew when an engine takes it up while the one leaves, and asks nothing of the one that does', () => {
    const drive = new Idle();
    drive.until(() => drive.stage === 'baking' && drive.sizes[freshName] === 0);
    const before = drive.history.length;
    drive.deployment = resumeRollout(drive.deployment, drive.now);
    const exit = { requested: false, signal: 'SIGKILL', at: drive.now };
    drive.step([anInstance(freshName, { state: 'exited', ready: false, exit })]);
    expect(drive.end().outcome).toBe('succeeded');
    expect(drive.history.slice(before - 1).map((one) => one[freshName])).not.toContain(1);
  });

  it('has as many as are wanted once somebody asks for it: while it is shown, and while the one leaves', () => {
    const during = new Idle().step().step();
    during.deployment = resizeDeployment(during.deployment, 'api', 2, during.now);
    expect(during.end()).toMatchObject({ outcome: 'succeeded', services: [{ sizes: { [freshName]: 2 } }] });
    const leaving = new Idle();
    leaving.until(() => leaving.stage === 'baking' && leaving.sizes[freshName] === 0);
    leaving.deployment = resizeDeployment(leaving.deployment, 'api', 2, leaving.now);
    expect(leaving.step().stage).toBe('shifting');
    expect(leaving.end()).toMatchObject({ outcome: 'succeeded', services: [{ sizes: { [freshName]: 2 } }] });
  });

  it('keeps one to look at when nobody wants it any more on the way', () => {
    const drive = new Idle({ to: { ...fresh, replicas: 3 }, from: { ...old, replicas: 3 }, sizes: { [oldName]: 3 } });
    drive.instances = Array.from({ length: 3 }, () => anInstance(oldName));
    drive.step();
    drive.deployment = resizeDeployment(drive.deployment, 'api', 0, drive.now);
    expect(drive.end().outcome).toBe('succeeded');
    expect(drive.sizes).toEqual({ [freshName]: 0 });
  });

  it('has nothing to show of a task, of a release that is live already, and of one that waits for no check', () => {
    const job = { ...fresh, spec: { ...spec, kind: 'job' as const } };
    const restarted = { ...old, generation: 1 };
    for (const to of [job, restarted, { ...fresh, unchecked: true as const }]) {
      const drive = new Idle({ to });
      expect(drive.end().outcome).toBe('succeeded');
      expect(drive.history.every((one) => Object.values(one).every((size) => size === 0))).toBe(true);
    }
  });
});
