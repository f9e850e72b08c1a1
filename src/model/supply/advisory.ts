// An advisory as https://ossf.github.io/osv-schema has it: the part of a record that is judged here.

export interface RangeEvent {
  readonly introduced?: string;
  readonly fixed?: string;
  readonly last_affected?: string;
  readonly limit?: string;
}

export interface AffectedRange {
  readonly type: 'SEMVER' | 'ECOSYSTEM' | 'GIT';
  readonly events: readonly RangeEvent[];
}

/** `type` names the version of CVSS (`CVSS_V3`); `score` is a vector, or a word of a distribution. */
export interface StatedSeverity {
  readonly type: string;
  readonly score: string;
}

export interface Affected {
  readonly package?: { readonly ecosystem: string; readonly name: string };
  readonly ranges: readonly AffectedRange[];
  readonly versions: readonly string[];
  readonly severity: readonly StatedSeverity[];
}

export interface Advisory {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly withdrawn: boolean;
  readonly aliases: readonly string[];
  readonly summary?: string;
  readonly severity: readonly StatedSeverity[];
  readonly affected: readonly Affected[];
  /** Where the record was read: a file, or a file in an archive. */
  readonly source: string;
}

/** What is known of one ecosystem (`npm`, `Debian`), whatever its releases. */
export interface AdvisoryShelf {
  readonly records: number;
  /** When its newest record was modified: nothing newer is known. */
  readonly asOf: number;
  /** The registry that was asked at that time: what it did not tell of it does not know. */
  readonly asked?: string;
}

export interface AdvisoryHarvest {
  /** By ecosystem. */
  readonly shelves: Readonly<Record<string, AdvisoryShelf>>;
  /** Those about the wanted packages. */
  readonly advisories: readonly Advisory[];
  /** Records and archives that could not be read. */
  readonly broken: readonly { readonly source: string; readonly because: string }[];
}
