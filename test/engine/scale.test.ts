// The scaler in the engine, on fakes and a clock moved by hand: one size for scaler and rollout, kept by plans, pauses and restarts.
import { afterEach, describe, expect, it } from 'vitest';
import { Scaler } from '../../src/engine/scale/scaler.ts';
import type { TrafficObservation } from '../../src/model/route.ts';
import type { ScaleSpec } from '../../src/model/scale.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import type { MetricAnswer } from '../../src/ports/metrics.ts';
import type { Runtime } from '../../src/ports/runtime.ts';
import { aService, scope } from '../kit/specs.ts';
import type { World } from '../kit/world.ts';
import { createWorld } from '../kit/world.ts';

const usual: ScaleSpec = {
  min: 1,
  max: 6,
  targets: { requestsPerSecond: 100 },
  every: 1_000,
  tolerance: 0.1,
  up: { window: 0, rates: [{ kind: 'instances', instances: 4, per: 15_000 }] },
  down: { window: 60_000, rates: [{ kind: 'share', share: 1, per: 15_000 }] },
  schedule: [],
  zeroAfter: 30_000,
};

let world: World;
let scaler: Scaler;
/** Requests a second that users send now. */
let load = 0;
let waiting = 0;
let queue: MetricAnswer | 'hangs' = { kind: 'value', value: 0 };
/** A runtime that cannot be asked. */
const silent: Runtime = {
  name: 'silent',
  capabilities: { artifacts: [], probedByEngine: true },
  apply: async () => undefined,
  remove: async () => undefined,
  observe: () => Promise.reject(new Error('it does not answer')),
};
let nudge: (key: string) => void = () => undefined;

afterEach(async () => {
  await scaler.stop();
  await world.stop();
});

async function open(behave?: Parameters<typeof createWorld>[0]): Promise<void> {
  [load, waiting, queue] = [0, 0, { kind: 'value', value: 0 }];
  world = await createWorld(behave);
  const { ports } = world.engine;
  let [requests, at] = [0, world.clock.now()];
  const counted = (): TrafficObservation['services'][number] => {
    const now = world.clock.now();
    requests += (load * (now - at)) / 1_000;
    at = now;
    const none = {
      inFlight: 0,
      held: 0,
      retries: 0,
      ejections: 0,
      overloaded: 0,
      rateLimited: 0,
      mirrored: 0,
      mirrorsSkipped: 0,
      byRule: 0,
      byCookie: 0,
    };
    return { service: 'shop/test/api', requests, ...none };
  };
  const traffic = {
    ...ports.traffic,
    observe: async (signal: AbortSignal) => ({
      ...(await ports.traffic.observe(signal)),
      services: [counted()],
      waiting: { 'shop/test/api': waiting },
    }),
    onWaiting: (listener: (key: string) => void) => {
      nudge = listener;
      return () => undefined;
    },
  };
  const metrics = { read: async () => (queue === 'hangs' ? new Promise<never>(() => undefined) : queue) };
  const runtimes = new Map([...ports.runtimes, ['silent', silent]]);
  scaler = new Scaler({ ports: { ...ports, traffic, metrics, runtimes }, wake: (where) => world.engine.wake(where) });
  scaler.start();
}

function scaled(varied: Partial<ScaleSpec> = {}, more: Partial<ServiceSpec> = {}): ServiceSpec {
  const scale = { ...usual, ...varied };
  return aService({ scale, replicas: scale.min, strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 2_000 }, ...more });
}

const state = async () => (await world.store.get('environment', 'shop/test'))?.value;
const size = async () => (await state())?.services['api']?.replicas;
const alive = () => world.fake.alive().length;
const report = () => scaler.reports(scope)[0];
const scaledEvents = async () =>
  (await world.store.events(0, 1_000)).filter((one) => one.kind === 'service.scaled').map((one) => one.message);

async function live(varied: Partial<ScaleSpec> = {}, code = 'v1'): Promise<void> {
  const deployment = await world.outcome(await world.deploy([scaled(varied)], code));
  expect(deployment.outcome).toBe('succeeded');
}

/** Lets the world's time pass. */
async function pass(time: number): Promise<void> {
  const end = world.clock.now() + time;
  await world.until(() => world.clock.now() >= end);
}

