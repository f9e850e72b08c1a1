// A place where nothing is applied without approval, and the people around it: one who asks, with two tokens, and two who may approve.
import type { DeploymentSeen } from '../../../test/kit/house.ts';
import type { Arena, Token } from './arena.ts';
import { guarded } from './programs.ts';

export interface PlanSeen {
  readonly plan_id: string;
  readonly digest: string;
}

const scope = { application: 'guarded', environment: 'live' };

export class Approving {
  readonly operator: Token;
  /** Of the same person. */
  readonly operatorToo: Token;
  readonly approver: Token;
  /** Another person's. */
  readonly second: Token;
  readonly #arena: Arena;

  private constructor(arena: Arena, tokens: readonly [Token, Token, Token, Token]) {
    this.#arena = arena;
    [this.operator, this.operatorToo, this.approver, this.second] = tokens;
  }

  /** Deploys what is guarded, unless somebody did. */
  static async open(arena: Arena): Promise<Approving> {
    const ground = new Approving(
      arena,
      await Promise.all([
        arena.token({ roles: [{ role: 'operator' }], owner: 'oskar' }),
        arena.token({ roles: [{ role: 'operator' }, { role: 'approver' }], owner: 'oskar' }),
        arena.token({ roles: [{ role: 'approver' }], owner: 'anna' }),
        arena.token({ roles: [{ role: 'approver' }], owner: 'berta' }),
      ]),
    );
    const { environments } = await arena.done<{ environments: readonly unknown[] }>('apps.status', { application: scope.application });
    if (environments.length > 0) return ground;
    const manifest = guarded(scope.application);
    const plan = await arena.done<PlanSeen>(
      'change.plan',
      { manifest, environment: scope.environment, snapshots: { web: arena.snapshot } },
      ground.operator,
    );
    await ground.approve(plan);
    await ground.apply(plan);
    return ground;
  }

  /** A plan of the operator that changes little, and is different from the one before. */
  async plan(): Promise<PlanSeen> {
    const { replicas } = await this.#arena.house.service('web', scope.application);
    return this.#arena.done('change.scale_plan', { ...scope, replicas: { web: 3 - replicas } }, this.operator);
  }

  async approve({ plan_id, digest }: PlanSeen, token = this.approver): Promise<void> {
    await this.#arena.done('approvals.approve', { plan_id, digest }, token);
  }

  async apply({ plan_id }: PlanSeen): Promise<void> {
    await this.#arena.house.outcome(await this.#arena.done<DeploymentSeen>('change.apply', { plan_id }, this.operator));
  }

  /** A plan that was approved and applied, and its deployment has ended. */
  async applied(): Promise<PlanSeen> {
    const plan = await this.plan();
    await this.approve(plan);
    await this.apply(plan);
    return plan;
  }
}
