// What a call is about: the place and the facts that leave to make it depends on.
import type { Facts, Place } from '../access/policy/question.ts';
import type { Plan } from '../model/plan.ts';
import type { About, Operation } from './operation.ts';
import type { Services } from './services.ts';

/** Errors: `…_unknown` for an id that leads nowhere. */
export async function aboutOf(operation: Operation, input: unknown, services: Services): Promise<About> {
  return operation.about ? operation.about(input, services) : { place: placeIn(input) };
}

export function placeIn(input: unknown): Place {
  if (typeof input !== 'object' || input === null) return {};
  const { application, environment } = input as Readonly<Record<string, unknown>>;
  if (typeof application !== 'string') return {};
  return typeof environment === 'string' ? { application, environment } : { application };
}

/** Of an operation whose input names a plan. */
export async function aboutPlan({ plan_id }: { readonly plan_id: string }, { engine }: Services): Promise<About> {
  return { place: (await engine.planner.find(plan_id)).scope };
}

/** Of an operation whose input names a deployment. */
export async function aboutDeployment({ id }: { readonly id: string }, { engine }: Services): Promise<About> {
  return { place: (await engine.deployments.find(id)).value.scope };
}

/** Of an operation whose input names a task. */
export async function aboutTask({ id }: { readonly id: string }, { engine }: Services): Promise<About> {
  return { place: engine.jobs.tasks.find(id).scope };
}

/** What applying a plan does, and who agreed to it. */
export async function aboutApplying(plan: Plan, { approvals }: Pick<Services, 'approvals'>): Promise<About> {
  const { count } = await approvals.standing(plan);
  return { place: plan.scope, facts: { ...factsOf(plan), approvals: count } };
}

function factsOf({ kind, risk, changes, approval, shipped }: Plan): Facts {
  const touched = changes.filter((one) => one.kind !== 'keep');
  // A service that scales may become as large as its bound.
  const sizes = touched.flatMap(({ to }) => (to ? [to.replicas, to.spec.scale?.max ?? 0] : []));
  return {
    kind,
    risk,
    services: touched.length,
    replicas: Math.max(0, ...sizes),
    back: kind === 'rollback',
    required: approval === 'required' ? 1 : 0,
    ...(shipped && shippedFacts(shipped)),
  };
}

/** Of everything that it would ship anew; what was not measured does not hold. */
function shippedFacts(shipped: NonNullable<Plan['shipped']>): Pick<Facts, 'signed' | 'provenance' | 'exposed'> {
  const looked = shipped.flatMap(({ secrets }) => (secrets === undefined ? [] : [secrets]));
  return {
    signed: shipped.every(({ signature }) => signature.state === 'met'),
    provenance: shipped.every(({ provenance }) => provenance.state === 'met'),
    ...(looked.length === shipped.length && { exposed: looked.reduce((sum, one) => sum + one, 0) }),
  };
}
