// The Tasks extension on the SDK's server, which knows neither its methods nor its kind of result.
import type { InputResponses, ServerContext } from '@modelcontextprotocol/server';
import { MissingRequiredClientCapabilityError, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../caller.ts';
import { declaredBy } from './client.ts';
import type { TaskBook } from './task.ts';
import { Begun, extension } from './task.ts';

type Handler = Parameters<Server['fallbackRequestHandler'] & object>;
type Wrapped = (request: Handler[0], context: ServerContext) => Promise<Record<string, unknown>>;

/** Lets a task through where the SDK would hold it to the schema of a tool's result. */
export class TaskServer extends Server {
  // oxlint-disable-next-line no-underscore-dangle
  protected override _wrapHandler(method: string, handler: Wrapped): Wrapped {
    // oxlint-disable-next-line no-underscore-dangle
    const held = (one: Wrapped) => super._wrapHandler(method, one);
    if (method !== 'tools/call') return held(handler);
    // Of one request there is one signal, whatever the SDK makes of its context.
    const begun = new WeakMap<AbortSignal, Begun>();
    const wrapped = held(async (request, context) => {
      const result: unknown = await handler(request, context);
      if (!(result instanceof Begun)) return result as Record<string, unknown>;
      begun.set(context.mcpReq.signal, result);
      return { content: [] };
    });
    return async (request, context) => {
      const result = await wrapped(request, context);
      const task = begun.get(context.mcpReq.signal)?.task;
      return task === undefined ? result : { resultType: 'task', ...task };
    };
  }
}

/** Each request says by itself what its client can. */
export function takesTasks(context: ServerContext): boolean {
  return declaredBy(context).extensions?.[extension] !== undefined;
}

/** Errors: `-32021`. */
export function requireTasks(context: ServerContext): void {
  if (!takesTasks(context)) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [extension]: {} } } });
}

const named = z.looseObject({ taskId: z.string().min(1).max(300) });

export function addTasks(server: Server, books: readonly TaskBook[], caller: Caller): void {
  server.setRequestHandler('tasks/get', { params: named }, async ({ taskId }, context) => {
    requireTasks(context);
    return { ...(await first(taskId, books, (book) => book.find(taskId, caller, context.mcpReq.signal))) };
  });
  server.setRequestHandler('tasks/cancel', { params: named }, async ({ taskId }, context) => {
    requireTasks(context);
    await first(taskId, books, (book) => book.cancel(taskId, caller, context.mcpReq.signal));
    return {};
  });
  server.setRequestHandler('tasks/update', { params: named }, async ({ taskId }, context) => {
    requireTasks(context);
    const responses = (context.mcpReq.inputResponses ?? {}) as InputResponses;
    await first(taskId, books, (book) => book.update(taskId, responses));
    return {};
  });
}

/** Errors: `-32602` when no book has it. */
async function first<T>(taskId: string, books: readonly TaskBook[], ask: (book: TaskBook) => Promise<T | undefined>): Promise<T> {
  for (const book of books) {
    const answer = await ask(book);
    if (answer !== undefined) return answer;
  }
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `There is no task ${JSON.stringify(taskId.slice(0, 100))}, or it is over for too long.`,
  );
}