describe('a service that scales', () => {
  it('grows with its load, tells why, and shrinks once the window agrees', async () => {
    await open();
    await live();
    load = 390;
    await world.until(() => alive() === 4);
    await pass(1_500);
    expect(report()).toMatchObject({ current: 4, wanted: 4, readings: [{ name: 'requests_per_second', target: 100, asks: 4 }] });
    expect(await scaledEvents()).toContainEqual(expect.stringMatching(/^api goes from \d to 4: requests_per_second asks for 4 \(/));
    load = 80;
    await pass(50_000);
    expect(alive()).toBe(4);
    await world.until(() => alive() === 1);
  });

  it('grows although the runtime of another one cannot be asked', async () => {
    await open();
    await live();
    const mine = await state();
    if (!mine) throw new Error('no state');
    const value = { ...mine, scope: { application: 'other', environment: 'test' }, runtime: 'silent' };
    await world.store.commit([{ op: 'put', kind: 'environment', key: 'other/test', value }], world.engine.ports.fence());
    load = 390;
    await world.until(() => alive() === 4);
  });

  it('does not make plans stale, and a redeploy keeps its size and shows no change of it', async () => {
    await open();
    await live();
    const { planner, deployments } = world.engine;
    const wish = { ...scope, runtime: 'fake', approval: 'none', services: [scaled()] } as const;
    const artifact = (await world.store.list('release'))[0]?.value.run.artifact;
    if (!artifact) throw new Error('no release');
    const plan = await planner.deploy(wish, { api: artifact }, 'user:test');
    load = 290;
    await world.until(() => alive() === 3);
    expect(plan.changes).toMatchObject([{ kind: 'keep' }]);
    await world.outcome(await deployments.apply(plan.id, 'user:test'));
    expect(await size()).toBe(3);
    const next = await world.deploy([scaled()], 'v2');
    expect(next.services).toMatchObject([{ from: { replicas: 3 }, to: { replicas: 3 } }]);
    expect(await world.outcome(next)).toMatchObject({ outcome: 'succeeded' });
    const back = await planner.rollback(scope, undefined, 'user:test');
    expect(back.changes).toMatchObject([{ kind: 'replace', from: { replicas: 3 }, to: { replicas: 3 } }]);
  });

  it('refuses a size by hand, and says what to do instead', async () => {
    await open();
    await live();
    await expect(world.engine.planner.scale(scope, { api: 5 }, 'user:test')).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('codectl scale pause api --at 5'),
    });
  });

  it('O-07 without its scale it has the number that the manifest says', async () => {
    await open();
    await live();
    load = 290;
    await world.until(() => alive() === 3);
    const { scale: _, ...plain } = scaled({}, { replicas: 2 });
    await world.outcome(await world.deploy([plain], 'v1'));
    expect(await size()).toBe(2);
    load = 900;
    await pass(10_000);
    expect([await size(), scaler.reports(scope)]).toEqual([2, []]);
  });

  it('O-07 another pace takes effect with its deployment', async () => {
    await open();
    await live({ down: { window: 3_600_000, rates: usual.down.rates } });
    load = 290;
    await world.until(() => alive() === 3);
    load = 50;
    await pass(100_000);
    expect(alive()).toBe(3);
    await world.outcome(await world.deploy([scaled({ down: { window: 1_000, rates: usual.down.rates } })], 'v1'));
    await world.until(() => alive() === 1);
  });
});

