// jobs.*: what runs once and ends – one-off commands, jobs, cron runs, release commands and hooks – with its output and its history.
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import { commandDeadline } from '../../engine/jobs/drafts.ts';
import { exitCodeOf, taskOutput } from '../../engine/jobs/output.ts';
import type { Task } from '../../model/task.ts';
import { aboutTask } from '../about.ts';
import type { OperationContext } from '../operation.ts';
import { defineCall, defineStream } from '../operation.ts';
import { scopeInput, yes } from '../schemas.ts';

export const taskView = z.object({
  id: z.string(),
  number: z.int(),
  application: z.string(),
  environment: z.string(),
  service: z.string(),
  release: z.string(),
  purpose: z.enum(['release', 'job', 'cron', 'command', 'hook']),
  hook: z.string().optional().describe('Of a hook: its phase'),
  command: z.array(z.string()).optional().describe("Absent: the release's own"),
  url: z.string().optional().describe('Of a webhook: where it goes'),
  deployment: z.string().optional(),
  state: z.enum(['waiting', 'running', 'ended']),
  attempt: z.int().describe('How many were begun'),
  attempts: z.int().describe('How many there may be'),
  outcome: z.enum(['succeeded', 'failed', 'timed_out', 'cancelled', 'lost']).optional(),
  reason: z.string().optional(),
  exit_code: z.int().optional(),
  last_log: z.array(z.string()).optional(),
  instance: z.string().optional(),
  scheduled_at: z.string().optional(),
  created_at: z.string(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  by: z.string(),
});

const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

function viewTask(task: Task): z.infer<typeof taskView> {
  const { id, number, scope, service, release, purpose, hook, action, deployment, state, attempt, retries, outcome, reason, by } = task;
  return {
    id,
    number,
    ...scope,
    service,
    release,
    purpose,
    deployment,
    instance: task.instance,
    state,
    attempt,
    outcome,
    reason,
    by,
    hook: hook?.phase,
    command: action.kind === 'command' && action.command ? [...action.command] : undefined,
    url: action.kind === 'webhook' ? action.url : undefined,
    attempts: retries + 1,
    exit_code: state === 'ended' ? exitCodeOf(task) : undefined,
    last_log: task.lastLog && [...task.lastLog],
    scheduled_at: iso(task.scheduledAt),
    created_at: new Date(task.createdAt).toISOString(),
    started_at: iso(task.startedAt),
    ended_at: iso(task.endedAt),
  };
}

const taskId = z.string().max(200).describe('Id of the task');
const outputItem = z.union([
  z.object({ kind: z.literal('output'), stream: z.enum(['out', 'err']), text: z.string() }),
  z.object({ kind: z.literal('exit'), code: z.int(), because: z.string().optional() }),
]);

export const jobOperations = [
  defineCall({
    name: 'jobs.list',
    summary: 'Lists tasks, the newest first: those that run, and the last ones of each service.',
    effect: 'read',
    input: z.strictObject({
      ...scopeInput,
      service: z.string().max(100).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
    }),
    output: z.object({ tasks: z.array(taskView) }),
    handler: async ({ service, limit, ...scope }, { services }) => {
      const all = services.engine.jobs.tasks.of(scope).filter((one) => service === undefined || one.service === service);
      return { tasks: all.toReversed().slice(0, limit).map(viewTask) };
    },
  }),
  defineCall({
    name: 'jobs.show',
    summary: 'Shows one task: what it runs, how far it is, how it ended and what it said last.',
    effect: 'read',
    about: aboutTask,
    input: z.strictObject({ id: taskId }),
    output: taskView,
    handler: async ({ id }, { services }) => viewTask(services.engine.jobs.tasks.find(id)),
  }),
  defineStream({
    name: 'jobs.logs',
    summary: 'Streams the output of a task; following, through all attempts until it has ended, and then its exit code.',
    effect: 'read',
    about: aboutTask,
    input: z.strictObject({ id: taskId, follow: yes.default(false) }),
    untrusted: ['text'],
    item: outputItem,
    handler: ({ id, follow }, { services: { engine }, signal }) => taskOutput(engine.ports, engine.jobs.tasks, id, follow, signal),
  }),
  defineCall({
    name: 'jobs.run',
    summary: 'Runs a service of kind job or cron now, as its manifest says.',
    effect: 'write',
    begins: { told: 'jobs.show', ended: 'jobs.cancel' },
    input: z.strictObject({ ...scopeInput, service: z.string().max(100) }),
    output: taskView,
    handler: async ({ service, ...scope }, { services, principal }) =>
      viewTask(await services.engine.jobs.run(scope, service, principal.id)),
  }),
  defineCall({
    name: 'jobs.cancel',
    summary: 'Ends a task: SIGTERM, and SIGKILL after its grace. One that has not begun never begins.',
    effect: 'write',
    about: aboutTask,
    input: z.strictObject({ id: taskId, reason: z.string().max(500).optional() }),
    output: taskView,
    handler: async ({ id, reason }, { services, principal }) => viewTask(await services.engine.jobs.cancel(id, principal.id, reason)),
  }),
  defineCall({
    name: 'jobs.key',
    summary: 'Tells the key that the hooks of this engine are signed with; receivers verify with it (Standard Webhooks).',
    effect: 'destroy',
    humansOnly: true,
    confidential: true,
    input: z.strictObject({}),
    output: z.object({ key: z.string() }),
    handler: async (_, { services }) => {
      const { webhooks } = services.engine.ports;
      if (!webhooks) throw new CodeError('unsupported', 'This engine sends no webhooks.');
      return { key: webhooks.key };
    },
  }),
  defineStream({
    name: 'jobs.command',
    summary:
      'Runs a one-off command in the environment of the live release, as an instance of its own; streams its output and ends with the exit code. It ends when its caller leaves, unless detached.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      ...scopeInput,
      service: z.string().max(100),
      command: z.array(z.string().max(100_000)).min(1).max(1_000),
      deadline_ms: z.int().min(1).max(commandDeadline).default(commandDeadline),
      detach: z.boolean().default(false).describe('Answer with the task at once and let it run on'),
    }),
    item: z.union([z.object({ kind: z.literal('task'), task: taskView }), outputItem]),
    handler: runCommand,
  }),
];

interface CommandInput {
  readonly application: string;
  readonly environment: string;
  readonly service: string;
  readonly command: readonly string[];
  readonly deadline_ms: number;
  readonly detach: boolean;
}

async function* runCommand(input: CommandInput, { services: { engine }, principal, signal }: OperationContext) {
  const { application, environment, service, command, deadline_ms, detach } = input;
  const { id } = await engine.jobs.command({ application, environment }, service, command, deadline_ms, principal.id);
  let ended = false;
  try {
    yield { kind: 'task', task: viewTask(engine.jobs.tasks.find(id)) } as const;
    if (detach) return;
    yield* taskOutput(engine.ports, engine.jobs.tasks, id, true, signal);
    ended = true;
  } finally {
    if (!detach && !ended) await engine.jobs.cancel(id, principal.id, 'its caller left').catch(() => undefined);
  }
}
