// What lasts, as the Tasks extension has it: begun by a call of a tool, looked at by its id, and ended by whoever may.
import type { CallToolResult, InputRequests, InputResponses } from '@modelcontextprotocol/server';
import type { Caller } from '../caller.ts';

export const extension = 'io.modelcontextprotocol/tasks';

/** How it fares. Times are ISO 8601, durations milliseconds. */
export interface Task {
  readonly taskId: string;
  readonly status: 'working' | 'input_required' | 'completed' | 'cancelled' | 'failed';
  readonly statusMessage?: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** For how long it can be asked for after it was created; `null`: for as long as what it stands for. */
  readonly ttlMs: number | null;
  readonly pollIntervalMs: number;
}

/** With what came of it, or what it waits for. */
export interface DetailedTask extends Task {
  readonly result?: CallToolResult;
  readonly error?: { readonly code: number; readonly message: string };
  readonly inputRequests?: InputRequests;
}

/** Where tasks are kept; each call is made in the caller's name. */
export interface TaskBook {
  /** `undefined`: it is none of these, or none that the caller may see. */
  find(taskId: string, caller: Caller, signal: AbortSignal): Promise<DetailedTask | undefined>;
  /** Asks for its end. `undefined` as above. Errors: those of the operation that ends it. */
  cancel(taskId: string, caller: Caller, signal: AbortSignal): Promise<'asked' | undefined>;
  /** Answers what it waits for. `undefined` as above. */
  update(taskId: string, responses: InputResponses): Promise<'taken' | undefined>;
}

/** What a `tools/call` answers with instead of a result. */
export class Begun {
  readonly task: Task;
  constructor(task: Task) {
    this.task = task;
  }
}
