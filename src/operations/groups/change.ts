// change.*: every change is planned first, then applied by the plan's id; nothing else writes an environment.
import { z } from 'zod';
import type { Digest } from '../../base/digest.ts';
import { digestOf } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import { parseManifest } from '../../model/manifest/parse.ts';
import { resolveManifest } from '../../model/manifest/resolve.ts';
import type { Plan } from '../../model/plan.ts';
import type { Principal } from '../../model/principal.ts';
import type { Artifact } from '../../model/release.ts';
import type { ServiceSpec } from '../../model/service.ts';
import { defineCall } from '../operation.ts';
import { deploymentView, environmentName, planView, scopeInput } from '../schemas.ts';
import { viewDeployment, viewPlan } from '../views.ts';

const snapshots = z
  .record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/))
  .describe('Digest of the uploaded tree for each service that has run.directory or build');

export const changeOperations = [
  defineCall({
    name: 'change.plan',
    summary: 'Compares a manifest with what is live and says what would change. Changes nothing.',
    effect: 'plan',
    input: z.strictObject({
      manifest: z.string().max(1_048_576).describe('Text of code.yaml'),
      file: z.string().max(4096).optional().describe('Its name, for messages'),
      environment: environmentName.optional(),
      snapshots: snapshots.optional(),
      unchecked: z
        .boolean()
        .optional()
        .describe('What is new goes live as soon as it runs, without waiting for its checks, and is recorded so'),
    }),
    // The manifest may carry confidential values in `env`, and the audit is for ever.
    audited: ({ manifest, ...rest }) => ({ ...rest, manifest: digestOf(manifest) }),
    output: planView,
    handler: async ({ manifest, file, environment, snapshots = {}, unchecked }, { services, principal }) => {
      const spec = resolveManifest(parseManifest(manifest, file ?? 'code.yaml'), { environment, defaultRuntime: 'process' });
      const artifacts = Object.fromEntries(spec.services.map((service) => [service.name, artifactOf(service, snapshots[service.name])]));
      return viewPlan(await services.engine.planner.deploy(spec, artifacts, principal.id, unchecked));
    },
  }),
  defineCall({
    name: 'change.rollback_plan',
    summary: 'Plans going back to an earlier release set: the one before, or the one whose deployment number or release is named.',
    effect: 'plan',
    input: z.strictObject({ ...scopeInput, to: z.string().max(200).optional().describe('A deployment number or id, or a release') }),
    output: planView,
    handler: async ({ to, ...scope }, { services, principal }) => viewPlan(await services.engine.planner.rollback(scope, to, principal.id)),
  }),
  defineCall({
    name: 'change.retry_plan',
    summary: 'Plans what a deployment that did not succeed wanted, once more and from its first step.',
    effect: 'plan',
    input: z.strictObject({ deployment: z.string().max(200) }),
    output: planView,
    handler: async ({ deployment }, { services, principal }) => {
      const { value } = await services.engine.deployments.find(deployment);
      return viewPlan(await services.engine.planner.retry(value, principal.id));
    },
  }),
  defineCall({
    name: 'change.scale_plan',
    summary: 'Plans other numbers of replicas for services that are live.',
    effect: 'plan',
    input: z.strictObject({
      ...scopeInput,
      replicas: z.record(z.string(), z.int().min(0).max(1000)).describe('Wanted replicas by service'),
    }),
    output: planView,
    handler: async ({ replicas, ...scope }, { services, principal }) =>
      viewPlan(await services.engine.planner.scale(scope, replicas, principal.id)),
  }),
  defineCall({
    name: 'change.restart_plan',
    summary: 'Plans replacing every instance in turn, with the same release.',
    effect: 'plan',
    input: z.strictObject({ ...scopeInput, services: z.array(z.string()).max(100).optional().describe('All, when none is named') }),
    output: planView,
    handler: async ({ services: names = [], ...scope }, { services, principal }) =>
      viewPlan(await services.engine.planner.restart(scope, names, principal.id)),
  }),
  defineCall({
    name: 'change.remove_plan',
    summary: 'Plans removing an application from an environment: drained, stopped and out of the routes.',
    effect: 'plan',
    input: z.strictObject(scopeInput),
    output: planView,
    handler: async (scope, { services, principal }) => viewPlan(await services.engine.planner.remove(scope, principal.id)),
  }),
  defineCall({
    name: 'change.show',
    summary: 'Shows a plan again.',
    effect: 'read',
    input: z.strictObject({ plan_id: z.string().max(100) }),
    output: planView,
    handler: async ({ plan_id }, { services }) => viewPlan(await services.engine.planner.find(plan_id)),
  }),
  defineCall({
    name: 'change.apply',
    summary:
      'Applies a plan that still fits what is live and starts its deployment; watch that for the outcome. A plan that ends a live service needs the effect destroy as well.',
    effect: 'write',
    input: z.strictObject({
      plan_id: z.string().max(100),
      idempotency_key: z.string().min(1).max(200).optional().describe('Repeating the call with the same key returns the first answer'),
      digest: z.string().max(100).optional().describe('Refused unless it is the digest of the plan'),
    }),
    output: deploymentView,
    handler: async ({ plan_id, digest }, { services, principal }) => {
      const plan = await services.engine.planner.find(plan_id);
      if (digest !== undefined && digest !== plan.digest)
        throw new CodeError('plan_drifted', `Plan ${plan_id} has digest ${plan.digest}, not ${digest}.`, {
          hint: 'Look at the plan again before applying it.',
        });
      refuseLoss(plan, principal);
      return viewDeployment(await services.engine.deployments.apply(plan_id, principal.id));
    },
  }),
];

/** Whoever may write may not therefore end what serves. Errors: `denied`. */
function refuseLoss({ id, kind, changes }: Plan, { id: caller, effects }: Principal): void {
  if (effects.includes('destroy')) return;
  const ended = changes.filter(
    (one) => one.from && (kind === 'remove' || one.kind === 'stop' || (one.from.replicas > 0 && one.to?.replicas === 0)),
  );
  if (kind !== 'remove' && ended.length === 0) return;
  const what = ended.length === 0 ? 'removes the application' : `ends ${ended.map(({ service }) => service).join(', ')}`;
  throw new CodeError('denied', `${caller} may not apply plan ${id}: it ${what}, which needs "destroy".`, {
    hint: 'Ask somebody who may, or use a token with that effect.',
  });
}

function artifactOf(service: ServiceSpec, snapshot: string | undefined): Artifact {
  if (service.source.kind === 'image') return { kind: 'image', reference: service.source.reference };
  if (snapshot === undefined) {
    throw new CodeError('input_invalid', `snapshots.${service.name}: the digest of the uploaded directory is missing.`, {
      hint: 'Deploy with codectl, which uploads it.',
    });
  }
  if (service.source.kind === 'build') return { kind: 'image', reference: service.name, context: snapshot as Digest };
  return { kind: 'snapshot', digest: snapshot as Digest };
}
