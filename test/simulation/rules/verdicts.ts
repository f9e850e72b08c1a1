// What must hold where releases are judged: no step, no share and no success without what the course demands, and no verdict out of nothing.
import type { Deployment, ServiceRollout } from '../../../src/model/deployment.ts';
import { serviceKey } from '../../../src/model/instance.ts';
import type { RouteTable } from '../../../src/model/route.ts';
import { scope } from '../../kit/specs.ts';
import type { Universe } from '../world/universe.ts';
import { analysisOf, isCourse, mayLeave, placeOf, shareAllowed } from './courses.ts';
import { Grounds } from './grounds.ts';

export class VerdictRules {
  readonly #universe: Universe;
  readonly #grounds: Grounds;
  /** As last stored, by deployment. */
  readonly #last = new Map<string, Deployment>();
  /** When a step was first reached, by deployment, service and step. */
  readonly #reached = new Map<string, number>();
  /** Nothing was demanded of them at some time: somebody waived it, or one side was let go. */
  readonly #waived = new Set<string>();
  /** All of the traffic was given to them as it should be. */
  readonly #cleared = new Set<string>();
  readonly #promoted = new Set<string>();

  constructor(universe: Universe) {
    this.#universe = universe;
    this.#grounds = new Grounds(universe);
  }

  promoted(deployment: string): void {
    this.#promoted.add(deployment);
  }

  deploymentWrote(after: Deployment): string | undefined {
    const before = this.#last.get(after.id);
    this.#last.set(after.id, after);
    for (const [index, rollout] of after.services.entries()) {
      const found = this.#badService(before?.services[index], rollout, after);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Nobody has more of the traffic than the step at which it stands allows. */
  routed(table: RouteTable, { id }: Deployment): string | undefined {
    const deployment = this.#last.get(id);
    if (deployment?.direction !== 'forward') return undefined;
    for (const rollout of deployment.services) {
      const { to, stage, service } = rollout;
      if (!to || !isCourse(rollout) || stage === 'waiting' || this.#waived.has(keyOf(deployment, rollout))) continue;
      const [share, allowed] = [shareOf(table, service, to.release), shareAllowed(rollout)];
      if (share > allowed + 1e-6) return `${to.release} gets ${share} of the traffic, and ${allowed} is allowed`;
    }
    return undefined;
  }

  #badService(before: ServiceRollout | undefined, now: ServiceRollout, deployment: Deployment): string | undefined {
    const key = keyOf(deployment, now);
    const time = this.#universe.clock.now();
    if (!before) this.#grounds.begin(now, deployment);
    if (!isCourse(now) || deployment.unwatched) this.#waived.add(key);
    const reached = now.step?.reachedAt === undefined ? undefined : `${key} ${now.step.index}`;
    if (reached !== undefined && !this.#reached.has(reached)) this.#reached.set(reached, time);
    return this.#grounds.badVerdict(before, now, deployment) ?? this.#badMove(before, now, deployment) ?? this.#badEnd(now, deployment);
  }

  /** Each step that was left was to be left. */
  #badMove(before: ServiceRollout | undefined, now: ServiceRollout, deployment: Deployment): string | undefined {
    const key = keyOf(deployment, now);
    if (!before || deployment.direction !== 'forward' || this.#waived.has(key)) return undefined;
    const [from, to] = [placeOf(before), placeOf(now)];
    for (let step = from; step < to; step += 1) {
      const reachedAt = this.#reached.get(`${key} ${step}`) ?? deployment.startedAt;
      const { requests } = this.#grounds.since(now.to?.release ?? '', deployment);
      const people = this.#promoted.has(deployment.id);
      if (!mayLeave({ before, now, step, reachedAt, requests, people, time: this.#universe.clock.now() }))
        return `${now.service} of ${deployment.id} leaves step ${step} without what the step demands`;
    }
    if (now.stage === 'baking') this.#cleared.add(key);
    return undefined;
  }

  #badEnd(now: ServiceRollout, deployment: Deployment): string | undefined {
    const { id, outcome } = deployment;
    const key = keyOf(deployment, now);
    if (outcome !== 'succeeded' || this.#waived.has(key) || !analysisOf(now)) return undefined;
    if (now.analysis?.verdict?.verdict === 'fail') return `${id} has succeeded, though ${now.service} failed its analysis`;
    return this.#cleared.has(key) ? undefined : `${id} has succeeded without a verdict on ${now.service}`;
  }
}

function keyOf({ id }: Deployment, { service }: ServiceRollout): string {
  return `${id} ${service}`;
}

function shareOf(table: RouteTable, service: string, release: string): number {
  const releases = table.services.find((one) => one.key === serviceKey(scope, service))?.releases ?? [];
  const sum = releases.reduce((total, one) => total + one.weight, 0);
  return sum === 0 ? 0 : (releases.find((one) => one.release === release)?.weight ?? 0) / sum;
}
