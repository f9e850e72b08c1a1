// Makes plans: from a manifest, from history, from a wish to scale, restart or remove. A plan changes nothing.
import { digestOfJson } from '../base/digest.ts';
import { CodeError } from '../base/errors.ts';
import { own } from '../base/plain-document.ts';
import type { Wanted } from '../decide/plan.ts';
import { approvalOf, decideChanges, riskOf, routeClashes } from '../decide/plan.ts';
import { findSet, noRuntime, refuseSameIds, refuseSizes, refuseUnsupported } from '../decide/refusals.ts';
import { returnText, returnTo } from '../decide/rollout/returns.ts';
import { withoutChecks } from '../decide/unchecked.ts';
import { unsupportedParts, warningsOf } from '../decide/unsupported.ts';
import type { Deployment, DeploymentKind, EnvironmentState, Return, ServiceTarget } from '../model/deployment.ts';
import { isEmpty, leftBehind } from '../model/deployment.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey, serviceKey } from '../model/instance.ts';
import type { Plan, ServiceChange } from '../model/plan.ts';
import type { Artifact, Release } from '../model/release.ts';
import { releaseOf, runSpecOf, treeOf } from '../model/release.ts';
import type { ApplicationSpec, ServiceSpec } from '../model/service.ts';
import type { Change, Stored } from '../ports/store.ts';
import { planBase, releaseKey } from './keys.ts';
import { pinImages } from './pinning.ts';
import { PlanNotes } from './plan-warnings.ts';
import type { EnginePorts } from './ports.ts';

/** How long a plan may be applied. */
export const planLife = 60 * 60_000;

interface Draft {
  readonly scope: Scope;
  readonly runtime: string;
  readonly kind: DeploymentKind;
  readonly changes: readonly ServiceChange[];
  readonly warnings: readonly string[];
  readonly by: string;
  readonly live: Stored<EnvironmentState> | undefined;
  /** What the manifest says of it; absent: as it was. */
  readonly approval?: Plan['approval'];
  readonly returns?: Return;
  readonly shipped?: Plan['shipped'];
}

