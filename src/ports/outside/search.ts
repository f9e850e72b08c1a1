// The socket for searching the web. What is found was written by anybody.

export interface WebSearch {
  /** Errors: `outside_unavailable`. */
  search(query: string, limit: number, signal: AbortSignal): Promise<readonly Found[]>;
}

export interface Found {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}
