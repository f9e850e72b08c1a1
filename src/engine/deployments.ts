// Starts, aborts and supersedes deployments: the use cases that write an environment's record.
import { CodeError, hasCode } from '../base/errors.ts';
import { pause, promote, resume } from '../decide/rollout/control.ts';
import { resumeRollout } from '../decide/rollout/decide.ts';
import { withLiveSizes } from '../decide/scale/resize.ts';
import { startDeployment } from '../decide/start.ts';
import type { Deployment, EnvironmentState } from '../model/deployment.ts';
import type { NewEvent } from '../model/event.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { Plan } from '../model/plan.ts';
import type { AnalysisSpec } from '../model/service.ts';
import type { Change, Stored } from '../ports/store.ts';
import type { Judgement } from './analysis/evidence.ts';
import { judgeAgain } from './analysis/evidence.ts';
import { lockedError } from './interventions.ts';
import { deploymentKey, planBase } from './keys.ts';
import { endedEvent, startedEvent } from './narrate.ts';
import type { EnginePorts } from './ports.ts';

const conflictsBorne = 10;

interface Edit {
  readonly deployment: Deployment;
  readonly event?: Pick<NewEvent, 'kind' | 'message'>;
}

export class Deployments {
  readonly #ports: EnginePorts;
  readonly #wake: (scope: Scope) => void;

  constructor(ports: EnginePorts, wake: (scope: Scope) => void) {
    this.#ports = ports;
    this.#wake = wake;
  }

  /** `also` is stored together with it, or not at all. Errors: `plan_unknown`, `plan_expired`, `plan_used`, `plan_drifted`, `locked`. */
  async apply(planId: string, by: string, also: (deployment: string) => readonly Change[] = () => []): Promise<Deployment> {
    const { store, clock, fence } = this.#ports;
    const now = clock.now();
    const stored = await store.get('plan', planId);
    if (!stored) throw new CodeError('plan_unknown', `There is no plan ${planId}.`, { hint: 'Make one with "codectl plan".' });
    const plan = stored.value;
    const live = await store.get('environment', scopeKey(plan.scope));
    this.#refuse(plan, live, now);
    const running = await this.#running(live?.value);
    const deployment = startDeployment({ plan: withLiveSizes(plan, live?.value), live: live?.value, running: running?.value, by, now });

    const state = begun(plan, live?.value, deployment.number);
    const changes: Change[] = [
      ...(running ? supersede(running, deployment, now) : []),
      { op: 'put', kind: 'deployment', key: deploymentKey(plan.scope, deployment.number), value: deployment, expect: 0 },
      { op: 'put', kind: 'environment', key: scopeKey(plan.scope), value: state, expect: live?.version ?? 0 },
      { op: 'put', kind: 'plan', key: plan.id, value: { ...plan, appliedAs: deployment.id }, expect: stored.version },
      { op: 'append', event: startedEvent(deployment) },
      ...also(deployment.id),
    ];
    await this.#commitOrDrifted(changes, plan, fence);
    this.#wake(plan.scope);
    return deployment;
  }

  /** Whether the plan could be applied now, as far as it depends on the plan. Errors: those of `apply`. */
  async check(plan: Plan): Promise<void> {
    this.#refuse(plan, await this.#ports.store.get('environment', scopeKey(plan.scope)), this.#ports.clock.now());
  }

  /** Asks the running deployment to turn round. Errors: `deployment_unknown`, `deployment_ended`. */
  abort(id: string, by: string, reason: string | undefined): Promise<Deployment> {
    return this.#change(id, (deployment, at) => {
      if (deployment.outcome)
        throw new CodeError('deployment_ended', `Deployment ${id} has ended already: ${deployment.outcome}.`, {
          hint: 'Run "codectl rollback" to go back to the release before it.',
        });
      return { deployment: { ...deployment, abortRequested: { by, at, reason } } };
    });
  }

  /** See `decide/rollout/control`. Errors: `deployment_unknown`, `deployment_ended`, `deployment_state`. */
  promote(id: string, by: string, full: boolean): Promise<Deployment> {
    return this.#change(id, (deployment, now) => ({
      deployment: promote(deployment, by, full, now),
      event: {
        kind: 'deployment.promoted',
        message: `${id} goes on, says ${by}${full ? ': the steps that are left are skipped, unwatched' : ''}`,
      },
    }));
  }

  /** Errors: `deployment_unknown`, `deployment_ended`, `deployment_state`. */
  pause(id: string, by: string, reason: string | undefined): Promise<Deployment> {
    return this.#change(id, (deployment, now) => ({
      deployment: pause(deployment, by, reason, now),
      event: { kind: 'deployment.paused', message: `${id} is paused by ${by}${reason === undefined ? '' : `: ${reason}`}` },
    }));
  }

  /** Errors: `deployment_unknown`, `deployment_ended`, `deployment_state`. */
  resume(id: string, by: string): Promise<Deployment> {
    return this.#change(id, (deployment, now) => ({
      deployment: resume(deployment, now),
      event: { kind: 'deployment.resumed', message: `${id} goes on, resumed by ${by}` },
    }));
  }

  /** Takes up what was running when the engine before this one ended. */
  async takeUp(live: EnvironmentState): Promise<void> {
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

  /** What its looks say to other thresholds. Errors: `deployment_unknown`, `evidence_unknown`. */
  async judge(id: string, change: (spec: AnalysisSpec) => AnalysisSpec): Promise<readonly Judgement[]> {
    return judgeAgain(this.#ports.store, (await this.find(id)).value, change);
  }

  /** The loop writes the same record at any time: whoever loses the race looks again. */
  async #change(id: string, edit: (deployment: Deployment, now: number) => Edit): Promise<Deployment> {
    const { store, clock, fence } = this.#ports;
    for (let left = conflictsBorne; ; left -= 1) {
      const { key, version, value: before } = await this.find(id);
      const now = clock.now();
      const { deployment: value, event } = edit(before, now);
      if (value === before) return before;
      const told: Change[] = event ? [{ op: 'append', event: { at: now, ...before.scope, deployment: id, ...event } }] : [];
      try {
        await store.commit([{ op: 'put', kind: 'deployment', key, value, expect: version }, ...told], fence());
        this.#wake(value.scope);
        return value;
      } catch (thrown) {
        if (left === 0 || !hasCode(thrown, 'write_conflict')) throw thrown;
      }
    }
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
      if (!hasCode(thrown, 'write_conflict')) throw thrown;
      throw thrown.details['kind'] === 'approval' ? takenBack(plan) : drifted(plan);
    }
  }
}

/** The environment as it is from the moment at which the deployment begins. */
function begun({ scope, runtime, lasting }: Plan, live: EnvironmentState | undefined, number: number): EnvironmentState {
  const before: Omit<EnvironmentState, 'lastNumber'> = live ?? { scope, runtime, services: {}, history: [] };
  const { approval: _, ...kept } = before;
  return { ...kept, ...(lasting && { approval: lasting }), runtime, lastNumber: number, deployment: number };
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

function takenBack({ id }: Plan): CodeError {
  return new CodeError('approval_required', `An approval of plan ${id} was taken back or used while it was being applied.`, {
    hint: `Run "codectl apply ${id}" again, or have it approved.`,
  });
}
