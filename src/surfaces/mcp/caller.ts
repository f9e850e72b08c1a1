// Who carries a tool's operation out: the dispatcher in the daemon itself, or the daemon's API from a program beside it.

import type { Evidence } from './evidence.ts';
import { EvidenceShelf } from './evidence.ts';

export interface Caller {
  /** Keeps for this caller what does not fit into an answer; absent: nobody does. */
  readonly evidence?: Evidence;
  /** Whether a person sits at the client, as the operator said of it. */
  readonly interactive?: boolean;
  /** Of these operations those that may be called at all, somewhere; absent, or nothing: nobody knows, and all are shown. */
  may?(operations: readonly string[]): Promise<ReadonlySet<string> | undefined>;
  call(operation: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
  /** What there is now, to its end. */
  stream(operation: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
}

/** Where nobody else can ask. */
export function evidenceOfOne(): Evidence {
  return new EvidenceShelf().of('one');
}