describe('while a deployment moves it', () => {
  it('O-08 no instance more comes of a rolling update at idle load', async () => {
    await open();
    await live({ min: 2 });
    let most = 0;
    const next = await world.deploy([scaled({ min: 2 })], 'v2');
    await world.until(async () => {
      most = Math.max(most, alive());
      return (await world.engine.deployments.find(next.id)).value.outcome !== undefined;
    });
    expect(most).toBeLessThanOrEqual(3);
    expect(await scaledEvents()).toEqual([]);
  });

  it('O-08 a version that crashes in a loop never drives it up', async () => {
    await open((set) =>
      set.release.run.artifact.kind === 'snapshot' && set.release.run.artifact.digest.includes('7632') ? { exitAfter: 100 } : {},
    );
    await live({ min: 2 });
    load = 150;
    const bad = await world.outcome(await world.deploy([scaled({ min: 2 })], 'v2'));
    expect(bad.outcome).toBe('rolled_back');
    expect([await size(), await scaledEvents()]).toEqual([2, []]);
  });

  it('load that rises meanwhile gets its instances, on both sides, and the deployment succeeds', async () => {
    await open((set) =>
      set.release.run.artifact.kind === 'snapshot' && set.release.run.artifact.digest.includes('7632') ? { readyAfter: 3_000 } : {},
    );
    await live({ min: 2 });
    const next = await world.deploy([scaled({ min: 2 })], 'v2');
    load = 390;
    const ended = await world.outcome(next);
    expect(ended).toMatchObject({ outcome: 'succeeded', services: [{ from: { replicas: 4 }, to: { replicas: 4 } }] });
    expect([await size(), alive()]).toEqual([4, 4]);
  });

  it('load that rises in the bake window does not turn it round', async () => {
    await open();
    await live({ min: 2 });
    const next = await world.deploy([scaled({ min: 2 }, { strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 30_000 } })], 'v2');
    await world.until(async () => (await world.engine.deployments.find(next.id)).value.services[0]?.stage === 'baking');
    load = 390;
    expect(await world.outcome(next)).toMatchObject({ outcome: 'succeeded' });
    expect([await size(), alive()]).toEqual([4, 4]);
  });

  it('a canary takes its part of a size that grows at any of its steps', async () => {
    await open();
    await live({ min: 2 });
    const steps = [{ weight: 0.5, pause: 20_000 }, { weight: 1 }];
    const next = await world.deploy([scaled({ min: 2 }, { strategy: { kind: 'canary', steps, bake: 2_000 } })], 'v2');
    await world.until(async () => (await world.engine.deployments.find(next.id)).value.services[0]?.step?.reachedAt !== undefined);
    load = 390;
    // Four of the old ones stay until the end, and two of the new ones take their half.
    await world.until(() => alive() === 6);
    expect(await world.outcome(next)).toMatchObject({ outcome: 'succeeded' });
    await world.until(() => alive() === 4);
    expect(await size()).toBe(4);
  });

  it('a rollback goes back at the size that the load asks for by then', async () => {
    await open((set) =>
      set.release.run.artifact.kind === 'snapshot' && set.release.run.artifact.digest.includes('7632') ? { neverReady: true } : {},
    );
    await live({ min: 1 });
    const next = await world.deploy([scaled({ min: 1 })], 'v2');
    load = 290;
    expect(await world.outcome(next)).toMatchObject({ outcome: 'rolled_back' });
    await world.until(() => alive() === 3);
    expect(await size()).toBe(3);
  });
});

describe('O-07 scale to zero', () => {
  it('lets the last one go after the cooldown, routes that wake, and starts one for the first that waits', async () => {
    await open();
    await live({ min: 0 });
    expect(alive()).toBe(1);
    await world.until(() => alive() === 0);
    expect(report()?.reason).toBe('nothing was asked of it for 30s (zero.after)');
    expect(world.tables.at(-1)?.services[0]).toMatchObject({ key: 'shop/test/api', policy: { wake: { hold: 60_000 } } });
    waiting = 1;
    const at = world.clock.now();
    nudge('shop/test/api');
    await world.until(() => alive() === 1);
    expect(world.clock.now() - at).toBeLessThan(100);
    expect(await scaledEvents()).toContain('api goes from 0 to 1: a request waits for it');
  });

  it('a new release is tried although nobody asks for it, and sleeps again before its deployment has succeeded', async () => {
    await open();
    await live({ min: 0 });
    await world.until(() => alive() === 0);
    const next = await world.deploy([scaled({ min: 0 })], 'v2');
    expect(next.services).toMatchObject([{ from: { replicas: 0 }, to: { replicas: 0 } }]);
    await world.until(() => alive() === 1);
    expect(await world.outcome(next)).toMatchObject({ outcome: 'succeeded' });
    expect([alive(), await size()]).toEqual([0, 0]);
  });

  it('a new release that does not become ready is not taken over, whether nobody asks or the size is paused at nothing', async () => {
    await open((set) =>
      set.release.run.artifact.kind === 'snapshot' && set.release.run.artifact.digest.includes('7632') ? { neverReady: true } : {},
    );
    await live({ min: 0 });
    await world.engine.interventions.pauseScaling(scope, 'api', { kind: 'at', replicas: 0 }, 'user:eva');
    await world.until(() => alive() === 0);
    const next = await world.deploy([scaled({ min: 0 })], 'v2');
    expect(await world.outcome(next)).toMatchObject({ outcome: 'rolled_back', reason: expect.stringContaining('0 of 1 instances') });
    expect(alive()).toBe(0);
  });

  it('a request that comes while a new release is shown wakes the service, and what was shown stays for it', async () => {
    await open();
    await live({ min: 0 });
    await world.until(() => alive() === 0);
    const next = await world.deploy([scaled({ min: 0 })], 'v2');
    await world.until(async () => (await world.engine.deployments.find(next.id)).value.services[0]?.stage === 'baking');
    waiting = 1;
    nudge('shop/test/api');
    await world.until(async () => (await size()) === 1);
    expect(await world.outcome(next)).toMatchObject({ outcome: 'succeeded' });
    expect([alive(), await size()]).toEqual([1, 1]);
  });

  it('a queue that cannot be asked keeps what there is; one that fills wakes as many as it asks for', async () => {
    await open();
    const target = { source: { kind: 'webhook', url: 'http://queue.invalid' }, target: 10 } as const;
    await live({ min: 0, targets: { queue: target } });
    queue = { kind: 'failed', because: 'the webhook answered 500' };
    await pass(120_000);
    expect([alive(), report()?.reason]).toEqual([1, 'held: queue: the webhook answered 500']);
    queue = { kind: 'value', value: 0 };
    await world.until(() => alive() === 0);
    queue = { kind: 'value', value: 25 };
    await world.until(() => alive() === 3);
  });
});

