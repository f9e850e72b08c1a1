// MCP over HTTP: each request is served by itself, by the tools of the profile that its address names, in the name of who sent it.
import { createMcpHandler } from '@modelcontextprotocol/server';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Caller } from './caller.ts';
import { shelfOf } from './offer.ts';
import { profileAt } from './profile.ts';
import { createServer } from './server.ts';

export interface HttpServing {
  readonly catalogue: readonly Operation[];
  readonly version: string;
  /** Told about failures that are ours. */
  readonly failed: (error: Error) => void;
}

export interface McpOverHttp {
  /** `content`: the request's, parsed. Errors: `operation_unknown` for an address that is none. */
  answer(request: Request, content: unknown, caller: Caller): Promise<Response>;
  close(): Promise<void>;
}

export function createMcpOverHttp({ catalogue, version, failed }: HttpServing): McpOverHttp {
  const shelf = shelfOf(catalogue);
  const callers = new WeakMap<Request, Caller>();
  const pathOf = ({ url }: Request) => new URL(url).pathname;
  const handler = createMcpHandler(
    ({ requestInfo }) => {
      const caller = requestInfo && callers.get(requestInfo);
      if (!requestInfo || !caller) throw new CodeError('internal', 'A request of MCP came without who sent it.');
      return createServer({ offer: shelf.offer(profileAt(pathOf(requestInfo), shelf.servers)), caller, version });
    },
    { onerror: (error) => isOurs(error) && failed(error) },
  );
  return {
    answer: async (request, content, caller) => {
      // Refused before the protocol: an address is nothing that it knows.
      profileAt(pathOf(request), shelf.servers);
      callers.set(request, caller);
      return handler.fetch(request, { parsedBody: content });
    },
    close: () => handler.close(),
  };
}

/** Requests that do not fit the protocol are told so; that is nothing for a log. */
function isOurs(error: Error): boolean {
  return (
    asCodeError(error).code === 'internal' &&
    !/^(?:Rejected|Unsupported|Bad Request|Not Acceptable|Parse error|Method not)/i.test(error.message)
  );
}
