// change.*: every change is planned first, then applied by the plan's id; nothing else writes an environment.
import { z } from 'zod';
import type { Digest } from '../../base/digest.ts';
import { digestOf } from '../../base/digest.ts';
import { CodeError } from '../../base/errors.ts';
import { parseManifest } from '../../model/manifest/parse.ts';
import { resolveManifest } from '../../model/manifest/resolve.ts';
import type { Artifact } from '../../model/release.ts';
import type { ApplicationSpec, ServiceSpec } from '../../model/service.ts';
import { aboutApplying, aboutDeployment, aboutPlan } from '../about.ts';
import { applyPlan, planLookedAt, showPlan } from '../applying.ts';
import { defineCall } from '../operation.ts';
import { deploymentView, environmentName, planView, scopeInput } from '../schemas.ts';
import { viewDeployment } from '../views.ts';

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
    about: async (input) => {
      const { application, environment } = specOf(input);
      return { place: { application, environment } };
    },
    output: planView,
    handler: async (input, { services, principal }) => {
      const { snapshots = {}, unchecked } = input;
      const spec = specOf(input);
      const artifacts = Object.fromEntries(spec.services.map((service) => [service.name, artifactOf(service, snapshots[service.name])]));
      return showPlan(await services.engine.planner.deploy(spec, artifacts, principal.id, unchecked), { services, principal });
    },
  }),
  defineCall({
    name: 'change.rollback_plan',
    summary: 'Plans going back to an earlier release set: the one before, or the one whose deployment number or release is named.',
    effect: 'plan',
    input: z.strictObject({ ...scopeInput, to: z.string().max(200).optional().describe('A deployment number or id, or a release') }),
    output: planView,
    handler: async ({ to, ...scope }, caller) =>
      showPlan(await caller.services.engine.planner.rollback(scope, to, caller.principal.id), caller),
  }),
  defineCall({
    name: 'change.retry_plan',
    summary: 'Plans what a deployment that did not succeed wanted, once more and from its first step.',
    effect: 'plan',
    about: async ({ deployment: id }, services) => aboutDeployment({ id }, services),
    input: z.strictObject({ deployment: z.string().max(200) }),
    output: planView,
    handler: async ({ deployment }, caller) => {
      const { engine } = caller.services;
      const { value } = await engine.deployments.find(deployment);
      return showPlan(await engine.planner.retry(value, caller.principal.id), caller);
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
    handler: async ({ replicas, ...scope }, caller) =>
      showPlan(await caller.services.engine.planner.scale(scope, replicas, caller.principal.id), caller),
  }),
  defineCall({
    name: 'change.restart_plan',
    summary: 'Plans replacing every instance in turn, with the same release.',
    effect: 'plan',
    input: z.strictObject({ ...scopeInput, services: z.array(z.string()).max(100).optional().describe('All, when none is named') }),
    output: planView,
    handler: async ({ services: names = [], ...scope }, caller) =>
      showPlan(await caller.services.engine.planner.restart(scope, names, caller.principal.id), caller),
  }),
  defineCall({
    name: 'change.remove_plan',
    summary: 'Plans removing an application from an environment: drained, stopped and out of the routes.',
    effect: 'plan',
    input: z.strictObject(scopeInput),
    output: planView,
    handler: async (scope, caller) => showPlan(await caller.services.engine.planner.remove(scope, caller.principal.id), caller),
  }),
  defineCall({
    name: 'change.show',
    summary: 'Shows a plan again.',
    effect: 'read',
    about: aboutPlan,
    input: z.strictObject({ plan_id: z.string().max(100) }),
    output: planView,
    handler: async ({ plan_id }, caller) => showPlan(await caller.services.engine.planner.find(plan_id), caller),
  }),
  defineCall({
    name: 'change.apply',
    summary:
      'Applies a plan that still fits what is live and starts its deployment; watch that for the outcome. A plan that ends a live service needs the effect destroy as well.',
    effect: 'write',
    disruptive: true,
    begins: { told: 'deployments.get', ended: 'deployments.abort' },
    about: async ({ plan_id }, services) => aboutApplying(await services.engine.planner.find(plan_id), services),
    input: z.strictObject({
      plan_id: z.string().max(100),
      idempotency_key: z.string().min(1).max(200).optional().describe('Repeating the call with the same key returns the first answer'),
      digest: z.string().max(100).optional().describe('Refused unless it is the digest of the plan'),
    }),
    output: deploymentView,
    handler: async ({ plan_id, digest }, caller) => {
      const plan = await planLookedAt(plan_id, digest, 'applying', caller.services);
      return viewDeployment(await applyPlan(plan, caller));
    },
  }),
];

interface PlanInput {
  readonly manifest: string;
  readonly file?: string | undefined;
  readonly environment?: string | undefined;
}

/** A call reads its manifest when leave is asked for it, and again when it is planned. */
const read = new WeakMap<PlanInput, ApplicationSpec>();

function specOf(input: PlanInput): ApplicationSpec {
  const { manifest, file = 'code.yaml', environment } = input;
  const spec = read.get(input) ?? resolveManifest(parseManifest(manifest, file), { environment, defaultRuntime: 'process' });
  read.set(input, spec);
  return spec;
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
