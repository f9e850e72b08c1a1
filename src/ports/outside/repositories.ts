// The socket for where code comes from: commits of one repository, and the pipelines that its host runs.
import type { Commit, CommitDetail, PipelineRun } from '../../model/outside/delivery.ts';

/** Errors of all: `outside_unknown` for what there is not, `outside_unavailable` when it does not answer, or not as expected. */
export interface Repository {
  /** The newest first. `branch`: absent: its usual one. */
  commits(
    wish: { readonly branch?: string | undefined; readonly path?: string | undefined; readonly limit: number },
    signal: AbortSignal,
  ): Promise<readonly Commit[]>;
  /** By its hash, or the beginning of it. */
  commit(id: string, signal: AbortSignal): Promise<CommitDetail>;
  /** Absent: it has none. */
  readonly pipelines?: Pipelines;
}

export interface Pipelines {
  /** The newest first. */
  list(wish: { readonly branch?: string | undefined; readonly limit: number }, signal: AbortSignal): Promise<readonly PipelineRun[]>;
  get(id: string, signal: AbortSignal): Promise<PipelineRun>;
  /** `undefined`: it was taken, and its run is not seen yet. */
  trigger(
    wish: { readonly pipeline: string; readonly branch: string; readonly inputs: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<PipelineRun | undefined>;
}
