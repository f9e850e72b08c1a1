// One protocol server for one exchange or connection: it lists and calls what its profile offers, in both eras of the protocol.
import type { CallToolRequest, Server, ServerContext } from '@modelcontextprotocol/server';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { didYouMean } from '../../base/nearest.ts';
import type { Caller } from './caller.ts';
import { addContext } from './context/serve.ts';
import type { Extras } from './extras.ts';
import type { Offer } from './offer.ts';
import type { Offered } from './offered.ts';
import { approvalForm } from './protocol/approval.ts';
import { declaredTo } from './protocol/client.ts';
import { addCompletion } from './protocol/complete.ts';
import type { Runs } from './protocol/runs.ts';
import { namedAsTask } from './protocol/runs.ts';
import { extension } from './protocol/task.ts';
import { addTasks, TaskServer } from './protocol/tasks.ts';

export interface Serving {
  readonly offer: Offer;
  readonly runs: Runs;
  readonly caller: Caller;
  readonly version: string;
  /** Which of the eras asks: the one before has no word for a task. */
  readonly era: 'legacy' | 'modern';
  readonly extras?: Extras | undefined;
}

const instructions =
  'Changes are planned first (change_plan, …_plan), looked at, and then applied with change_apply; run_get tells how a deployment fares. ' +
  'Where approval is required, a person approves: no tool can. tool_search finds tools that are not listed.';

/** Lists are the same for as long as the daemon runs. */
const minutes = 60_000;
const lasting = { ttlMs: 5 * minutes, cacheScope: 'private' } as const;

export function createServer({ offer, runs, caller, version, era, extras }: Serving): Server {
  const server = new TaskServer(
    { name: 'codectl', title: 'CODE, the Claude Optimized Deployment Engine', version },
    {
      capabilities: {
        tools: {},
        prompts: {},
        resources: {},
        completions: {},
        ...(era === 'modern' ? { extensions: { [extension]: {} } } : {}),
        ...extras?.capabilities,
      },
      instructions,
      cacheHints: { 'tools/list': lasting, 'prompts/list': lasting, 'resources/templates/list': lasting, 'server/discover': lasting },
      ...(extras?.requestState ? { requestState: extras.requestState } : {}),
      // Inputs are checked where the operation is called.
      jsonSchemaValidator: { getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }) },
    },
  );
  server.setRequestHandler('tools/list', async () => ({
    tools: [...(await shown(offer, caller)), ...(extras?.tools.values() ?? [])].map((one) => one.described as never),
  }));
  server.setRequestHandler('tools/call', async ({ params }, context) => (await called(params, context)) as never);
  addContext(server, caller, extras);
  addCompletion(server, caller);
  addTasks(server, extras ? [extras.tasks, runs] : [runs], caller);
  extras?.attach(server);
  return server;

  async function called({ name, arguments: given = {} }: CallToolRequest['params'], context: ServerContext): Promise<unknown> {
    const extra = extras?.tools.get(name);
    if (extra) return extra.call(given, context);
    const tool = offer.get(name);
    if (tool) {
      const answer = await tool.run(given, caller, context.mcpReq.signal);
      const question = caller.interactive ? approvalForm(given, answer, context, declaredTo(server, context)) : undefined;
      if (question) return question;
      if (tool.begins) return runs.after(tool.begins, answer, caller, context);
      return { ...(tool.lasts ? namedAsTask(tool.lasts, answer, context) : answer) };
    }
    const message = `There is no tool "${name}"${didYouMean(name, offer.keys())} here; tool_search finds others.`;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, message);
  }
}

/** What a principal may never do, wherever, is not shown to him; what he is shown depends on nothing else. */
async function shown(offer: Offer, caller: Caller): Promise<readonly Offered[]> {
  const all = [...offer.values()];
  const named = all.flatMap(({ operation }) => operation ?? []);
  const may = await caller.may?.(named);
  return may ? all.filter(({ operation }) => operation === undefined || may.has(operation)) : all;
}
