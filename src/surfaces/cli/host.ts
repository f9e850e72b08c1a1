// The world around one run of the CLI, handed in so that tests can be one: streams, environment, and what only main/ can make.
import type { Benches } from './benches.ts';
import type { Certifying } from './certify/certifying.ts';
import type { Launcher } from './launcher.ts';
import type { McpProgram } from './mcp/program.ts';
import type { Proving } from './prove/proving.ts';
import type { Renderers } from './renderers.ts';

export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CliHost {
  /** Without the program's own name. */
  readonly arguments: readonly string[];
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** Aborted by Ctrl-C, SIGTERM or SIGHUP, or when nobody reads our output any more. */
  readonly signal: AbortSignal;
  /** Where one engine keeps its things (`--home`, else the default). */
  readonly home: (flag: string | undefined) => { readonly root: string; readonly socket: string; readonly auditPublicKey: string };
  readonly launcher: () => Promise<Launcher>;
  readonly benches: () => Promise<Benches>;
  readonly proving: () => Promise<Proving>;
  readonly certifying: () => Promise<Certifying>;
  readonly renderers: () => Promise<Renderers>;
  readonly mcp: () => Promise<McpProgram>;
  readonly version: () => Promise<string>;
}

/** Why a run's signal was aborted. */
export type Ending = 'interrupted' | 'unread';

/** The reason given to the signal's `abort`. */
export class Ended extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(ending === 'interrupted' ? 'Interrupted.' : 'Nobody reads the output any more.');
    this.ending = ending;
  }
}
