// Tasks as the command line shows them.
import type { Ran } from './cli.ts';

export interface TaskSeen {
  readonly id: string;
  readonly service: string;
  readonly purpose: string;
  readonly state: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly exit_code?: number;
  readonly last_log?: readonly string[];
}

type Run = (...args: readonly string[]) => Promise<Ran>;

/** What `codectl jobs list` knows, the newest first. */
export async function tasksSeen(run: Run): Promise<readonly TaskSeen[]> {
  return (JSON.parse((await run('--json', 'jobs', 'list')).stdout) as { tasks: readonly TaskSeen[] }).tasks;
}
