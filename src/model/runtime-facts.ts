// What decisions need to know of a runtime; the runtime itself is behind `ports/runtime`.

export interface RuntimeFacts {
  readonly name: string;
  /** What a release may be made from here. */
  readonly artifacts: readonly ('snapshot' | 'image')[];
}
