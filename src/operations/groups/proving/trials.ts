// trials.*: the book of trials. The trials themselves run in the program that asks; here is written down what was begun, and what came of it.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import { planTrial, refuseOtherTrial, wantsApproval } from '../../../engine/trials/planned.ts';
import type { Scope } from '../../../model/instance.ts';
import { scopeKey } from '../../../model/instance.ts';
import type { Principal } from '../../../model/principal.ts';
import type { TrialEntry } from '../../../model/proving/attempt.ts';
import type { TrialKind } from '../../../model/proving/trial.ts';
import { showPlan } from '../../applying.ts';
import type { About, Begins, OperationContext } from '../../operation.ts';
import { defineCall } from '../../operation.ts';
import { planView, scopeInput, yes } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { targetOf, targetView } from './target.ts';
import { attemptView, exhibit, figure, machine, trialKind, trialVerdict, trialView, unmeasured, viewAttempt, viewTrial } from './views.ts';

const profile = z.string().min(1).max(60).describe('`quick`, `standard`, `full`, …');
const touches = z.array(z.string().min(1).max(300)).max(100).default([]).describe('What may be felt, a line each');
const id = z.string().max(120).describe('Of the trial');
/** Loose to those who ask what there is, strict to what comes. */
const list = <Output>(item: z.ZodType<Output>, most: number) => z.array(z.unknown().pipe(item)).max(most).default([]);
const told = z.object({ trial: trialView, id: z.string(), digest: z.string().describe('Of the link in the chain of attempts') });

/** It runs in the program that began it; whoever may can close it in the book, and then nothing that it says counts. */
const lasts: Begins = { told: 'trials.get', ended: 'trials.finish', endedWith: { verdict: 'interrupted' } };

/** A trial may take two days; whoever wants more begins another one. */
const longest = 48 * 3_600_000;

export const trialOperations = [
  defineCall({
    name: 'trials.target',
    summary: 'Shows what a trial of an environment may be made of: routes, services, instances, and the parts of the engine that serve it.',
    effect: 'read',
    input: z.strictObject({ ...scopeInput, usage: yes.optional().describe('What instances use of CPU and memory, too') }),
    output: targetView,
    handler: async ({ usage = false, ...scope }, context) => {
      const [found] = await context.services.engine.queries.survey(scope, context.signal);
      if (found && Object.keys(found.state.services).length > 0) return targetOf(found, usage, context);
      throw new CodeError('application_unknown', `${scope.application} is not deployed in environment ${scope.environment}.`, {
        hint: 'Run "codectl status" to see what is.',
      });
    },
  }),
  defineCall({
    name: 'trials.plan',
    summary: 'Plans a trial of an environment whose trials need approval. Changes nothing.',
    effect: 'plan',
    input: z.strictObject({ ...scopeInput, kind: trialKind, profile, touches }),
    output: planView,
    handler: async ({ application, environment, ...trial }, caller) =>
      showPlan(await planTrial(caller.services.engine.ports, { application, environment }, trial, caller.principal.id), caller),
  }),
  defineCall({
    name: 'trials.begin',
    summary:
      'Writes down that a trial begins, before it does; refused while another one runs, and without an approved plan where one is needed.',
    effect: 'write',
    about: aboutTrial,
    lasts,
    input: z.strictObject({
      ...scopeInput,
      kind: trialKind,
      profile,
      touches,
      seed: z.int().default(0),
      lasts_ms: z.int().min(1).max(longest).describe('At most'),
      within: id.optional().describe('The trial that it is a part of'),
      plan_id: z.string().max(100).optional(),
    }),
    output: told,
    handler: async ({ application, environment, lasts_ms, plan_id, ...wish }, { services, principal }) => {
      const scope = { application, environment };
      const approved = plan_id === undefined ? {} : await approvedPlan(plan_id, scope, wish, services);
      const wanted = { ...wish, scope, lasts: lasts_ms, by: whoIs(principal), ...approved };
      return viewKept(await services.trials.begin(wanted));
    },
  }),
  defineCall({
    name: 'trials.finish',
    summary: 'Writes down what came of a trial: its verdict, its figures, what was not measured, and the digests of its raw evidence.',
    effect: 'write',
    about: aboutId,
    audited: ({ id, verdict }) => ({ id, verdict }),
    input: z.strictObject({
      id,
      verdict: trialVerdict,
      figures: list(figure, 2_000),
      unmeasured: list(unmeasured, 2_000),
      exhibits: list(exhibit, 2_000),
      machine: z.unknown().pipe(machine.optional()).optional(),
    }),
    output: told,
    handler: async ({ id, ...end }, { services, principal }) => viewKept(await services.trials.finish(id, whoIs(principal), end)),
  }),
  defineCall({
    name: 'trials.list',
    summary: 'Lists the trials of an environment, the newest first, and says whether the chain of all attempts is whole.',
    effect: 'read',
    input: z.strictObject({
      ...scopeInput,
      limit: z.coerce.number().int().min(1).max(1_000).default(50),
      attempts: yes.optional().describe('Every link of the chain too'),
    }),
    output: z.object({
      trials: z.array(trialView),
      attempts: z.array(attemptView).optional(),
      count: z.int().describe('Links of the chain'),
      problem: z.string().optional().describe('What is wrong with the chain; absent: it is whole'),
    }),
    handler: async ({ limit, attempts: wanted = false, ...scope }, { services }) => {
      const { trials } = services;
      const { attempts, problem } = await trials.attempts(scope);
      return {
        trials: (await trials.list(scope, limit)).map((one) => viewTrial(one, false)),
        ...(wanted && { attempts: attempts.map(viewAttempt) }),
        count: attempts.length,
        problem,
      };
    },
  }),
  defineCall({
    name: 'trials.get',
    summary: 'Shows a trial with its figures, what was not measured, and its exhibits.',
    effect: 'read',
    about: aboutId,
    lasts,
    input: z.strictObject({ id }),
    output: trialView,
    handler: async ({ id }, { services }) => viewTrial(await services.trials.find(id), true),
  }),
];

