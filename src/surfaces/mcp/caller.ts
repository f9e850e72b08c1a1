// Who carries a tool's operation out: the dispatcher in the daemon itself, or the daemon's API from a program beside it.

export interface Caller {
  call(operation: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
  /** What there is now, to its end. */
  stream(operation: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
}