describe('a source that hangs', () => {
  const targets = { queue: { source: { kind: 'webhook', url: 'http://queue.invalid' }, target: 10 } } as const;

  it('keeps nobody else from growing, and holds its own service once its last answer is too old', async () => {
    await open();
    const worker = scaled({ targets }, { name: 'worker', routes: [], needs: [] });
    expect(await world.outcome(await world.deploy([scaled(), worker], 'v1'))).toMatchObject({ outcome: 'succeeded' });
    const ofWorker = () => scaler.reports(scope).find((one) => one.service === 'worker');
    queue = { kind: 'value', value: 25 };
    await world.until(() => ofWorker()?.current === 3);
    queue = 'hangs';
    load = 390;
    const at = world.clock.now();
    await world.until(async () => (await size()) === 4);
    expect(world.clock.now() - at).toBeLessThan(5_000);
    await pass(20_000);
    expect(ofWorker()).toMatchObject({ wanted: 3, reason: 'held: queue: no answer within 6s' });
    queue = { kind: 'value', value: 45 };
    await world.until(() => ofWorker()?.current === 5);
  });

  it('is asked anew by the engine after a long sleep, whose old answer counts for nothing', async () => {
    await open();
    await live({ targets });
    await world.until(() => report()?.reason.startsWith('held') === false);
    queue = 'hangs';
    world.clock.moveTo(world.clock.now() + 3_600_000);
    await world.until(() => report()?.reason.startsWith('held') === true);
    expect(report()?.reason).toMatch(/^held: queue: (it has not answered yet|no answer within 6s)$/);
  });
});

describe('pauses', () => {
  it('O-07 hold the size at N or one way, survive a redeploy, and end with resume', async () => {
    await open();
    await live();
    const { interventions } = world.engine;
    await interventions.pauseScaling(scope, 'api', { kind: 'at', replicas: 3 }, 'user:eva');
    await world.until(() => alive() === 3);
    expect(report()).toMatchObject({ wanted: 3, reason: 'paused at 3 by user:eva', pause: { kind: 'at' } });
    expect(await world.outcome(await world.deploy([scaled()], 'v2'))).toMatchObject({ outcome: 'succeeded' });
    load = 590;
    await pass(10_000);
    expect(await size()).toBe(3);
    expect(await interventions.resumeScaling(scope, 'api', 'user:eva')).toMatchObject({ kind: 'at', replicas: 3 });
    await world.until(() => alive() === 6);
  });

  it('at 0 end with the minimum', async () => {
    await open();
    await live({ min: 2 });
    const { interventions } = world.engine;
    await interventions.pauseScaling(scope, 'api', { kind: 'at', replicas: 0 }, 'user:eva');
    await world.until(() => alive() === 0);
    await interventions.resumeScaling(scope, 'api', 'user:eva');
    await world.until(() => alive() === 2);
    expect(await interventions.resumeScaling(scope, 'api', 'user:eva')).toBeUndefined();
  });

  it('are for services that scale only', async () => {
    await open();
    await live();
    const { interventions } = world.engine;
    const at: { readonly kind: 'in' } = { kind: 'in' };
    await expect(interventions.pauseScaling(scope, 'wep', at, 'user:eva')).rejects.toMatchObject({ code: 'service_unknown' });
    await world.outcome(await world.deploy([aService()], 'v1'));
    await expect(interventions.pauseScaling(scope, 'api', at, 'user:eva')).rejects.toMatchObject({ code: 'unsupported' });
  });
});
