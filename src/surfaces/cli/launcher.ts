// What the CLI asks of whoever puts the product together: to start the daemon in the background, and whether it runs.

export interface Launcher {
  /** Whether a daemon answers on the socket of this home (`--home`, absent: the default). */
  isRunning(home: string | undefined, signal: AbortSignal): Promise<boolean>;
  /** The URL at which its HTTP API was opened last. Errors: `daemon_unavailable`. */
  address(home: string | undefined): Promise<string>;
  /** Whether no daemon process of this home is left: it lets go of the socket a little before it ends. */
  hasEnded(home: string | undefined): Promise<boolean>;
  /** Whether a daemon that is gone left a gateway behind, and so probably services, too. */
  hasLeftovers(home: string | undefined): Promise<boolean>;
  /** Starts it unless it runs, and resolves once it answers. Errors: why it did not start, as the daemon said it. */
  start(request: LaunchRequest, signal: AbortSignal): Promise<Launched>;
}

export interface LaunchRequest {
  readonly home: string | undefined;
  /** Settings given as flags; they win over the file and the environment. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Launched {
  readonly pid: number;
  /** URL of the HTTP API. */
  readonly api: string;
  /** It was running before. */
  readonly already: boolean;
  readonly socket: string;
  readonly home: string;
}
