// What the client of one request says that it can. Where each request says it by itself, nobody remembers what another said.
import type { ClientCapabilities, Server, ServerContext } from '@modelcontextprotocol/server';
import { CLIENT_CAPABILITIES_META_KEY } from '@modelcontextprotocol/server';
import type { Json } from '../schema.ts';
import { isObject } from '../schema.ts';

export function declaredBy({ mcpReq: { envelope } }: ServerContext): ClientCapabilities {
  const said: Json = envelope ?? {};
  const can = said[CLIENT_CAPABILITIES_META_KEY];
  return isObject(can) ? can : {};
}

/** In the eras before, it said so once, when its session began. */
export function declaredTo(server: Server, context: ServerContext): ClientCapabilities {
  return context.mcpReq.envelope === undefined ? (server.getClientCapabilities() ?? {}) : declaredBy(context);
}
