// How a fixture of the protocol's own conformance suite is written: it stands for nothing of the product.
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import type { ExtraTool } from '../../../surfaces/mcp/extras.ts';
import { titleOf } from '../../../surfaces/mcp/names.ts';
import type { Json } from '../../../surfaces/mcp/schema.ts';
import { hintsOf } from '../../../surfaces/mcp/tool.ts';

export interface Fixture {
  readonly name: string;
  readonly input?: Json;
  readonly call: ExtraTool['call'];
}

export function fixture({ name, input = {}, call }: Fixture): readonly [string, ExtraTool] {
  const described = {
    name,
    title: titleOf(name),
    description: 'A fixture of the conformance suite.',
    inputSchema: { type: 'object' as const, properties: {}, ...input },
    outputSchema: { type: 'object' as const },
    annotations: hintsOf('read', false),
  };
  return [name, { described, call }];
}

export function said(...texts: readonly string[]): CallToolResult {
  return { content: texts.map((text) => ({ type: 'text', text })) };
}

export async function told(context: ServerContext, progress: number, total: number): Promise<void> {
  const { _meta: meta, notify } = context.mcpReq;
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return;
  await notify({ method: 'notifications/progress', params: { progressToken, progress, total } });
}
