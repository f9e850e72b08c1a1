// Facts about the machine that the engine runs on. Arguments and environments of processes are not among them: they may hold secrets.

export interface MachineProcess {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly user: number;
  /** One letter, as the kernel has it. */
  readonly state: string;
  /** Since it started. */
  readonly cpuSeconds: number;
  readonly memory: number;
}

export interface Disk {
  readonly device: string;
  readonly mount: string;
  readonly kind: string;
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  /** Share of its file entries in use, 0 to 1; absent: it does not count them. */
  readonly filesUsed?: number;
}

export interface NetworkFacts {
  readonly interfaces: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    /** Bytes since the machine started; absent: not known. */
    readonly received?: number;
    readonly sent?: number;
  }[];
  /** HOST:PORT, TCP. */
  readonly listening: readonly string[];
}
