// What the CLI asks of whoever puts the product together: the benchmarks that there are, to run one, and to keep its page.

export interface Benches {
  readonly known: readonly KnownBench[];
  run(request: BenchRequest, progress: (line: string) => void, signal: AbortSignal): Promise<BenchOutcome>;
}

export interface KnownBench {
  readonly name: string;
  readonly summary: string;
  /** Every parameter with its default. */
  readonly parameters: Readonly<Record<string, number>>;
  /** What it may be kept to, where it looks at one runtime after the other, or at one that is chosen. */
  readonly runtimes?: readonly string[];
  /** Its page is all its own: there are no sections to name. */
  readonly ownPage?: true;
}

export interface BenchRequest {
  readonly name: string;
  /** Whole: defaults are the caller's to fill in. */
  readonly parameters: Readonly<Record<string, number>>;
  /** A directory whose `node_modules` has contestants that are not ours. */
  readonly peers: string | undefined;
  /** Empty: all of them, or the usual one. */
  readonly runtimes: readonly string[];
}

export interface BenchOutcome {
  /** The report, for programs. */
  readonly report: object;
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly notes: readonly string[];
  /** Something that was promised was seen not to hold. */
  readonly unmet: boolean;
  /** Replaces this bench's section of a page (Markdown), or appends it; with a label, a section beside the one without. Returns what was written. */
  write(file: string, label: string | undefined): Promise<string>;
}
