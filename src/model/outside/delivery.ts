// What is known of the places that code comes from: commits, and the pipelines that build them. Messages and names are words of strangers.

/** Whom it concerns: who may, is asked for that place; neither: for the engine. */
export interface Concern {
  readonly application?: string;
  readonly environment?: string;
}

export interface Commit {
  /** The whole hash. */
  readonly id: string;
  readonly author: string;
  /** ISO 8601, when it was committed. */
  readonly at: string;
  readonly message: string;
}

export interface ChangedFile {
  readonly path: string;
  readonly kind?: string;
  /** Lines; absent: it is not known, or no text. */
  readonly added?: number;
  readonly removed?: number;
}

export interface CommitDetail extends Commit {
  readonly files: readonly ChangedFile[];
  /** Not all of them are told. */
  readonly more: boolean;
}

export interface PipelineRun {
  readonly id: string;
  readonly pipeline: string;
  readonly branch?: string | undefined;
  readonly commit?: string | undefined;
  readonly state: 'waiting' | 'running' | 'ended';
  /** Absent while it has not ended. */
  readonly outcome?: 'succeeded' | 'failed' | 'cancelled' | 'other';
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** Where a person looks at it. */
  readonly url?: string | undefined;
}
