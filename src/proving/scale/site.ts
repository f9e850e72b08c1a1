// One service whose size is changed, as whoever changes it shows it to a scale trial.

export interface ScaleSight {
  /** Wanted. */
  readonly replicas: number;
  /** Ids of those that are ready. */
  readonly ready: readonly string[];
  /** Of those where the runtime tells it. */
  readonly used: Readonly<Record<string, { readonly cpuSeconds: number; readonly memory: number }>>;
}

/** One service of what is deployed, as somebody else changes and sees it. */
export interface ScaleSite {
  readonly service: string;
  /** Its size follows its load by itself. */
  readonly follows: boolean;
  readonly cores: number;
  look(usage: boolean, signal: AbortSignal): Promise<ScaleSight>;
  /** Instances that other services are told of. */
  endpoints(signal: AbortSignal): Promise<readonly string[]>;
  /** Resolves when it has that size; rejects when it does not get it. */
  resize(replicas: number, signal: AbortSignal): Promise<void>;
  /** What it was before: its number, or that its load decides. */
  restore(): Promise<void>;
  /** Its load decides, from now on. */
  release(signal: AbortSignal): Promise<void>;
}