function viewKept({ entry, hash }: Awaited<ReturnType<Services['trials']['begin']>>): z.infer<typeof told> {
  return { trial: viewTrial(entry, false), id: entry.id, digest: hash };
}

/** A conversation with a program is not the person in whose name it speaks. */
function whoIs({ id, run }: Principal): string {
  return run === undefined ? id : `${id} (${run})`;
}

async function aboutId({ id }: { readonly id: string }, { trials }: Services): Promise<About> {
  return { place: (await trials.find(id)).scope };
}

interface Wanted extends Scope {
  readonly kind: TrialKind;
  readonly plan_id?: string | undefined;
  readonly within?: string | undefined;
}

/** A part of a trial that was begun needs no leave of its own. */
async function aboutTrial(input: Wanted, { engine, approvals, trials }: Services): Promise<About> {
  const { application, environment, kind, plan_id, within } = input;
  const scope = { application, environment };
  const live = (await engine.ports.store.get('environment', scopeKey(scope)))?.value ?? { scope };
  const whole = within === undefined ? undefined : await trials.find(within);
  const part = whole !== undefined && isPartOf({ kind, scope }, whole);
  const plan = plan_id === undefined ? undefined : await engine.planner.find(plan_id);
  const count = plan?.kind === 'trial' && scopeKey(plan.scope) === scopeKey(scope) ? (await approvals.standing(plan)).count : 0;
  return { place: scope, facts: { kind: 'trial', required: !part && wantsApproval(live) ? 1 : 0, approvals: count } };
}

/** Who agreed to requests has not agreed to faults: only a certification is announced with all that it is made of. */
function isPartOf({ kind, scope }: Pick<TrialEntry, 'kind' | 'scope'>, whole: TrialEntry): boolean {
  if (whole.ended !== undefined || scopeKey(whole.scope) !== scopeKey(scope)) return false;
  return whole.kind === 'certification' || kind === whole.kind || kind === 'load';
}

async function approvedPlan(
  id: string,
  scope: Scope,
  wish: Parameters<typeof refuseOtherTrial>[2],
  { engine, approvals }: OperationContext['services'],
) {
  const plan = await engine.planner.find(id);
  refuseOtherTrial(plan, scope, wish);
  await engine.deployments.check(plan);
  return { plan, usedAs: (await approvals.standing(plan)).usedAs };
}
