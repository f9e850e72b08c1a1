// incidents.*: what went wrong, who looks after it, and what was written down. A note changes nothing that runs, so also those may write one who may change nothing at the moment.
import { z } from 'zod';
import { CodeError, hasCode } from '../../../base/errors.ts';
import { incidentLimits } from '../../../model/incident/incident.ts';
import type { Scope } from '../../../model/instance.ts';
import { scopeKey } from '../../../model/instance.ts';
import { severities } from '../../../model/outside/notice.ts';
import type { About } from '../../operation.ts';
import { defineCall } from '../../operation.ts';
import { applicationName, environmentName, scopeInput, yes } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { briefOf, incidentBrief, incidentLine, incidentView, lineOf, viewIncident } from './views.ts';

const id = z.string().max(120);
const words = z.string().trim().max(incidentLimits.text);
const run = z.string().max(200).optional().describe('Deployment, task or trial');
const idempotency_key = z.string().min(1).max(200).optional();
/** Words of those who write, wherever they are read. */
const untrusted = ['title', 'text'];

export const incidentOperations = [
  defineCall({
    name: 'incidents.list',
    summary: 'Lists incidents, the newest first: those that are not resolved, or all.',
    effect: 'read',
    untrusted,
    input: z.strictObject({
      application: applicationName.optional(),
      environment: environmentName.optional(),
      all: yes.default(false),
      limit: z.coerce.number().int().min(1).max(200).default(20),
    }),
    output: z.object({ incidents: z.array(incidentLine) }),
    handler: async ({ all, limit, ...place }, { services }) => ({
      incidents: (await services.incidents.list(place, all, limit)).map(lineOf),
    }),
  }),
  defineCall({
    name: 'incidents.get',
    summary: 'Shows one incident with everything that was written down about it.',
    effect: 'read',
    untrusted,
    about: aboutIncident,
    input: z.strictObject({ id }),
    output: incidentView,
    handler: async ({ id }, { services }) => viewIncident(await services.incidents.find(id)),
  }),
  defineCall({
    name: 'incidents.open',
    summary: 'Opens an incident: something is wrong. One of a deployment that went back is there already.',
    effect: 'write',
    input: z.strictObject({
      ...scopeInput,
      title: z.string().trim().min(1).max(incidentLimits.title),
      text: words.default(''),
      severity: z.enum(severities).default('warning'),
      run,
      idempotency_key,
    }),
    output: incidentBrief,
    handler: async ({ application, environment, title, text, severity, run: which }, { services, principal }) => {
      const scope = { application, environment };
      await refuseElsewhere(which, scope, services);
      return briefOf(await services.incidents.open({ scope, title, text, severity, run: which, by: principal.id }));
    },
  }),
  defineCall({
    name: 'incidents.note',
    summary: 'Writes a note on an incident: what was seen, done, found out.',
    effect: 'write',
    about: aboutIncident,
    input: z.strictObject({ id, text: words.min(1), run, idempotency_key }),
    output: incidentBrief,
    handler: async ({ id, text, run: which }, { services, principal }) => {
      await refuseElsewhere(which, (await services.incidents.find(id)).scope, services);
      return briefOf(await services.incidents.note(id, { text, run: which, by: principal.id }));
    },
  }),
  defineCall({
    name: 'incidents.acknowledge',
    summary: 'Says that its caller looks after an incident.',
    effect: 'write',
    about: aboutIncident,
    input: z.strictObject({ id, text: words.default('') }),
    output: incidentBrief,
    handler: async ({ id, text }, { services, principal }) => briefOf(await services.incidents.acknowledge(id, { text, by: principal.id })),
  }),
  defineCall({
    name: 'incidents.resolve',
    summary: 'Says that an incident is over, and how it ended.',
    effect: 'write',
    about: aboutIncident,
    input: z.strictObject({ id, text: words.default('') }),
    output: incidentBrief,
    handler: async ({ id, text }, { services, principal }) => briefOf(await services.incidents.resolve(id, { text, by: principal.id })),
  }),
];

async function aboutIncident({ id }: { readonly id: string }, { incidents }: Services): Promise<About> {
  return { place: (await incidents.find(id)).scope };
}

/** What is somewhere else is told like what is nowhere. Errors: `input_invalid`. */
async function refuseElsewhere(run: string | undefined, scope: Scope, services: Services): Promise<void> {
  if (run === undefined) return;
  const found = await scopeOfRun(run, services).catch((thrown: unknown) => {
    if (['deployment_unknown', 'task_unknown', 'trial_unknown'].some((code) => hasCode(thrown, code as 'task_unknown'))) return undefined;
    throw thrown;
  });
  if (found && scopeKey(found) === scopeKey(scope)) return;
  throw new CodeError(
    'input_invalid',
    `run: there is no deployment, task or trial ${run} of ${scope.application} in ${scope.environment}.`,
    {
      hint: 'Run "codectl history" to see the deployments.',
    },
  );
}

async function scopeOfRun(run: string, { engine, trials }: Services): Promise<Scope> {
  if (/-t\d+$/.test(run)) return engine.jobs.tasks.find(run).scope;
  if (/-p\d+$/.test(run)) return (await trials.find(run)).scope;
  return (await engine.deployments.find(run)).value.scope;
}
