// The socket for tools that another server offers. What it says of them, and what they answer, is whatever it wants us to read.

export interface ForeignTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schemas, as they were told. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly output?: Readonly<Record<string, unknown>>;
}

export interface ForeignAnswer {
  readonly text: string;
  /** It says so itself. */
  readonly failed: boolean;
}

/** Errors of both: `outside_unavailable`. */
export interface ForeignTools {
  list(signal: AbortSignal): Promise<readonly ForeignTool[]>;
  call(name: string, given: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ForeignAnswer>;
}
