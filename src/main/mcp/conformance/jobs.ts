// Fixtures that last: they are tasks for clients that know what a task is, and answer when they are done for all others.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { CallToolResult, InputRequests, InputResponses, ServerContext } from '@modelcontextprotocol/server';
import { acceptedContent, inputRequired } from '@modelcontextprotocol/server';
import type { DetailedTask, TaskBook } from '../../../surfaces/mcp/protocol/task.ts';
import { Begun } from '../../../surfaces/mcp/protocol/task.ts';
import { requireTasks, takesTasks } from '../../../surfaces/mcp/protocol/tasks.ts';
import { nameQuestion } from './asking.ts';
import { fixture, said } from './fixture.ts';

type Work = (job: Job) => Promise<CallToolResult>;

/** One of them while this process lives. */
class Job {
  readonly #stop = new AbortController();
  readonly #waiting = new Map<string, { readonly request: InputRequests[string]; readonly answered: (response: unknown) => void }>();
  #task: DetailedTask;

  constructor(work: Work) {
    const now = new Date().toISOString();
    this.#task = { taskId: randomUUID(), status: 'working', createdAt: now, lastUpdatedAt: now, ttlMs: 600_000, pollIntervalMs: 200 };
    void this.#run(work);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get task(): DetailedTask {
    if (this.#waiting.size === 0 || this.#task.status !== 'working') return this.#task;
    const inputRequests = Object.fromEntries([...this.#waiting].map(([key, { request }]) => [key, request]));
    return { ...this.#task, status: 'input_required', inputRequests };
  }

  /** What its tools begin with; without what is told later. */
  get seed(): DetailedTask {
    return { ...this.#task };
  }

  ask(key: string, request: InputRequests[string]): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.set(key, { request, answered: resolve });
    });
  }

  answer(responses: InputResponses): void {
    for (const [key, response] of Object.entries(responses)) {
      this.#waiting.get(key)?.answered(response);
      this.#waiting.delete(key);
    }
  }

  cancel(): void {
    if (this.#task.status !== 'working') return;
    this.#stop.abort();
    this.#settle({ status: 'cancelled' });
  }

  async #run(work: Work): Promise<void> {
    try {
      this.#settle({ status: 'completed', result: await work(this) });
    } catch (thrown) {
      this.#settle({ status: 'failed', error: { code: -32_603, message: thrown instanceof Error ? thrown.message : 'It failed.' } });
    }
  }

  #settle(end: Pick<DetailedTask, 'status' | 'result' | 'error'>): void {
    if (this.#task.status === 'working') this.#task = { ...this.#task, ...end, lastUpdatedAt: new Date().toISOString() };
  }
}

const jobs = new Map<string, Job>();

export const jobBook: TaskBook = {
  find: async (id) => jobs.get(id)?.task,
  cancel: async (id) => {
    jobs.get(id)?.cancel();
    return jobs.has(id) ? 'asked' : undefined;
  },
  update: async (id, responses) => {
    jobs.get(id)?.answer(responses);
    return jobs.has(id) ? 'taken' : undefined;
  },
};

async function begun(context: ServerContext, work: Work): Promise<Begun | CallToolResult> {
  if (!takesTasks(context)) return work(new Job(async () => said('')));
  const job = new Job(work);
  jobs.set(job.seed.taskId, job);
  return new Begun(job.seed);
}

async function slow(seconds: number, { signal }: Job): Promise<CallToolResult> {
  await pause(seconds * 1_000, undefined, { signal });
  return said(`It took ${seconds} s.`);
}

const confirm = () =>
  inputRequired.elicit({ message: 'Is that right?', requestedSchema: { type: 'object', properties: { confirm: { type: 'boolean' } } } });

async function withTask(context: ServerContext) {
  const content = acceptedContent<{ name: string }>(context.mcpReq.inputResponses, 'user_name');
  if (!content) return inputRequired({ inputRequests: nameQuestion() });
  return begun(context, async () => said(`Hello, ${content.name}!`));
}

async function failing(context: ServerContext) {
  requireTasks(context);
  return begun(context, async () => ({ ...said('It did not work.'), isError: true }));
}

export const lasting = [
  fixture({
    name: 'greet',
    input: { properties: { name: { type: 'string' } }, required: ['name'] },
    call: async ({ name }) => said(`Hello, ${String(name)}!`),
  }),
  fixture({
    name: 'slow_compute',
    input: { properties: { seconds: { type: 'number' }, label: { type: 'string' } }, required: ['seconds'] },
    call: ({ seconds }, context) => begun(context, (job) => slow(Number(seconds), job)),
  }),
  fixture({ name: 'failing_job', call: (_, context) => failing(context) }),
  fixture({
    name: 'protocol_error_job',
    call: (_, context) =>
      begun(context, async () => {
        throw new Error('It broke.');
      }),
  }),
  fixture({
    name: 'confirm_delete',
    input: { properties: { filename: { type: 'string' } } },
    call: ({ filename }, context) =>
      begun(context, async (job) => said(`${String(filename)}: ${JSON.stringify(await job.ask('confirm', confirm()))}`)),
  }),
  fixture({
    name: 'multi_input',
    call: (_, context) =>
      begun(context, async (job) => said(JSON.stringify(await Promise.all([job.ask('first', confirm()), job.ask('second', confirm())])))),
  }),
  fixture({ name: 'test_tool_with_task', call: (_, context) => withTask(context) }),
];
