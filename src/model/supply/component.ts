// What an artifact consists of: packages with their versions, and the files that could not be read.

/** What advisories call the package: ecosystem as OSV names it (`npm`, `Debian:12`), name and version there. */
export interface AdvisedName {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
}

export interface Component {
  readonly name: string;
  readonly version: string;
  /** https://github.com/package-url/purl-spec; names the component. */
  readonly purl: string;
  readonly advised: AdvisedName;
  /** As its author declared it; absent: nothing was said where we looked. */
  readonly licence?: string | undefined;
  /** Paths in the artifact that tell of it, sorted. */
  readonly found: readonly string[];
}

/** A file that would say more, with the reason why it was not understood. */
export interface Unread {
  readonly path: string;
  readonly because: string;
}

export interface Inventory {
  /** Sorted by purl, each once. */
  readonly components: readonly Component[];
  readonly unread: readonly Unread[];
}

/** The word of the house for a criterion. */
export type Measured = 'met' | 'not_met' | 'not_measured';
