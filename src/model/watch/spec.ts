// What a manifest says of how its services behave while they run.

/** One place that a service may connect to: a host name, an address, or a network; at one port or at any. */
export interface EgressRule {
  readonly to: string;
  /** Of a network: how many bits of the address count. */
  readonly bits?: number;
  readonly port?: number;
}

export interface WatchSpec {
  /** Ports that it listens on besides its own. */
  readonly ports?: readonly number[];
  /** Names or paths of programs that it may start; absent: any. */
  readonly programs?: readonly string[];
}
