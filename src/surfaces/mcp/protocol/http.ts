// MCP over HTTP: each request is served by the tools of the profile that its address names, in the name of who sent it.
import type { Server } from '@modelcontextprotocol/server';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import type { Operation } from '../../../operations/operation.ts';
import type { Caller } from '../caller.ts';
import type { Extras } from '../extras.ts';
import { shelfOf } from '../offer.ts';
import { profileAt } from '../profile.ts';
import { createServer } from '../server.ts';
import { refusalByHead } from './headers.ts';
import { Sessions } from './sessions.ts';

export interface HttpServing {
  readonly catalogue: readonly Operation[];
  readonly version: string;
  readonly extras?: Extras | undefined;
  /** Told about failures that are ours. */
  readonly failed: (error: Error) => void;
}

export interface McpRequest {
  readonly request: Request;
  /** The request's content, parsed. */
  readonly content: unknown;
  /** In whose name it is answered. */
  readonly caller: Caller;
  /** Tells one who calls from another; the same for all that one sends. */
  readonly owner: string;
}

export interface McpOverHttp {
  /** Errors: `operation_unknown` for an address that is none. */
  answer(request: McpRequest): Promise<Response>;
  close(): Promise<void>;
}

export function createMcpOverHttp({ catalogue, version, extras, failed }: HttpServing): McpOverHttp {
  const shelf = shelfOf(catalogue);
  const callers = new WeakMap<Request, Caller>();
  const sessions = new Sessions();
  const pathOf = ({ url }: Request) => new URL(url).pathname;
  const chosen = (path: string) => {
    const profile = profileAt(path, shelf.servers);
    return { offer: shelf.offer(profile), runs: shelf.runs(profile) };
  };
  const serve = (path: string, caller: Caller, era: 'legacy' | 'modern'): Server =>
    createServer({ ...chosen(path), caller, version, era, extras });
  const handler = createMcpHandler(
    ({ requestInfo, era }) => {
      const caller = requestInfo && callers.get(requestInfo);
      if (!requestInfo || !caller) throw new CodeError('internal', 'A request of MCP came without who sent it.');
      return serve(pathOf(requestInfo), caller, era);
    },
    { onerror: (error) => isOurs(error) && failed(error) },
  );
  return {
    answer: async ({ request, content, caller, owner }) => {
      // Refused before the protocol: an address is nothing that it knows.
      const path = pathOf(request);
      const { offer } = chosen(path);
      callers.set(request, caller);
      const legacy = await isLegacyRequest(request, content);
      const answered = legacy
        ? await sessions.answer({ request, content, owner, path }, () => serve(path, caller, 'legacy'))
        : refusalByHead(content, request.headers, (tool) => (offer.get(tool) ?? extras?.tools.get(tool))?.described.inputSchema);
      return answered ?? handler.fetch(request, { parsedBody: content });
    },
    close: async () => void (await Promise.all([handler.close(), sessions.close()])),
  };
}

/** Requests that do not fit the protocol are told so; that is nothing for a log. */
function isOurs(error: Error): boolean {
  return (
    asCodeError(error).code === 'internal' &&
    !/^(?:Rejected|Unsupported|Bad Request|Not Acceptable|Parse error|Method not|Missing required)/i.test(error.message)
  );
}
