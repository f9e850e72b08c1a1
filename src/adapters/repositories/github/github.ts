// A repository at GitHub, or at a GitHub Enterprise Server: REST API 2022-11-28, workflows as pipelines.
import { z } from 'zod';
import type { Commit, PipelineRun } from '../../../model/outside/delivery.ts';
import type { Repository } from '../../../ports/outside/repositories.ts';
import type { HostOptions, Rest } from '../rest.ts';
import { restOf, segment, shapes, when } from '../rest.ts';

const { text, id } = shapes;
const commitShape = z.object({
  sha: z.string(),
  commit: z.object({
    message: z.string(),
    committer: z.object({ date: text }).nullish(),
    author: z.object({ name: text, date: text }).nullish(),
  }),
});
const detailShape = commitShape.extend({
  files: z
    .array(z.object({ filename: z.string(), status: text, additions: z.int().optional(), deletions: z.int().optional() }))
    .default([]),
});
const runShape = z.object({
  id,
  name: text,
  path: text,
  head_branch: text,
  head_sha: text,
  status: text,
  conclusion: text,
  run_started_at: text,
  created_at: text,
  updated_at: text,
  html_url: text,
});
const runsShape = z.object({ workflow_runs: z.array(runShape) });

/** The API tells of 300 in one answer. */
const mostFiles = 300;
/** Its run appears some moments after a workflow was started; who is not seen by then is looked for in the list. */
const looks = 10;
const pause = 1_000;

/** `repository`: `owner/name`. */
export function openGithub(options: HostOptions & { readonly repository: string }): Repository {
  const rest = restOf(options, (token) => ({
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }));
  const root = `/repos/${options.repository.split('/').map(segment).join('/')}`;
  return {
    commits: async ({ branch, path, limit }, signal) =>
      (await rest.get(`${root}/commits`, { sha: branch, path, per_page: limit }, z.array(commitShape), signal)).map(commitOf),
    commit: async (sha, signal) => {
      const found = await rest.get(`${root}/commits/${segment(sha)}`, {}, detailShape, signal);
      const files = found.files.map(({ filename, status, additions, deletions }) => ({
        path: filename,
        ...(status && { kind: status }),
        ...(additions !== undefined && { added: additions }),
        ...(deletions !== undefined && { removed: deletions }),
      }));
      return { ...commitOf(found), files, more: files.length >= mostFiles };
    },
    pipelines: {
      list: async ({ branch, limit }, signal) =>
        (await rest.get(`${root}/actions/runs`, { branch, per_page: limit }, runsShape, signal)).workflow_runs.map(runOf),
      get: async (run, signal) => runOf(await rest.get(`${root}/actions/runs/${segment(run)}`, {}, runShape, signal)),
      trigger: async ({ pipeline, branch, inputs }, signal) => {
        const workflow = `${root}/actions/workflows/${segment(pipeline)}`;
        const before = await newest(rest, workflow, branch, signal);
        await rest.post(`${workflow}/dispatches`, {}, { ref: branch, inputs }, signal);
        for (let left = looks; left > 0; left -= 1) {
          const run = await newest(rest, workflow, branch, signal);
          if (run && run.id !== before?.id) return run;
          await options.clock.sleep(pause, signal);
        }
        return undefined;
      },
    },
  };
}

async function newest(rest: Rest, workflow: string, branch: string, signal: AbortSignal): Promise<PipelineRun | undefined> {
  const {
    workflow_runs: [first],
  } = await rest.get(`${workflow}/runs`, { branch, event: 'workflow_dispatch', per_page: 1 }, runsShape, signal);
  return first && runOf(first);
}

function commitOf({ sha, commit: { message, committer, author } }: z.infer<typeof commitShape>): Commit {
  return { id: sha, author: author?.name ?? '', at: committer?.date ?? author?.date ?? '', message };
}

const outcomes: Readonly<Record<string, PipelineRun['outcome']>> = {
  success: 'succeeded',
  failure: 'failed',
  timed_out: 'failed',
  startup_failure: 'failed',
  cancelled: 'cancelled',
};

function runOf(run: z.infer<typeof runShape>): PipelineRun {
  const state = run.status === 'completed' ? 'ended' : run.status === 'in_progress' ? 'running' : 'waiting';
  return {
    id: run.id,
    pipeline: run.name ?? run.path ?? '',
    state,
    ...(state === 'ended' && { outcome: outcomes[run.conclusion ?? ''] ?? 'other', endedAt: when(run.updated_at) }),
    branch: when(run.head_branch),
    commit: when(run.head_sha),
    startedAt: when(run.run_started_at ?? run.created_at),
    url: when(run.html_url),
  };
}
