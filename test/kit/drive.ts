// A rollout of one service that a test drives by hand, and the strategies that it may have.
import { decideRollout } from '../../src/decide/rollout/decide.ts';
import type { Deployment, ServiceRollout, ServiceTarget } from '../../src/model/deployment.ts';
import { revisionOf } from '../../src/model/deployment.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { BlueGreenStrategy, CanaryStrategy, Strategy } from '../../src/model/rollout/strategy.ts';
import type { TrafficObservation } from '../../src/model/route.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import { aDeployment, anInstance, aRollout, aService, aTarget } from './specs.ts';

export const canary = (steps: CanaryStrategy['steps'], more: Partial<CanaryStrategy> = {}): CanaryStrategy => ({
  kind: 'canary',
  steps,
  bake: 10_000,
  ...more,
});
export const blueGreen = (more: Partial<BlueGreenStrategy> = {}): BlueGreenStrategy => ({
  kind: 'blue-green',
  bake: 10_000,
  warm: 30_000,
  promote: 'auto',
  ...more,
});

/** How many are ready; `beside`: of each other revision. */
interface Ready {
  readonly old?: number;
  readonly fresh?: number;
  readonly beside?: number;
}

/** A rollout that is driven by hand: what is ready is what was asked for, unless a test says otherwise. */
export class Drive {
  readonly old: ServiceTarget;
  readonly fresh: ServiceTarget;
  deployment: Deployment;
  now = 1_000;

  constructor(strategy: Strategy, varied: Partial<ServiceSpec> = {}) {
    const spec = aService({ replicas: 4, strategy, ...varied });
    this.old = aTarget(spec, 'v1');
    this.fresh = aTarget(spec, 'v2');
    this.deployment = aDeployment([aRollout(this.old, this.fresh)]);
  }

  get rollout(): ServiceRollout {
    const [one] = this.deployment.services;
    if (!one) throw new Error('no service');
    return one;
  }

  /** Sizes and shares of old and new. */
  get sides() {
    const { sizes, weights } = this.rollout;
    const [old, fresh] = [revisionOf(this.old), revisionOf(this.fresh)];
    return { old: sizes[old] ?? 0, fresh: sizes[fresh] ?? 0, share: weights?.[fresh] ?? 0, oldShare: weights?.[old] ?? 0 };
  }

  look(ready: Ready = {}, extra: readonly Instance[] = [], traffic?: TrafficObservation): void {
    const { old, fresh } = this.sides;
    const sides = new Map([
      [revisionOf(this.old), ready.old ?? old],
      [revisionOf(this.fresh), ready.fresh ?? fresh],
    ]);
    for (const [one, size] of Object.entries(this.rollout.sizes)) if (!sides.has(one)) sides.set(one, ready.beside ?? size);
    const instances = [...sides].flatMap(([one, count]) => Array.from({ length: count }, () => anInstance(one)));
    this.deployment = decideRollout(
      this.deployment,
      { instances: [...instances, ...extra], ...(traffic && { traffic }) },
      this.now,
    ).deployment;
  }

  /** Looks until nothing more changes at this moment. */
  settle(ready: Ready = {}): void {
    for (let before: Deployment | undefined; before !== this.deployment; ) {
      before = this.deployment;
      this.look(ready);
    }
  }

  pass(duration: number): void {
    this.now += duration;
    this.settle();
  }
}
