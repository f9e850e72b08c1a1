// What was written through the application's own API while faults acted, and what was found afterwards.

/** How to write one record and read all of them, in the words of the application. */
export interface IntegrityPlan {
  readonly write: {
    readonly method: 'POST' | 'PUT';
    /** `{id}`, `{client}`, `{seq}` and `{value}` stand for those of the record, here and in the body. */
    readonly path: string;
    readonly body?: string;
    readonly type: string;
  };
  readonly read: {
    readonly path: string;
    /** Where the records stand in the answer (`items`; empty: it is the list itself). */
    readonly items: string;
    /** It comes page by page: `{after}` in the path stands for `start`, then for this member of the last record seen; an empty page is the end. */
    readonly pages?: { readonly after: string; readonly start: string };
    /** Members of a record by their path; `client` and `seq` absent: their order is not looked at. */
    readonly id: string;
    readonly value?: string;
  };
  /** Keys that are written and read at the same time by several clients, where the application has such. */
  readonly register?: {
    /** `{key}` and `{value}` */
    readonly write: { readonly method: 'POST' | 'PUT'; readonly path: string; readonly body?: string; readonly type: string };
    readonly read: { readonly path: string; readonly value: string };
    readonly keys: number;
  };
  readonly clients: number;
}

/** `info`: nobody knows whether it took effect. */
export type LedgerOutcome = 'ok' | 'fail' | 'info';

export interface LedgerWrite {
  readonly id: string;
  readonly client: number;
  /** 0, 1, 2 … of its client, each begun after the one before had ended. */
  readonly seq: number;
  readonly value: string;
  /** Epoch milliseconds. */
  readonly invokedAt: number;
  readonly completedAt: number;
  readonly outcome: LedgerOutcome;
}

/** As the application gave it back, in its order. */
export interface LedgerItem {
  readonly id: string;
  readonly value?: string;
}

export interface RegisterOperation {
  readonly key: string;
  readonly client: number;
  readonly kind: 'read' | 'write';
  /** Written or read; null: nothing was there. */
  readonly value: string | null;
  /** Monotonic, in one clock for all clients. */
  readonly invokedAt: number;
  readonly completedAt: number;
  readonly outcome: LedgerOutcome;
}

/** Part of a `chaos-experiment/1`. */
export interface LedgerExhibit {
  readonly writes: readonly LedgerWrite[];
  /** Absent: it could not be read at the end. */
  readonly found?: readonly LedgerItem[];
  readonly because?: string;
  readonly register: readonly RegisterOperation[];
}
