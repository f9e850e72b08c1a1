// Starts, aborts and supersedes deployments: the use cases that write an environment's record.
import { CodeError, hasCode } from '../base/errors.ts';
import { resumeRollout } from '../decide/rollout/decide.ts';
import { withLiveSizes } from '../decide/scale/resize.ts';
import { startDeployment } from '../decide/start.ts';
import type { Deployment, EnvironmentState } from '../model/deployment.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { Plan } from '../model/plan.ts';
import type { Change, Stored } from '../ports/store.ts';
import { lockedError } from './interventions.ts';
import { deploymentKey, planBase } from './keys.ts';
import { endedEvent, startedEvent } from './narrate.ts';
import type { EnginePorts } from './ports.ts';

export class Deployments {
  readonly #ports: EnginePorts;
  readonly #wake: (scope: Scope) => void;

  constructor(ports: EnginePorts, wake: (scope: Scope) => void) {
    this.#ports = ports;
    this.#wake = wake;
  }

  /** Errors: `plan_unknown`, `plan_expired`, `plan_used`, `plan_drifted`, `locked`. */
  async apply(planId: string, by: string): Promise<Deployment> {
    const { store, clock, fence } = this.#ports;
    const now = clock.now();
    const stored = await store.get('plan', planId);
    if (!stored) throw new CodeError('plan_unknown', `There is no plan ${planId}.`, { hint: 'Make one with "codectl plan".' });
    const plan = stored.value;
    const live = await store.get('environment', scopeKey(plan.scope));
    this.#refuse(plan, live, now);
    const running = await this.#running(live?.value);
    const deployment = startDeployment({ plan: withLiveSizes(plan, live?.value), live: live?.value, running: running?.value, by, now });

    const state: EnvironmentState = {
      ...(live?.value ?? { scope: plan.scope, runtime: plan.runtime, services: {}, history: [] }),
      runtime: plan.runtime,
      lastNumber: deployment.number,
      deployment: deployment.number,
    };
    const changes: Change[] = [
      ...(running ? supersede(running, deployment, now) : []),
      { op: 'put', kind: 'deployment', key: deploymentKey(plan.scope, deployment.number), value: deployment, expect: 0 },
      { op: 'put', kind: 'environment', key: scopeKey(plan.scope), value: state, expect: live?.version ?? 0 },
      { op: 'put', kind: 'plan', key: plan.id, value: { ...plan, appliedAs: deployment.id }, expect: stored.version },
      { op: 'append', event: startedEvent(deployment) },
    ];
    await this.#commitOrDrifted(changes, plan, fence);
    this.#wake(plan.scope);
    return deployment;
  }

  /** Asks the running deployment to turn round. Errors: `deployment_unknown`, `deployment_ended`. */
  async abort(id: string, by: string, reason: string | undefined): Promise<Deployment> {
    const stored = await this.find(id);
    if (stored.value.outcome)
      throw new CodeError('deployment_ended', `Deployment ${id} has ended already: ${stored.value.outcome}.`, {
        hint: 'Run "codectl rollback" to go back to the release before it.',
      });
    const value: Deployment = { ...stored.value, abortRequested: { by, at: this.#ports.clock.now(), reason } };
    await this.#ports.store.commit(
      [{ op: 'put', kind: 'deployment', key: stored.key, value, expect: stored.version }],
      this.#ports.fence(),
    );
    this.#wake(value.scope);
    return value;
  }

  /** Takes up what was running when the engine before this one ended. */
  async resume(live: EnvironmentState): Promise<void> {
    const running = await this.#running(live);
    if (!running || running.value.outcome) return;
    const value = resumeRollout(running.value, this.#ports.clock.now());
    await this.#ports.store.commit(
      [{ op: 'put', kind: 'deployment', key: running.key, value, expect: running.version }],
      this.#ports.fence(),
    );
  }

  /** By id (`shop-staging-12`). */
  async find(id: string): Promise<Stored<Deployment>> {
    const match = /^(?<application>.+)-(?<environment>[a-z][a-z0-9-]*)-(?<number>\d+)$/.exec(id);
    if (match) {
      for (const { value } of await this.#ports.store.list('environment')) {
        const prefix = `${value.scope.application}-${value.scope.environment}-`;
        if (!id.startsWith(prefix) || !/^\d+$/.test(id.slice(prefix.length))) continue;
        const found = await this.#ports.store.get('deployment', deploymentKey(value.scope, Number(id.slice(prefix.length))));
        if (found) return found;
      }
    }
    throw new CodeError('deployment_unknown', `There is no deployment ${id}.`, { hint: 'Run "codectl history" to see them.' });
  }

  #refuse(plan: Plan, live: Stored<EnvironmentState> | undefined, now: number): void {
    if (plan.appliedAs)
      throw new CodeError('plan_used', `Plan ${plan.id} was applied already, as ${plan.appliedAs}.`, {
        hint: 'Make a new one with "codectl plan".',
      });
    if (now > plan.expiresAt)
      throw new CodeError('plan_expired', `Plan ${plan.id} expired.`, { hint: 'Make a new one with "codectl plan".' });
    if (live?.value.lock) throw lockedError(live.value, live.value.lock);
    if (planBase(live) !== plan.base) throw drifted(plan);
  }

  async #running(live: EnvironmentState | undefined): Promise<Stored<Deployment> | undefined> {
    if (live?.deployment === undefined) return undefined;
    return this.#ports.store.get('deployment', deploymentKey(live.scope, live.deployment));
  }

  /** Losing the race against another apply is the same news as having been late: what is live is no longer what the plan was made for. */
  async #commitOrDrifted(changes: readonly Change[], plan: Plan, fence: EnginePorts['fence']): Promise<void> {
    try {
      await this.#ports.store.commit(changes, fence());
    } catch (thrown) {
      if (hasCode(thrown, 'write_conflict')) throw drifted(plan);
      throw thrown;
    }
  }
}

function supersede(running: Stored<Deployment>, by: Deployment, now: number): readonly Change[] {
  const value: Deployment = {
    ...running.value,
    outcome: 'superseded',
    endedAt: now,
    reason: `cancelled due to the newer deployment ${by.id}`,
  };
  return [
    { op: 'put', kind: 'deployment', key: running.key, value, expect: running.version },
    { op: 'append', event: endedEvent(value, now) },
  ];
}

function drifted(plan: Plan): CodeError {
  return new CodeError('plan_drifted', `What is live in ${scopeKey(plan.scope)} changed after plan ${plan.id} was made.`, {
    hint: 'Make a new plan and look at it again.',
  });
}
