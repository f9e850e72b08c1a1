// What operations begin, as tasks: what is stored of a deployment or a job is all that there is to know, so nothing is kept here.
import { setTimeout as pause } from 'node:timers/promises';
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { asCodeError } from '../../../base/errors.ts';
import type { Begins } from '../../../operations/operation.ts';
import type { Caller } from '../caller.ts';
import type { Offered } from '../offered.ts';
import { runTool } from '../run.ts';
import type { OperationTool } from '../tool.ts';
import type { DetailedTask, TaskBook } from './task.ts';
import { Begun } from './task.ts';
import { takesTasks } from './tasks.ts';
import type { View } from './view.ts';
import { endOf, idIn, isView, seedOf, taskOf, wentWell, wordsOf } from './view.ts';

type Answer = Awaited<ReturnType<Offered['run']>>;

/** How often what runs is looked at, here and by clients. */
const interval = 1_000;
/** Some clients give up when they hear nothing for a while. */
const silence = 10_000;
/** And most of them after a minute whatever they hear: then they are told how far it is, and go on with a call of their own. */
const longest = 45_000;

/** To clients that know tasks: under which id one asks for what the answer tells of. */
export function namedAsTask({ told }: Begins, answer: Answer, context: ServerContext): Answer {
  const id = idIn(answer.structuredContent);
  if (answer.isError || id === undefined || !takesTasks(context)) return answer;
  return { ...answer, _meta: { 'io.modelcontextprotocol/related-task': { taskId: `${told}:${id}` } } };
}

export interface Runs extends TaskBook {
  /** What a call that began something answers with: a task, or, where progress was asked for, its end. */
  after(begins: Begins, answer: Answer, caller: Caller, context: ServerContext): Promise<CallToolResult | Begun>;
}

export function runsOf(tools: readonly OperationTool[], readOnly: boolean): Runs {
  const byOperation = new Map<string, OperationTool>(tools.map((one) => [one.operation.name, one]));
  const kinds = new Map<string, Begins>(
    tools.flatMap(({ operation: { begins, lasts } }) => [begins, lasts].flatMap((one) => (one ? [[one.told, one] as const] : []))),
  );
  const kindOf = (taskId: string) => {
    const at = taskId.indexOf(':');
    const begins = at < 0 ? undefined : kinds.get(taskId.slice(0, at));
    return begins && { begins, id: taskId.slice(at + 1) };
  };
  /** What the caller may not see is not there. */
  const look = async (told: string, id: string, caller: Caller, signal: AbortSignal): Promise<View | undefined> => {
    try {
      const value = await caller.call(told, { id }, signal);
      return isView(value) ? value : undefined;
    } catch (thrown) {
      if (['not_found', 'denied', 'invalid'].includes(asCodeError(thrown).kind)) return undefined;
      throw thrown;
    }
  };
  const ended = async (told: string, view: View, caller: Caller, signal: AbortSignal): Promise<CallToolResult> => {
    const tool = byOperation.get(told);
    const answer: Answer = tool ? await runTool(tool, { id: view.id }, caller, signal) : { content: [] };
    return { ...answer, ...(wentWell(view) ? {} : { isError: true }) };
  };
  const find = async (taskId: string, caller: Caller, signal: AbortSignal): Promise<DetailedTask | undefined> => {
    const kind = kindOf(taskId);
    const view = kind && (await look(kind.begins.told, kind.id, caller, signal));
    if (!view) return undefined;
    const task = taskOf(taskId, view, interval);
    return task.status === 'completed' ? { ...task, result: await ended(kind.begins.told, view, caller, signal) } : task;
  };
  return {
    find,
    cancel: async (taskId, caller, signal) => {
      const kind = kindOf(taskId);
      const view = kind && (await look(kind.begins.told, kind.id, caller, signal));
      if (!view) return undefined;
      if (readOnly) throw new ProtocolError(ProtocolErrorCode.InvalidRequest, 'This address only reads: nothing is ended here.');
      if (endOf(view) === undefined) await caller.call(kind.begins.ended, { id: kind.id, ...kind.begins.endedWith }, signal).catch(refused);
      return 'asked';
    },
    // Nobody is asked anything on the way: where a person is wanted, a person goes to the engine.
    update: async (taskId) => (kindOf(taskId) ? 'taken' : undefined),
    after: async (begins, answer, caller, context) => {
      const id = idIn(answer.structuredContent);
      if (answer.isError || id === undefined) return { ...answer };
      const { signal } = context.mcpReq;
      if (takesTasks(context)) {
        const view = await look(begins.told, id, caller, signal);
        return view ? new Begun(seedOf(`${begins.told}:${id}`, view, interval)) : { ...answer };
      }
      const last = await followed(() => look(begins.told, id, caller, signal), context);
      return last ? ended(begins.told, last, caller, signal) : { ...answer };
    },
  };
}

/** Tells how it goes until it has ended, or it took too long. `undefined`: nobody asked to be told, or nothing can be seen. */
async function followed(look: () => Promise<View | undefined>, { mcpReq }: ServerContext): Promise<View | undefined> {
  const { _meta: meta, notify, signal } = mcpReq;
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return undefined;
  const began = performance.now();
  let [said, saidAt, progress] = ['', 0, 0];
  for (;;) {
    const view = await look();
    if (!view || endOf(view) !== undefined || performance.now() - began > longest) return view;
    const message = wordsOf(view);
    if (message !== said || performance.now() - saidAt > silence) {
      [said, saidAt, progress] = [message, performance.now(), progress + 1];
      await notify({ method: 'notifications/progress', params: { progressToken, progress, message } });
    }
    // Whoever no longer wants the answer ends the waiting, not the deployment.
    await pause(interval, undefined, { signal });
  }
}

function refused(thrown: unknown): never {
  const { message, code, hint } = asCodeError(thrown);
  throw new ProtocolError(ProtocolErrorCode.InvalidRequest, `${message} (${code})`, { code, try: hint });
}
