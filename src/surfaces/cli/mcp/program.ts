// What the CLI asks of whoever puts the product together: the tools for agents, on standard input and output.
import type { Endpoint } from '../../../platform/http/client.ts';

export interface McpRequest {
  /** The daemon that is asked. */
  readonly endpoint: Endpoint;
  /** `all`, or names with commas between; absent: those of every day. */
  readonly servers: string | undefined;
  readonly readOnly: boolean;
  /** A person sits at the host, and may be asked there by form. */
  readonly interactive: boolean;
}

export interface McpProgram {
  /** Resolves when its client closes the input, or the signal is aborted. Errors: `usage` for servers that there are not. */
  serve(request: McpRequest, signal: AbortSignal): Promise<void>;
  /** An engine of its own with the fixtures of the protocol's conformance suite, over HTTP and without a token. Resolves when the signal is aborted. */
  conform(ready: (url: string) => void, signal: AbortSignal): Promise<void>;
}