export class Planner {
  readonly #ports: EnginePorts;
  readonly #notes: PlanNotes;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#notes = new PlanNotes(ports);
  }

  /** `artifacts` names, by service, what its code or image is; `unchecked`: what is new waits for no check. Errors: `unsupported`, `route_taken`, `artifact_missing`, `secret_missing`, `secret_exposed`, `signature_missing`, `runtime_unavailable`. */
  async deploy(spec: ApplicationSpec, artifacts: Readonly<Record<string, Artifact>>, by: string, unchecked = false): Promise<Plan> {
    const scope: Scope = { application: spec.application, environment: spec.environment };
    const runtime = this.#runtimeFacts(spec.runtime);
    refuseUnsupported(unsupportedParts(spec, runtime, this.#ports.certificates), 'here');
    const live = await this.#live(scope);
    if (live && live.value.runtime !== spec.runtime && Object.keys(live.value.services).length > 0) {
      throw new CodeError(
        'unsupported',
        `${scopeKey(scope)} runs on ${live.value.runtime}; moving it to ${spec.runtime} is not possible while it is live.`,
        { hint: `Run "codectl remove ${scope.application} --env ${scope.environment}" first.` },
      );
    }
    await this.#refuseTaken(scope, spec.services);
    const pinned = await pinImages(this.#ports.runtimes.get(spec.runtime), spec.services, artifacts);
    const wanted = await Promise.all(
      spec.services.map((service) => this.#wanted(scope.application, service, pinned.artifacts[service.name])),
    );
    const known = await this.#knownReleases(scope.application);
    const compared = decideChanges(wanted, live?.value, (id) => known.get(id));
    const changes = unchecked ? withoutChecks(compared) : compared;
    const { facts: shipped, warnings } = await this.#notes.shipped(scope, wanted, changes);
    const plan = await this.#plan({
      scope,
      runtime: spec.runtime,
      kind: 'deploy',
      changes,
      warnings: [...warningsOf(spec, runtime), ...pinned.warnings, ...warnings],
      shipped,
      by,
      live,
      approval: spec.approval,
    });
    await this.#store(
      plan,
      wanted.map((one) => one.release),
      known,
    );
    return plan;
  }

  /** Back to a release set of the history: the newest other one, or the one whose deployment number or release is named. */
  async rollback(scope: Scope, to: string | undefined, by: string): Promise<Plan> {
    const live = await this.#require(scope);
    const set = findSet(live.value, to);
    const returns = returnTo(live.value, set);
    const releases = await this.#knownReleases(scope.application);
    const wanted = Object.values(set.services).flatMap((target): Wanted[] => {
      const release = releases.get(target.release);
      return release ? [{ release, spec: target.spec }] : [];
    });
    if (wanted.length < Object.keys(set.services).length)
      throw new CodeError('release_unknown', `A release of deployment ${set.number} is no longer kept.`, {
        hint: `Run "codectl history" to see what can be rolled back to.`,
      });
    const changes = decideChanges(wanted, live.value, (id) => releases.get(id), `not part of deployment ${set.number}`);
    return this.#keep({
      scope,
      runtime: live.value.runtime,
      kind: 'rollback',
      changes,
      warnings: [returnText(returns)],
      by,
      live,
      returns,
    });
  }

  /** What an ended deployment wanted, once more and from the first step. Errors: `deployment_state`, `release_unknown`. */
  async retry({ id, scope, outcome, kind, services, runtime }: Deployment, by: string): Promise<Plan> {
    if (outcome === undefined || outcome === 'succeeded' || kind === 'remove')
      throw new CodeError(
        'deployment_state',
        `${id} ${outcome === undefined ? 'has not ended' : `${kind} ${outcome}`}: there is nothing to retry.`,
        {
          hint: 'Run "codectl status" to see where it stands.',
        },
      );
    const live = await this.#live(scope);
    const releases = await this.#knownReleases(scope.application);
    const targets = { ...live?.value.services, ...Object.fromEntries(services.flatMap(({ service, to }) => (to ? [[service, to]] : []))) };
    const ended = new Set(services.flatMap(({ service, to }) => (to ? [] : [service])));
    const wanted = Object.entries(targets).flatMap(([service, target]): Wanted[] => {
      const release = releases.get(target.release);
      if (!release && !ended.has(service))
        throw new CodeError('release_unknown', `Release ${target.release} of ${id} is no longer kept.`, { hint: 'Deploy again.' });
      return release && !ended.has(service) ? [{ release, spec: target.spec }] : [];
    });
    const changes = decideChanges(wanted, live?.value, (one) => releases.get(one), `not part of ${id}`);
    return this.#keep({ scope, runtime, kind: 'retry', changes, warnings: [`${id} again, from its first step`], by, live });
  }

  async scale(scope: Scope, sizes: Readonly<Record<string, number>>, by: string): Promise<Plan> {
    const live = await this.#require(scope);
    refuseSizes(live.value, sizes);
    const changes = this.#mapTargets(live.value, Object.keys(sizes), (service, from) => {
      const replicas = sizes[service] ?? from.replicas;
      return { ...from, replicas, spec: { ...from.spec, replicas } };
    });
    return this.#keep({ scope, runtime: live.value.runtime, kind: 'scale', changes, warnings: [], by, live });
  }

  /** Every instance of the services (all, if none is named) is replaced in turn; the release stays. */
  async restart(scope: Scope, services: readonly string[], by: string): Promise<Plan> {
    const live = await this.#require(scope);
    const names = services.length > 0 ? services : Object.keys(live.value.services);
    const changes = this.#mapTargets(live.value, names, (_, { unchecked: _was, ...from }) => ({
      ...from,
      generation: from.generation + 1,
    }));
    return this.#keep({ scope, runtime: live.value.runtime, kind: 'restart', changes, warnings: [], by, live });
  }

  async remove(scope: Scope, by: string): Promise<Plan> {
    const live = await this.#require(scope);
    const changes = Object.entries(live.value.services).map(
      ([service, from]): ServiceChange => ({ service, kind: 'stop', reason: 'the application is removed', from }),
    );
    const left = leftBehind(live.value).map(
      (service): ServiceChange => ({
        service,
        kind: 'stop',
        reason: 'a deployment that failed left it running, and the application is removed',
      }),
    );
    return this.#keep({ scope, runtime: live.value.runtime, kind: 'remove', changes: [...changes, ...left], warnings: [], by, live });
  }

  /** Errors: `plan_unknown`. */
  async find(id: string): Promise<Plan> {
    const stored = await this.#ports.store.get('plan', id);
    if (!stored) throw new CodeError('plan_unknown', `There is no plan ${id}.`, { hint: 'Make one with "codectl plan".' });
    return stored.value;
  }

  // ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #runtimeFacts(name: string) {
    const runtime = this.#ports.runtimes.get(name);
    if (runtime) return { name, ...runtime.capabilities };
    throw noRuntime(name, [...this.#ports.runtimes.keys()]);
  }

  #live(scope: Scope): Promise<Stored<EnvironmentState> | undefined> {
    return this.#ports.store.get('environment', scopeKey(scope));
  }

  async #require(scope: Scope): Promise<Stored<EnvironmentState>> {
    const live = await this.#live(scope);
    if (live && !isEmpty(live.value)) return live;
    throw new CodeError('application_unknown', `${scope.application} is not deployed in environment ${scope.environment}.`, {
      hint: 'Run "codectl status" to see what is.',
    });
  }

  async #refuseTaken(scope: Scope, services: readonly ServiceSpec[]): Promise<void> {
    const taken = new Map<string, string>();
    for (const { key, value } of await this.#ports.store.list('environment')) {
      if (key === scopeKey(scope)) continue;
      refuseSameIds(scope, value.scope);
      for (const [name, target] of Object.entries(value.services))
        for (const route of target.spec.routes) taken.set(`${route.host} ${route.path}`, serviceKey(value.scope, name));
    }
    const [clash] = routeClashes((service) => serviceKey(scope, service), services, taken);
    if (!clash) return;
    throw new CodeError('route_taken', `services.${clash.service}.routes: ${clash.host}${clash.path} already belongs to ${clash.owner}.`, {
      hint: 'Choose another host or path, or remove the other service first.',
      details: { ...clash },
    });
  }

  async #wanted(application: string, spec: ServiceSpec, artifact: Artifact | undefined): Promise<Wanted> {
    if (!artifact) throw new CodeError('input_invalid', `No artifact was given for service ${spec.name}.`);
    const tree = treeOf(artifact);
    if (tree !== undefined && !(await this.#ports.artifacts.hasTree(tree))) {
      throw new CodeError('artifact_missing', `The snapshot ${tree} of service ${spec.name} was not uploaded.`, {
        hint: 'Deploy with codectl, which uploads what is missing.',
      });
    }
    return { spec, release: releaseOf(application, spec.name, runSpecOf(spec, artifact), this.#ports.clock.now()) };
  }

  async #knownReleases(application: string): Promise<ReadonlyMap<string, Release>> {
    const stored = await this.#ports.store.list('release', { prefix: `${application}/` });
    return new Map(stored.map((one) => [one.value.id, one.value]));
  }

  #mapTargets(
    live: EnvironmentState,
    names: readonly string[],
    change: (service: string, from: ServiceTarget) => ServiceTarget,
  ): readonly ServiceChange[] {
    const unknown = names.find((name) => !own(live.services, name));
    if (unknown !== undefined)
      throw new CodeError(
        'service_unknown',
        `${scopeKey(live.scope)} has no service called ${unknown}; it has ${Object.keys(live.services).join(', ')}.`,
      );
    const wanted = new Map(names.map((name) => [name, change]));
    return Object.entries(live.services).map(([service, from]): ServiceChange => {
      const to = wanted.get(service)?.(service, from) ?? from;
      if (to.generation !== from.generation) return { service, kind: 'update', reason: 'restart', from, to };
      if (to.replicas !== from.replicas) return { service, kind: 'update', reason: `replicas ${from.replicas} → ${to.replicas}`, from, to };
      return { service, kind: 'keep', reason: 'nothing differs', from, to };
    });
  }

  async #plan({ scope, runtime, kind, changes, warnings, by, live, returns, shipped = [], approval: wanted }: Draft): Promise<Plan> {
    const now = this.#ports.clock.now();
    const base = planBase(live);
    const asked = approvalOf(live?.value, wanted);
    const digest = digestOfJson({ scope, runtime, kind, base, changes, ...asked });
    const id = `plan-${this.#ports.random(8)}`;
    return {
      id,
      digest,
      scope,
      runtime,
      kind,
      base,
      changes,
      warnings: [...warnings, ...(await this.#notes.warnings({ scope, runtime, kind, changes }))],
      risk: riskOf(changes),
      ...(shipped.length > 0 && { shipped }),
      ...asked,
      createdAt: now,
      expiresAt: now + planLife,
      createdBy: by,
      ...(returns && { returns }),
    };
  }

  async #keep(draft: Draft): Promise<Plan> {
    const plan = await this.#plan(draft);
    await this.#store(plan, [], new Map());
    return plan;
  }

  async #store(plan: Plan, releases: readonly Release[], known: ReadonlyMap<string, Release>): Promise<void> {
    // Written again even when it is known: a tidying that has just found it unused then loses the race, instead of the plan its release.
    const wanted = releases.map((one) => known.get(one.id) ?? one);
    const changes: Change[] = wanted.map((value) => ({ op: 'put', kind: 'release', key: releaseKey(value.application, value.id), value }));
    await this.#ports.store.commit([...changes, { op: 'put', kind: 'plan', key: plan.id, value: plan, expect: 0 }], this.#ports.fence());
  }
}
