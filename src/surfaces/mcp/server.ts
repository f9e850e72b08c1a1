// One protocol server for one exchange or connection: it lists and calls what its profile offers, in both eras of the protocol.
import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import { didYouMean } from '../../base/nearest.ts';
import type { Caller } from './caller.ts';
import { addContext } from './context/serve.ts';
import type { Offer } from './offer.ts';

export interface Serving {
  readonly offer: Offer;
  readonly caller: Caller;
  readonly version: string;
}

const instructions =
  'Changes are planned first (change_plan, …_plan), looked at, and then applied with change_apply; run_get tells how a deployment fares. ' +
  'Where approval is required, a person approves: no tool can. tool_search finds tools that are not listed.';

/** Lists are the same for as long as the daemon runs. */
const minutes = 60_000;

export function createServer({ offer, caller, version }: Serving): Server {
  const server = new Server(
    { name: 'codectl', title: 'CODE, the Claude Optimized Deployment Engine', version },
    {
      capabilities: { tools: {}, prompts: {}, resources: {} },
      instructions,
      cacheHints: { 'tools/list': { ttlMs: 5 * minutes, cacheScope: 'private' } },
      // Inputs are checked where the operation is called; nothing is elicited.
      jsonSchemaValidator: { getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }) },
    },
  );
  const tools = [...offer.values()].map((one) => one.described);
  server.setRequestHandler('tools/list', () => ({ tools: tools as never[] }));
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const tool = offer.get(params.name);
    if (!tool)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no tool "${params.name}"${didYouMean(params.name, offer.keys())} here; tool_search finds others.`,
      );
    return { ...(await tool.run(params.arguments, caller, context.mcpReq.signal)) };
  });
  addContext(server, caller);
  return server;
}
